# Topics, named as in shared/services/world.py, and who hears them.

locals {
  topics       = ["call-transcribed", "call-analyzed", "dead-letters"]
  pubsub_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"

  # By entry point, the topic whose messages are pushed to it.
  pushed = {
    analyze             = { topic = "call-transcribed", dead_letters = true }
    analyze_dead_letter = { topic = "dead-letters", dead_letters = false }
  }
}

resource "google_pubsub_topic" "topic" {
  # checkov:skip=CKV_GCP_83:a message holds identifiers, never a word or a number of a call
  for_each = toset(local.topics)

  name                       = each.key
  message_retention_duration = "604800s"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.used]
}

resource "google_pubsub_subscription" "push" {
  for_each = local.pushed

  name                       = local.service_names[each.key]
  topic                      = google_pubsub_topic.topic[each.value.topic].id
  ack_deadline_seconds       = 600
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = "" # never, however quiet it is
  }

  push_config {
    # Eventarc's own way to have a push arrive as a CloudEvent, which keeps the number of the attempt.
    push_endpoint = "${local.urls[each.key]}?__GCP_CloudEventsMode=CE_PUBSUB_BINDING"
    oidc_token {
      service_account_email = google_service_account.invoker.email
      audience              = local.urls[each.key]
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dynamic "dead_letter_policy" {
    for_each = each.value.dead_letters ? [google_pubsub_topic.topic["dead-letters"].id] : []

    content {
      dead_letter_topic     = dead_letter_policy.value
      max_delivery_attempts = local.max_platform_attempts
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.invoker]
}

# Where dead letters wait for `python -m shared.cli replay`.
resource "google_pubsub_subscription" "dead_letters" {
  name                       = "dead-letters"
  topic                      = google_pubsub_topic.topic["dead-letters"].id
  ack_deadline_seconds       = 600
  message_retention_duration = "2678400s" # 31 days, the most there is

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "functions" {
  for_each = merge([
    for name, function in local.functions : {
      for topic in function.publishes : "${name} ${topic}" => { function = name, topic = topic }
    }
  ]...)

  topic  = google_pubsub_topic.topic[each.value.topic].name
  role   = "roles/pubsub.publisher"
  member = google_service_account.function[each.value.function].member
}

# Pub/Sub itself moves what nobody took to the dead letters: it publishes there and acknowledges here.
resource "google_pubsub_topic_iam_member" "agent_publishes_dead_letters" {
  topic  = google_pubsub_topic.topic["dead-letters"].name
  role   = "roles/pubsub.publisher"
  member = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "agent_acknowledges" {
  for_each = { for name, pushed in local.pushed : name => pushed if pushed.dead_letters }

  subscription = google_pubsub_subscription.push[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

# Pub/Sub signs the token of a push in the invoker's name.
resource "google_service_account_iam_member" "pubsub_signs_as_invoker" {
  service_account_id = google_service_account.invoker.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.pubsub_agent
}
