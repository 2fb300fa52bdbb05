locals {
  # By entry point. `stale_after_s` is when monitoring.tf says that it no longer runs.
  schedules = {
    ingest_pbx           = { cron = "*/5 * * * *", stale_after_s = 1800 }
    transcribe_sweep     = { cron = "*/10 * * * *", stale_after_s = 1800 }
    transcribe_reconcile = { cron = "7 * * * *", stale_after_s = 10800 }
  }
}

resource "google_cloud_scheduler_job" "job" {
  for_each = local.schedules

  name             = local.service_names[each.key]
  region           = var.region
  schedule         = each.value.cron
  time_zone        = var.time_zone
  attempt_deadline = "${local.functions[each.key].timeout_s}s"

  http_target {
    uri         = local.urls[each.key]
    http_method = "POST"
    oidc_token {
      service_account_email = google_service_account.invoker.email
      audience              = local.urls[each.key]
    }
  }

  retry_config {
    retry_count          = 2
    min_backoff_duration = "30s"
    max_backoff_duration = "120s"
  }

  depends_on = [google_cloud_run_v2_service_iam_member.invoker]
}
