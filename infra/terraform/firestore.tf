locals {
  # One for each Index of shared/services/repositories that has more than one field.
  indexes = merge([
    for order, direction in { newest_first = "DESCENDING", oldest_first = "ASCENDING" } : {
      for narrowed, fields in {
        stage          = ["stage"]
        operator       = ["operator"]
        operator_stage = ["operator", "stage"]
        } : "calls ${narrowed} ${order}" => {
        collection = "calls"
        fields     = concat([for field in fields : [field, "ASCENDING"]], [["started_at", direction]])
      }
    }
  ]...)

  # Collections whose documents say themselves when they end.
  expiring = ["idempotency_keys", "receipts", "sessions"]

  # Long, and never asked for by their content: an index on them would only cost money and room.
  unindexed = {
    turns    = ["turns"]
    analyses = ["judgement", "score"]
  }
}

resource "google_firestore_database" "calls" {
  name                              = var.database
  location_id                       = coalesce(var.firestore_location, var.region)
  type                              = "FIRESTORE_NATIVE"
  concurrency_mode                  = "OPTIMISTIC" # a function that died must not hold a lock
  point_in_time_recovery_enablement = var.environment == "production" ? "POINT_IN_TIME_RECOVERY_ENABLED" : "POINT_IN_TIME_RECOVERY_DISABLED"
  delete_protection_state           = var.environment == "production" ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"

  depends_on = [google_project_service.used]
}

resource "google_firestore_backup_schedule" "daily" {
  count = var.environment == "production" ? 1 : 0

  database  = google_firestore_database.calls.name
  retention = "604800s"

  daily_recurrence {}
}

resource "google_firestore_index" "query" {
  for_each = local.indexes

  database    = google_firestore_database.calls.name
  collection  = each.value.collection
  query_scope = "COLLECTION"

  dynamic "fields" {
    for_each = each.value.fields

    content {
      field_path = fields.value[0]
      order      = fields.value[1]
    }
  }
}

resource "google_firestore_field" "expires_at" {
  for_each = toset(local.expiring)

  database   = google_firestore_database.calls.name
  collection = each.key
  field      = "expires_at"

  ttl_config {}
  # never asked for, and ever rising: an index would be one hot spot
  index_config {}
}

resource "google_firestore_field" "unindexed" {
  for_each = merge([
    for collection, fields in local.unindexed : {
      for field in fields : "${collection} ${field}" => { collection = collection, field = field }
    }
  ]...)

  database   = google_firestore_database.calls.name
  collection = each.value.collection
  field      = each.value.field

  index_config {}
}

resource "google_project_iam_member" "functions_documents" {
  for_each = local.functions

  project = var.project
  role    = "roles/datastore.user"
  member  = google_service_account.function[each.key].member
}
