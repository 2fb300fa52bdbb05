"""How Dialix gets to Google Cloud: packages, a deploy, and the Terraform that both stand on."""
