# From a package to a running image: the bucket of packages, the registry of images, and who builds.

resource "google_storage_bucket" "packages" {
  # checkov:skip=CKV_GCP_62:holds code that anybody may read
  # checkov:skip=CKV_GCP_78:a package is made again from the tree, to the byte
  name                        = "${var.project}-packages"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true

  versioning {
    enabled = false
  }

  lifecycle_rule {
    condition {
      age = 90
    }
    action {
      type = "Delete"
    }
  }
}

resource "google_storage_bucket_object" "package" {
  for_each = toset([for function in local.functions : function.folder])

  bucket = google_storage_bucket.packages.name
  # Named by its content: a changed byte deploys, an unchanged tree does not.
  name   = "${each.key}-${filesha256("${var.packages}/${each.key}.zip")}.zip"
  source = "${var.packages}/${each.key}.zip"
}

resource "google_artifact_registry_repository" "images" {
  # checkov:skip=CKV_GCP_84:images hold open code and libraries, and nothing of a customer's
  repository_id = "functions"
  location      = var.region
  format        = "DOCKER"
  description   = "The functions' images"

  cleanup_policies {
    id     = "keep-the-last"
    action = "KEEP"
    most_recent_versions {
      keep_count = 5
    }
  }

  cleanup_policies {
    id     = "delete-the-rest"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }

  depends_on = [google_project_service.used]
}

resource "google_service_account" "build" {
  account_id   = "dialix-build"
  display_name = "Builds the functions' images"
}

resource "google_project_iam_member" "build_logs" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.build.member
}

resource "google_storage_bucket_iam_member" "build_reads_packages" {
  bucket = google_storage_bucket.packages.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.build.member
}

resource "google_artifact_registry_repository_iam_member" "build_writes_images" {
  location   = google_artifact_registry_repository.images.location
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.build.member
}
