# Every entry point of every function is one Cloud Run function, in one map from which the rest follows: its account and
# what that may do, who calls it, its schedule, its subscription. tests/infra compares the map with the code.

locals {
  # After how many deliveries a step records its failure itself. The platform's own limits lie above, so that the
  # function has the last word, and a dead letter means that it could not say it.
  max_attempts          = 10
  max_platform_attempts = 15

  # Longer than any function's time-out, so that two never work on a call at once.
  lease_s = 600

  functions = {
    transcribe = {
      folder      = "transcribe"
      memory      = "1Gi"
      cpu         = "1"
      timeout_s   = 540
      concurrency = 1
      max         = 20
      called_by   = "bucket"
      buckets     = ["read_audio"]
      enqueues    = ["recognition-backfill", "recognition-live"]
      publishes   = []
      signs_links = false
      environment = {}
    }
    transcribe_submit = {
      folder      = "transcribe"
      memory      = "2Gi"
      cpu         = "1"
      timeout_s   = 540
      concurrency = 1
      max         = 20
      called_by   = "tasks"
      buckets     = ["read_audio", "write_artifacts"]
      enqueues    = ["recognition-backfill", "recognition-live", "recognition-results"]
      publishes   = ["call-transcribed", "call-analyzed"]
      signs_links = true
      environment = {}
    }
    transcribe_result = {
      folder      = "transcribe"
      memory      = "1Gi"
      cpu         = "1"
      timeout_s   = 540
      concurrency = 4
      max         = 20
      called_by   = "tasks"
      buckets     = ["write_artifacts"]
      enqueues    = ["recognition-backfill", "recognition-live", "recognition-results"]
      publishes   = ["call-transcribed", "call-analyzed"]
      signs_links = false
      environment = { THREADS = "4" }
    }
    transcribe_sweep = {
      folder      = "transcribe"
      memory      = "512Mi"
      cpu         = "1"
      timeout_s   = 540
      concurrency = 1
      max         = 1
      called_by   = "scheduler"
      buckets     = ["read_audio"]
      enqueues    = ["pbx-recordings", "pbx-recordings-backfill", "recognition-backfill", "recognition-live", "recognition-results"]
      publishes   = ["call-transcribed"]
      signs_links = false
      environment = {}
    }
    transcribe_reconcile = {
      folder      = "transcribe"
      memory      = "1Gi"
      cpu         = "1"
      timeout_s   = 540
      concurrency = 1
      max         = 1
      called_by   = "scheduler"
      buckets     = ["read_audio"]
      enqueues    = ["recognition-backfill", "recognition-live"]
      publishes   = []
      signs_links = false
      environment = {}
    }
    ingest_pbx = {
      folder      = "ingest_pbx"
      memory      = "512Mi"
      cpu         = "1"
      timeout_s   = 300
      concurrency = 1
      max         = 1
      called_by   = "scheduler"
      buckets     = []
      enqueues    = ["pbx-sync"]
      publishes   = []
      signs_links = false
      environment = {}
    }
    ingest_pbx_sync = {
      folder      = "ingest_pbx"
      memory      = "512Mi"
      cpu         = "1"
      timeout_s   = 540
      concurrency = 1
      max         = 10
      called_by   = "tasks"
      buckets     = []
      enqueues    = ["pbx-recordings", "pbx-recordings-backfill", "pbx-sync"]
      publishes   = []
      signs_links = false
      environment = {}
    }
    ingest_pbx_recording = {
      folder      = "ingest_pbx"
      memory      = "512Mi"
      cpu         = "1"
      timeout_s   = 540
      concurrency = 4
      max         = 10
      called_by   = "tasks"
      buckets     = ["read_audio", "add_audio"]
      enqueues    = ["pbx-recordings", "pbx-recordings-backfill", "recognition-backfill", "recognition-live"]
      publishes   = []
      signs_links = false
      environment = { THREADS = "4" }
    }
    analyze = {
      folder      = "analyze"
      memory      = "1Gi"
      cpu         = "1"
      timeout_s   = 540
      concurrency = 4
      max         = 20
      called_by   = "topic"
      buckets     = []
      enqueues    = []
      publishes   = ["call-transcribed", "call-analyzed"]
      signs_links = false
      environment = { THREADS = "4" }
    }
    analyze_dead_letter = {
      folder      = "analyze"
      memory      = "512Mi"
      cpu         = "1"
      timeout_s   = 60
      concurrency = 4
      max         = 2
      called_by   = "topic"
      buckets     = []
      enqueues    = []
      publishes   = []
      signs_links = false
      environment = { THREADS = "4" }
    }
    api = {
      folder      = "api"
      memory      = "1Gi"
      cpu         = "1"
      timeout_s   = 540
      concurrency = 80
      max         = 10
      called_by   = "anybody"
      buckets     = ["read_audio", "add_audio", "read_artifacts"]
      enqueues    = ["pbx-sync", "recognition-backfill", "recognition-live", "recognition-results"]
      publishes   = ["call-transcribed", "call-analyzed"]
      signs_links = true
      environment = {
        # the framework's own switch: event streams need a server that waits without a thread
        FUNCTION_USE_ASGI = "True"
        DIALIX_PAGE_DIR   = "page"
      }
    }
  }

  # Keys of vendors, by the setting that takes each, and who speaks with them. The secret is made by hand
  # (docs/infrastructure.md): no key passes through the plan or the state.
  vendor_keys = {
    openai     = { setting = "DIALIX_OPENAI_KEY", functions = ["analyze", "transcribe_result", "transcribe_submit"] }
    aisha      = { setting = "DIALIX_AISHA_KEY", functions = ["transcribe_result", "transcribe_submit"] }
    uzbekvoice = { setting = "DIALIX_UZBEKVOICE_KEY", functions = ["transcribe_result", "transcribe_submit"] }
  }

  # Who seals or opens customers' credentials.
  opens_secrets = ["api", "ingest_pbx_recording", "ingest_pbx_sync"]

  service_names = { for name, _ in local.functions : name => "dialix-${replace(name, "_", "-")}" }

  # An address is written from the service's name and the project's number rather than read from the function: each
  # function is told the others' addresses, and reading them would be a circle.
  urls = {
    for name, service in local.service_names :
    name => "https://${service}-${data.google_project.this.number}.${var.region}.run.app"
  }
  public_url = var.domain == null ? local.urls.api : "https://${var.domain}"

  task_urls = { for name, function in local.functions : name => local.urls[name] if function.called_by == "tasks" }
}

resource "google_service_account" "function" {
  for_each = local.functions

  account_id   = local.service_names[each.key]
  display_name = "Runs the entry point ${each.key}"
}

# Whoever calls a function that is not public: Cloud Tasks, Cloud Scheduler, our subscriptions and Eventarc.
resource "google_service_account" "invoker" {
  account_id   = "dialix-invoker"
  display_name = "Calls the functions that are not public"
}

resource "google_cloudfunctions2_function" "function" {
  # checkov:skip=CKV_GCP_124:the api is the one public door; every other function takes calls from inside the project
  for_each = local.functions

  name     = local.service_names[each.key]
  location = var.region

  build_config {
    runtime           = "python312"
    entry_point       = each.key
    docker_repository = google_artifact_registry_repository.images.id
    service_account   = google_service_account.build.id
    source {
      storage_source {
        bucket = google_storage_bucket.packages.name
        object = google_storage_bucket_object.package[each.value.folder].name
      }
    }
  }

  service_config {
    service_account_email            = google_service_account.function[each.key].email
    available_memory                 = each.value.memory
    available_cpu                    = each.value.cpu
    timeout_seconds                  = each.value.timeout_s
    max_instance_request_concurrency = each.value.concurrency
    min_instance_count               = each.key == "api" ? var.api_min_instances : 0
    max_instance_count               = each.value.max
    ingress_settings                 = each.key == "api" && var.domain != null ? "ALLOW_INTERNAL_AND_GCLB" : each.key == "api" ? "ALLOW_ALL" : "ALLOW_INTERNAL_ONLY"
    all_traffic_on_latest_revision   = true

    environment_variables = merge(
      {
        DIALIX_ENVIRONMENT      = "production" # what stands behind the ports is Google's, whatever it is used for
        DIALIX_WORLD            = "google"
        DIALIX_PROJECT          = var.project
        DIALIX_REGION           = var.region
        DIALIX_DATABASE         = google_firestore_database.calls.name
        DIALIX_AUDIO_BUCKET     = google_storage_bucket.audio.name
        DIALIX_ARTIFACTS_BUCKET = google_storage_bucket.artifacts.name
        DIALIX_FUNCTION_URLS    = jsonencode(local.task_urls)
        DIALIX_INVOKER_ACCOUNT  = google_service_account.invoker.email
        DIALIX_PUBLIC_URL       = local.public_url
        DIALIX_LEASE_S          = tostring(local.lease_s)
        DIALIX_MAX_ATTEMPTS     = tostring(local.max_attempts)
        DIALIX_LOG_LEVEL        = var.log_level
      },
      contains(local.opens_secrets, each.key) ? { DIALIX_SECRETS_KEY = google_kms_crypto_key.credentials.id } : {},
      each.value.signs_links ? { DIALIX_SERVICE_ACCOUNT = google_service_account.function[each.key].email } : {},
      each.value.environment,
    )

    secret_environment_variables {
      key        = "DIALIX_SIGNING_SECRET"
      project_id = var.project
      secret     = google_secret_manager_secret.signing.secret_id
      version    = google_secret_manager_secret_version.signing.version
    }

    dynamic "secret_environment_variables" {
      for_each = { for vendor, key in local.vendor_keys : vendor => key if contains(var.vendors, vendor) && contains(key.functions, each.key) }

      content {
        key        = secret_environment_variables.value.setting
        project_id = var.project
        secret     = "dialix-${secret_environment_variables.key}-key"
        version    = "latest"
      }
    }
  }

  dynamic "event_trigger" {
    for_each = each.value.called_by == "bucket" ? [google_storage_bucket.audio.name] : []

    content {
      event_type            = "google.cloud.storage.object.v1.finalized"
      trigger_region        = local.storage_location
      service_account_email = google_service_account.invoker.email
      retry_policy          = "RETRY_POLICY_RETRY"
      event_filters {
        attribute = "bucket"
        value     = event_trigger.value
      }
    }
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.build_writes_images,
    google_project_iam_member.build_logs,
    google_project_iam_member.invoker_receives_events,
    google_project_iam_member.storage_publishes,
    google_secret_manager_secret_iam_member.functions,
    google_secret_manager_secret_iam_member.vendors,
    google_storage_bucket_iam_member.build_reads_packages,
  ]
}

# Nothing is public but the api: it checks who asks by itself.
resource "google_cloud_run_v2_service_iam_member" "public" {
  name     = google_cloudfunctions2_function.function["api"].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "allUsers"
}

resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = { for name, function in local.functions : name => function if function.called_by != "anybody" }

  name     = google_cloudfunctions2_function.function[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.invoker.member
}

resource "google_project_iam_member" "invoker_receives_events" {
  project = var.project
  role    = "roles/eventarc.eventReceiver"
  member  = google_service_account.invoker.member
}

# A link is signed by IAM in the account's own name: there is no key file.
resource "google_service_account_iam_member" "signs_links" {
  for_each = { for name, function in local.functions : name => function if function.signs_links }

  service_account_id = google_service_account.function[each.key].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = google_service_account.function[each.key].member
}
