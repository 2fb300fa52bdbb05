data "google_storage_project_service_account" "agent" {}

# Eventarc hears of finalised objects through a topic of its own, to which Cloud Storage publishes.
resource "google_project_iam_member" "storage_publishes" {
  project = var.project
  role    = "roles/pubsub.publisher"
  member  = data.google_storage_project_service_account.agent.member
}

locals {
  storage_location = coalesce(var.storage_location, var.region)

  # What the page reads from the audio bucket with signed links: whole recordings and parts of them.
  page_origins = [local.public_url]
}

resource "google_storage_bucket" "audio" {
  # checkov:skip=CKV_GCP_62:Cloud Audit Logs say who read what; objects are reached by links that the api signs one by one
  # checkov:skip=CKV_GCP_78:what is deleted must be gone; soft delete is the way back, for as long as the settings say
  name                        = "${var.project}-audio"
  location                    = local.storage_location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  # A recording is written once; an old generation would outlive the retention that its company was promised.
  versioning {
    enabled = false
  }

  soft_delete_policy {
    retention_duration_seconds = var.soft_delete_days * 86400
  }

  encryption {
    default_kms_key_name = google_kms_crypto_key.recordings.id
  }

  lifecycle_rule {
    condition {
      age = var.nearline_after_days
    }
    action {
      type          = "SetStorageClass"
      storage_class = "NEARLINE"
    }
  }

  lifecycle_rule {
    condition {
      age = var.audio_retention_days
    }
    action {
      type = "Delete"
    }
  }

  lifecycle_rule {
    condition {
      age = 1
    }
    action {
      type = "AbortIncompleteMultipartUpload"
    }
  }

  cors {
    origin          = local.page_origins
    method          = ["GET", "HEAD"]
    response_header = ["Accept-Ranges", "Content-Length", "Content-Range", "Content-Type", "Range"]
    max_age_seconds = 3600
  }

  depends_on = [google_kms_crypto_key_iam_member.storage_encrypts]
}

resource "google_storage_bucket" "artifacts" {
  # checkov:skip=CKV_GCP_62:Cloud Audit Logs say who read what; objects are reached by links that the api signs one by one
  # checkov:skip=CKV_GCP_78:what is deleted must be gone; soft delete is the way back, for as long as the settings say
  name                        = "${var.project}-artifacts"
  location                    = local.storage_location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  versioning {
    enabled = false
  }

  soft_delete_policy {
    retention_duration_seconds = var.soft_delete_days * 86400
  }

  encryption {
    default_kms_key_name = google_kms_crypto_key.recordings.id
  }

  lifecycle_rule {
    condition {
      age = var.artifacts_retention_days
    }
    action {
      type = "Delete"
    }
  }

  lifecycle_rule {
    condition {
      age = 1
    }
    action {
      type = "AbortIncompleteMultipartUpload"
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.storage_encrypts]
}

resource "google_storage_bucket_iam_member" "functions" {
  for_each = merge([
    for name, function in local.functions : {
      for use in function.buckets : "${name} ${use}" => { function = name, use = local.bucket_uses[use] }
    }
  ]...)

  bucket = each.value.use.bucket
  role   = each.value.use.role
  member = google_service_account.function[each.value.function].member
}

locals {
  bucket_uses = {
    read_audio      = { bucket = google_storage_bucket.audio.name, role = "roles/storage.objectViewer" }
    add_audio       = { bucket = google_storage_bucket.audio.name, role = "roles/storage.objectCreator" }
    read_artifacts  = { bucket = google_storage_bucket.artifacts.name, role = "roles/storage.objectViewer" }
    write_artifacts = { bucket = google_storage_bucket.artifacts.name, role = "roles/storage.objectUser" }
  }
}
