# Who is told of what. Every policy has a section in docs/runbook.md, under its display name.

resource "google_monitoring_notification_channel" "email" {
  for_each = var.alert_emails

  display_name = each.key
  type         = "email"
  labels = {
    email_address = each.key
  }

  depends_on = [google_project_service.used]
}

locals {
  channels = [for channel in google_monitoring_notification_channel.email : channel.id]
  runbook  = "What to look at and what to do: docs/runbook.md, under this alert's name."

  # Log lines that are counted: the event's name as the code logs it, and whose function says it.
  counted = {
    delivery_given_up = "A step's last delivery failed"
    events_lost       = "Recordings were found whose event never came"
    calls_overdue     = "Calls were started again by the sweep"
  }
}

resource "google_logging_metric" "counted" {
  for_each = local.counted

  name        = "dialix/${each.key}"
  description = each.value
  filter      = "resource.type=\"cloud_run_revision\" AND jsonPayload.message=\"${each.key}\""

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"
  }

  depends_on = [google_project_service.used]
}

resource "google_monitoring_alert_policy" "dead_letters" {
  display_name          = "Dead letters are waiting"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.channels

  conditions {
    display_name = "A message is in the subscription dead-letters"
    condition_threshold {
      filter          = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${google_pubsub_subscription.dead_letters.name}\" AND metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "300s"
      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  documentation {
    content   = local.runbook
    mime_type = "text/markdown"
  }
}

resource "google_monitoring_alert_policy" "failures" {
  display_name          = "Functions fail"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.channels

  conditions {
    display_name = "A fifth of a function's requests end with an error of the server's"
    condition_threshold {
      filter             = "resource.type=\"cloud_run_revision\" AND metric.type=\"run.googleapis.com/request_count\" AND metric.labels.response_code_class=\"5xx\""
      denominator_filter = "resource.type=\"cloud_run_revision\" AND metric.type=\"run.googleapis.com/request_count\""
      comparison         = "COMPARISON_GT"
      threshold_value    = 0.2
      duration           = "600s"
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.labels.service_name"]
      }
      denominator_aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.labels.service_name"]
      }
    }
  }

  documentation {
    content   = local.runbook
    mime_type = "text/markdown"
  }
}

resource "google_monitoring_alert_policy" "given_up" {
  display_name          = "Deliveries are given up"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.channels

  conditions {
    display_name = "More than 5 steps failed for good within an hour"
    condition_threshold {
      filter          = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${google_logging_metric.counted["delivery_given_up"].name}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 5
      duration        = "0s"
      aggregations {
        alignment_period     = "3600s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    content   = local.runbook
    mime_type = "text/markdown"
  }
}

resource "google_monitoring_alert_policy" "lost" {
  display_name          = "Events were lost"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.channels

  conditions {
    display_name = "Reconciling found recordings without a call"
    condition_threshold {
      filter          = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${google_logging_metric.counted["events_lost"].name}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"
      aggregations {
        alignment_period     = "3600s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    content   = local.runbook
    mime_type = "text/markdown"
  }
}

resource "google_monitoring_alert_policy" "overdue" {
  display_name          = "Calls are overdue"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.channels

  conditions {
    display_name = "Three sweeps within an hour had calls to start again"
    condition_threshold {
      filter          = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${google_logging_metric.counted["calls_overdue"].name}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 2
      duration        = "0s"
      aggregations {
        alignment_period     = "3600s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    content   = local.runbook
    mime_type = "text/markdown"
  }
}

resource "google_monitoring_alert_policy" "backlog" {
  display_name          = "Work waits too long"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.channels

  conditions {
    display_name = "A message has waited for a quarter of an hour"
    condition_threshold {
      filter          = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id!=\"${google_pubsub_subscription.dead_letters.name}\" AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
      comparison      = "COMPARISON_GT"
      threshold_value = 900
      duration        = "300s"
      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  conditions {
    display_name = "A queue holds more than 1000 tasks"
    condition_threshold {
      filter          = "resource.type=\"cloud_tasks_queue\" AND metric.type=\"cloudtasks.googleapis.com/queue/depth\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1000
      duration        = "600s"
      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  documentation {
    content   = local.runbook
    mime_type = "text/markdown"
  }
}

resource "google_monitoring_alert_policy" "stale" {
  display_name          = "A schedule has stopped"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.channels

  dynamic "conditions" {
    for_each = local.schedules

    content {
      display_name = "${conditions.key} has not succeeded for ${conditions.value.stale_after_s} seconds"
      condition_absent {
        filter   = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"${local.service_names[conditions.key]}\" AND metric.type=\"run.googleapis.com/request_count\" AND metric.labels.response_code_class=\"2xx\""
        duration = "${conditions.value.stale_after_s}s"
        aggregations {
          alignment_period     = "300s"
          per_series_aligner   = "ALIGN_DELTA"
          cross_series_reducer = "REDUCE_SUM"
        }
      }
    }
  }

  documentation {
    content   = local.runbook
    mime_type = "text/markdown"
  }
}

resource "google_monitoring_uptime_check_config" "api" {
  display_name = "The api's health"
  period       = "60s"
  timeout      = "10s"

  http_check {
    path         = "/v1/health"
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }

  monitored_resource {
    type = "uptime_url"
    labels = {
      project_id = var.project
      host       = trimprefix(local.public_url, "https://")
    }
  }

  depends_on = [google_project_service.used]
}

resource "google_monitoring_alert_policy" "down" {
  display_name          = "The api does not answer"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = local.channels

  conditions {
    display_name = "Its health cannot be read from two places"
    condition_threshold {
      filter          = "resource.type=\"uptime_url\" AND metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" AND metric.labels.check_id=\"${google_monitoring_uptime_check_config.api.uptime_check_id}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "120s"
      aggregations {
        alignment_period     = "120s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
      }
    }
  }

  documentation {
    content   = local.runbook
    mime_type = "text/markdown"
  }
}

# What the api promises: of a hundred thousand requests in four weeks, five hundred may fail for a reason of ours.
resource "google_monitoring_custom_service" "api" {
  service_id   = "dialix-api"
  display_name = "The api"

  depends_on = [google_project_service.used]
}

locals {
  api_requests = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"${local.service_names.api}\" AND metric.type=\"run.googleapis.com/request_count\""
}

resource "google_monitoring_slo" "api" {
  service             = google_monitoring_custom_service.api.service_id
  slo_id              = "answers"
  display_name        = "Requests that did not fail for a reason of ours"
  goal                = 0.995
  rolling_period_days = 28

  request_based_sli {
    good_total_ratio {
      total_service_filter = local.api_requests
      bad_service_filter   = "${local.api_requests} AND metric.labels.response_code_class=\"5xx\""
    }
  }
}

# A burn rate of 1 spends the four weeks' budget in four weeks. Two windows each: the long one says that it matters, the
# short one that it still goes on.
locals {
  burns = {
    fast = { display_name = "The api spends its error budget fast", severity = "CRITICAL", rate = 14.4, windows = ["3600s", "300s"] }
    slow = { display_name = "The api spends its error budget slowly", severity = "WARNING", rate = 6, windows = ["21600s", "1800s"] }
  }
}

resource "google_monitoring_alert_policy" "burn" {
  for_each = local.burns

  display_name          = each.value.display_name
  combiner              = "AND"
  severity              = each.value.severity
  notification_channels = local.channels

  dynamic "conditions" {
    for_each = each.value.windows

    content {
      display_name = "At ${each.value.rate} times the rate, over ${conditions.value}"
      condition_threshold {
        filter          = "select_slo_burn_rate(\"${google_monitoring_slo.api.name}\", \"${conditions.value}\")"
        comparison      = "COMPARISON_GT"
        threshold_value = each.value.rate
        duration        = "0s"
      }
    }
  }

  documentation {
    content   = local.runbook
    mime_type = "text/markdown"
  }
}

# Not a policy but as good as one: it tells the same people.
resource "google_billing_budget" "month" {
  count = var.billing_account == null ? 0 : 1

  billing_account = var.billing_account
  display_name    = "A month costs more than planned"

  budget_filter {
    projects = ["projects/${data.google_project.this.number}"]
  }

  amount {
    specified_amount {
      units = tostring(var.monthly_budget)
    }
  }

  threshold_rules {
    threshold_percent = 0.5
  }
  threshold_rules {
    threshold_percent = 1.0
  }
  threshold_rules {
    threshold_percent = 1.0
    spend_basis       = "FORECASTED_SPEND"
  }

  all_updates_rule {
    monitoring_notification_channels = slice(local.channels, 0, min(5, length(var.alert_emails)))
  }

  depends_on = [google_project_service.used]
}
