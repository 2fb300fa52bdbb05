# The signing secret is made while it is applied and written to Secret Manager without passing through the state or the
# plan: `ephemeral` and `_wo` are Terraform's words for that.
ephemeral "random_password" "signing" {
  length  = 64
  special = false
}

resource "google_secret_manager_secret" "signing" {
  secret_id = "dialix-signing-secret"

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }

  depends_on = [google_project_service.used]
}

resource "google_secret_manager_secret_version" "signing" {
  secret                 = google_secret_manager_secret.signing.id
  secret_data_wo         = ephemeral.random_password.signing.result
  secret_data_wo_version = var.signing_secret_version
}

resource "google_secret_manager_secret_iam_member" "functions" {
  for_each = local.functions

  secret_id = google_secret_manager_secret.signing.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.function[each.key].member
}

resource "google_secret_manager_secret_iam_member" "vendors" {
  for_each = merge([
    for vendor, key in local.vendor_keys : {
      for function in key.functions : "${function} ${vendor}" => { function = function, vendor = vendor }
      if contains(var.vendors, vendor) && contains(keys(local.functions), function)
    }
  ]...)

  secret_id = "dialix-${each.value.vendor}-key"
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.function[each.value.function].member
}

resource "google_kms_key_ring" "dialix" {
  name     = "dialix"
  location = local.storage_location

  depends_on = [google_project_service.used]
}

# Recordings and transcripts are encrypted under a key of the installation's own: destroyed, they are gone.
resource "google_kms_crypto_key" "recordings" {
  name            = "recordings"
  key_ring        = google_kms_key_ring.dialix.id
  purpose         = "ENCRYPT_DECRYPT"
  rotation_period = "7776000s"

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key_iam_member" "storage_encrypts" {
  crypto_key_id = google_kms_crypto_key.recordings.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = data.google_storage_project_service_account.agent.member
}

# Customers' credentials are sealed under this one; what opens them is told which it is (shared/adapters/gcp/kms_key.py).
resource "google_kms_crypto_key" "credentials" {
  name            = "credentials"
  key_ring        = google_kms_key_ring.dialix.id
  purpose         = "ENCRYPT_DECRYPT"
  rotation_period = "7776000s"

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key_iam_member" "functions_seal" {
  for_each = toset(local.opens_secrets)

  crypto_key_id = google_kms_crypto_key.credentials.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = google_service_account.function[each.key].member
}
