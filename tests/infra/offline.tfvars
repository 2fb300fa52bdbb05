project         = "dialix-offline"
region          = "europe-west3"
packages        = "packages"
alert_emails    = ["alerts@example.com"]
billing_account = "000000-000000-000000"
domain          = "dialix.example.com"
analytics       = true
vendors         = ["openai", "uzbekvoice"]
