# Queues, named as in the code: one for each kind of work, so that a slow recogniser holds nothing else up.

locals {
  queues = {
    recognition-live     = { per_second = 10, at_once = 20 }
    recognition-backfill = { per_second = 2, at_once = 4 }
    recognition-results  = { per_second = 20, at_once = 40 }

    # An exchange is asked gently: nobody says how much it bears.
    pbx-sync                = { per_second = 2, at_once = 10 }
    pbx-recordings          = { per_second = 3, at_once = 10 }
    pbx-recordings-backfill = { per_second = 1, at_once = 2 }
  }
}

resource "google_cloud_tasks_queue" "queue" {
  for_each = local.queues

  name     = each.key
  location = var.region

  rate_limits {
    max_dispatches_per_second = each.value.per_second
    max_concurrent_dispatches = each.value.at_once
  }

  retry_config {
    max_attempts  = local.max_platform_attempts
    min_backoff   = "10s"
    max_backoff   = "600s"
    max_doublings = 5
  }

  stackdriver_logging_config {
    sampling_ratio = 0.1
  }

  depends_on = [google_project_service.used]
}

resource "google_cloud_tasks_queue_iam_member" "functions" {
  for_each = merge([
    for name, function in local.functions : {
      for queue in function.enqueues : "${name} ${queue}" => { function = name, queue = queue }
    }
  ]...)

  name     = google_cloud_tasks_queue.queue[each.value.queue].name
  location = var.region
  role     = "roles/cloudtasks.enqueuer"
  member   = google_service_account.function[each.value.function].member
}

# A task carries the invoker's name: whoever enqueues it must be allowed to lend that name.
resource "google_service_account_iam_member" "enqueues_as_invoker" {
  for_each = { for name, function in local.functions : name => function if length(function.enqueues) > 0 }

  service_account_id = google_service_account.invoker.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.function[each.key].member
}
