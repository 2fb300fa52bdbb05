# One page: is work coming in, is it done, does it fail, what waits.

locals {
  charts = [
    {
      title  = "Requests by function"
      filter = "resource.type=\"cloud_run_revision\" AND metric.type=\"run.googleapis.com/request_count\""
      by     = ["resource.label.service_name"]
      align  = "ALIGN_RATE"
      reduce = "REDUCE_SUM"
    },
    {
      title  = "Errors of ours by function"
      filter = "resource.type=\"cloud_run_revision\" AND metric.type=\"run.googleapis.com/request_count\" AND metric.label.response_code_class=\"5xx\""
      by     = ["resource.label.service_name"]
      align  = "ALIGN_RATE"
      reduce = "REDUCE_SUM"
    },
    {
      title  = "How long a request takes (95 of 100)"
      filter = "resource.type=\"cloud_run_revision\" AND metric.type=\"run.googleapis.com/request_latencies\""
      by     = ["resource.label.service_name"]
      align  = "ALIGN_PERCENTILE_95"
      reduce = "REDUCE_MAX"
    },
    {
      title  = "Instances"
      filter = "resource.type=\"cloud_run_revision\" AND metric.type=\"run.googleapis.com/container/instance_count\""
      by     = ["resource.label.service_name"]
      align  = "ALIGN_MAX"
      reduce = "REDUCE_SUM"
    },
    {
      title  = "Age of the oldest message by subscription"
      filter = "resource.type=\"pubsub_subscription\" AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
      by     = ["resource.label.subscription_id"]
      align  = "ALIGN_MAX"
      reduce = "REDUCE_MAX"
    },
    {
      title  = "Tasks waiting by queue"
      filter = "resource.type=\"cloud_tasks_queue\" AND metric.type=\"cloudtasks.googleapis.com/queue/depth\""
      by     = ["resource.label.queue_id"]
      align  = "ALIGN_MAX"
      reduce = "REDUCE_MAX"
    },
    {
      title  = "Dead letters"
      filter = "resource.type=\"pubsub_subscription\" AND resource.label.subscription_id=\"${google_pubsub_subscription.dead_letters.name}\" AND metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\""
      by     = []
      align  = "ALIGN_MAX"
      reduce = "REDUCE_MAX"
    },
    {
      title  = "Steps given up, events lost, calls overdue"
      filter = "resource.type=\"cloud_run_revision\" AND metric.type=one_of(${join(",", [for metric in google_logging_metric.counted : "\"logging.googleapis.com/user/${metric.name}\""])})"
      by     = ["metric.type"]
      align  = "ALIGN_DELTA"
      reduce = "REDUCE_SUM"
    },
  ]
}

resource "google_monitoring_dashboard" "dialix" {
  dashboard_json = jsonencode({
    displayName = "Dialix"
    mosaicLayout = {
      columns = 12
      tiles = [
        for index, chart in local.charts : {
          xPos   = (index % 2) * 6
          yPos   = floor(index / 2) * 4
          width  = 6
          height = 4
          widget = {
            title = chart.title
            xyChart = {
              dataSets = [{
                plotType = "LINE"
                timeSeriesQuery = {
                  timeSeriesFilter = {
                    filter = chart.filter
                    aggregation = {
                      alignmentPeriod    = "300s"
                      perSeriesAligner   = chart.align
                      crossSeriesReducer = chart.reduce
                      groupByFields      = chart.by
                    }
                  }
                }
              }]
            }
          }
        }
      ]
    }
  })

  depends_on = [google_project_service.used]
}
