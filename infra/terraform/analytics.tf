# Every call-analyzed message as a row, for whoever asks questions across companies: identifiers only, no words of a call.

resource "google_bigquery_dataset" "calls" {
  count = var.analytics ? 1 : 0

  dataset_id  = "dialix"
  location    = var.region
  description = "What happened to calls"

  depends_on = [google_project_service.used]
}

resource "google_bigquery_table" "call_analyzed" {
  count = var.analytics ? 1 : 0

  dataset_id          = google_bigquery_dataset.calls[0].dataset_id
  table_id            = "call_analyzed"
  deletion_protection = var.environment == "production"

  time_partitioning {
    type  = "DAY"
    field = "publish_time"
  }

  schema = jsonencode([
    { name = "subscription_name", type = "STRING" },
    { name = "message_id", type = "STRING" },
    { name = "publish_time", type = "TIMESTAMP" },
    { name = "attributes", type = "STRING" },
    { name = "data", type = "STRING" },
  ])
}

resource "google_bigquery_dataset_iam_member" "pubsub_writes" {
  count = var.analytics ? 1 : 0

  dataset_id = google_bigquery_dataset.calls[0].dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = local.pubsub_agent
}

resource "google_pubsub_subscription" "call_analyzed_rows" {
  count = var.analytics ? 1 : 0

  name                       = "call-analyzed-rows"
  topic                      = google_pubsub_topic.topic["call-analyzed"].id
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = ""
  }

  bigquery_config {
    table          = "${google_bigquery_table.call_analyzed[0].project}.${google_bigquery_table.call_analyzed[0].dataset_id}.${google_bigquery_table.call_analyzed[0].table_id}"
    write_metadata = true
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.topic["dead-letters"].id
    max_delivery_attempts = local.max_platform_attempts
  }

  depends_on = [google_bigquery_dataset_iam_member.pubsub_writes]
}

resource "google_pubsub_subscription_iam_member" "agent_acknowledges_rows" {
  count = var.analytics ? 1 : 0

  subscription = google_pubsub_subscription.call_analyzed_rows[0].name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}
