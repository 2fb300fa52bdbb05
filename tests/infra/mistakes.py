"""Mistakes that somebody will make one day: each is put into a copy of infra/terraform and must be found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mistake:
    """In `file`, `before` becomes `after`; the finding's place is the line that holds `at` then, and it says `says`.

    `at` is the first line of `after` unless told otherwise, and in `at_file` if that is another.
    """

    name: str
    file: str
    before: str
    after: str
    says: str
    at: str = ""
    at_file: str = ""


# What Terraform itself sees, because the providers' schemas are real.
SEEN_BY_TERRAFORM = (
    Mistake(
        "a misspelt argument",
        "buckets.tf",
        '  name                        = "${var.project}-audio"\n',
        '  nme                         = "${var.project}-audio"\n',
        '"nme" is not expected here',
    ),
    Mistake(
        "a missing argument",
        "tasks.tf",
        "  name     = each.key\n  location = var.region\n\n  rate_limits",
        "  name     = each.key\n\n  rate_limits",
        '"location" is required',
        at='resource "google_cloud_tasks_queue" "queue" {',
    ),
    Mistake(
        "text where a number belongs",
        "messaging.tf",
        '  ack_deadline_seconds       = 600\n  message_retention_duration = "604800s"',
        '  ack_deadline_seconds       = "ten minutes"\n  message_retention_duration = "604800s"',
        "a number is required",
    ),
    Mistake(
        "a list where text belongs",
        "firestore.tf",
        "  location_id                       = coalesce(var.firestore_location, var.region)",
        "  location_id                       = [var.region]",
        "string required",
    ),
    Mistake(
        "a resource that does not exist",
        "messaging.tf",
        '  topic                      = google_pubsub_topic.topic["dead-letters"].id\n',
        "  topic                      = google_pubsub_topic.dead_letters.id\n",
        "has not been declared",
    ),
    Mistake(
        "an attribute that does not exist",
        "scheduler.tf",
        "google_service_account.invoker.email",
        "google_service_account.invoker.address",
        'attribute named "address"',
        at="google_service_account.invoker.address",
    ),
    Mistake(
        "a misspelt block",
        "tasks.tf",
        "  rate_limits {",
        "  rate_limit {",
        '"rate_limit" are not expected here',
    ),
    Mistake(
        "a block that may stand once, twice",
        "tasks.tf",
        "  stackdriver_logging_config {\n    sampling_ratio = 0.1\n  }\n",
        "  stackdriver_logging_config {\n    sampling_ratio = 0.1\n  }\n  stackdriver_logging_config {\n"
        "    sampling_ratio = 0.2\n  }\n",
        "No more than 1",
        at="  stackdriver_logging_config {",
    ),
    Mistake(
        "a value that Google does not know",
        "monitoring.tf",
        '  combiner              = "OR"',
        '  combiner              = "ANY"',
        "is one of",
    ),
    Mistake(
        "an attribute that is Google's to decide",
        "messaging.tf",
        "  name                       = each.key\n",
        "  name                       = each.key\n  effective_labels           = {}\n",
        "effective_labels",
        at="effective_labels",
    ),
    Mistake(
        "a variable that does not exist",
        "buckets.tf",
        "age = var.audio_retention_days",
        "age = var.audio_retension_days",
        "undeclared input variable",
        at="var.audio_retension_days",
    ),
    Mistake(
        "a type of resource that does not exist",
        "scheduler.tf",
        'resource "google_cloud_scheduler_job" "job"',
        'resource "google_cloud_schedule_job" "job"',
        "does not support resource type",
    ),
    Mistake(
        "a secret that would be seen",
        "secrets.tf",
        "  secret_data_wo         = ephemeral.random_password.signing.result",
        "  secret_data            = ephemeral.random_password.signing.result",
        "ephemeral",
    ),
)

# What only the code can tell.
SEEN_BY_RULES = (
    Mistake(
        "a variable that no setting has",
        "functions.tf",
        "        DIALIX_REGION           = var.region\n",
        "        DIALIX_RGION            = var.region\n",
        "DIALIX_RGION, which shared/runtime/settings.py does not know",
    ),
    Mistake(
        "a setting whose value cannot be",
        "functions.tf",
        "DIALIX_LEASE_S          = tostring(local.lease_s)",
        'DIALIX_LEASE_S          = "-1"',
        "should be greater than 0",
        at='DIALIX_LEASE_S          = "-1"',
    ),
    Mistake(
        "a missing entry point",
        "functions.tf",
        "    transcribe_submit = {\n",
        "    transcribe_submi = {\n",
        "the entry point transcribe_submit: add it",
        at="  functions = {",
    ),
    Mistake(
        "a function of the wrong folder",
        "functions.tf",
        '    analyze_dead_letter = {\n      folder      = "analyze"',
        '    analyze_dead_letter = {\n      folder      = "transcribe"',
        "is in functions/analyze",
        at='folder      = "transcribe"',
    ),
    Mistake(
        "an api without ASGI",
        "functions.tf",
        '        FUNCTION_USE_ASGI = "True"\n',
        "",
        "api is served as asgi",
        at="environment = {\n",
    ),
    Mistake(
        "a function that outlives its lease",
        "functions.tf",
        "  lease_s = 600",
        "  lease_s = 500",
        "may work on when its lease has run out",
        at="timeout_s   = 540",
    ),
    Mistake(
        "a topic that the code does not name",
        "messaging.tf",
        '  topics       = ["call-transcribed", "call-analyzed", "dead-letters"]',
        '  topics       = ["call-transcribed", "call-analyzed", "dead-letters", "call-scored"]',
        "nothing in shared/services/world.py is the topic call-scored",
    ),
    Mistake(
        "a push without dead letters",
        "messaging.tf",
        '    analyze             = { topic = "call-transcribed", dead_letters = true }',
        '    analyze             = { topic = "call-transcribed", dead_letters = false }',
        "what no delivery of succeeds goes to dead-letters",
        at='  dynamic "dead_letter_policy"',
    ),
    Mistake(
        "a push without a token",
        "messaging.tf",
        "    oidc_token {\n      service_account_email = google_service_account.invoker.email\n"
        "      audience              = local.urls[each.key]\n    }\n",
        "",
        "is pushed without a token",
        at="  push_config {",
    ),
    Mistake(
        "a push of another's topic",
        "messaging.tf",
        '    analyze             = { topic = "call-transcribed",',
        '    analyze             = { topic = "call-analyzed",',
        "analyze takes the topic call-transcribed",
    ),
    Mistake(
        "dead letters before the function has had the last word",
        "functions.tf",
        "  max_platform_attempts = 15",
        "  max_platform_attempts = 8",
        "could not record its last failure",
    ),
    Mistake(
        "a queue by another name",
        "tasks.tf",
        "  name     = each.key\n",
        '  name     = "dialix-${each.key}"\n',
        "tasks are put into the queue recognition-results",
        at="  queues = {",
    ),
    Mistake(
        "a schedule at the wrong pace",
        "scheduler.tf",
        'cron = "*/10 * * * *"',
        'cron = "*/30 * * * *"',
        "transcribe_sweep runs every 600 seconds",
        at='cron = "*/30 * * * *"',
    ),
    Mistake(
        "a missing index",
        "firestore.tf",
        '        operator_stage = ["operator", "stage"]\n',
        "",
        "a query needs an index of calls on operator, stage, started_at",
        at="  indexes = merge([",
    ),
    Mistake(
        "an index that nothing asks for",
        "firestore.tf",
        '        stage          = ["stage"]\n',
        '        stage          = ["stage"]\n        language       = ["language"]\n',
        "no query needs an index of calls on language, started_at",
        at="  indexes = merge([",
    ),
    Mistake(
        "documents that never end",
        "firestore.tf",
        '  expiring = ["idempotency_keys", "receipts", "sessions"]',
        '  expiring = ["idempotency_keys", "receipts"]',
        "documents of sessions say when they end",
    ),
    Mistake(
        "a role that nobody may hold",
        "firestore.tf",
        "roles/datastore.user",
        "roles/editor",
        "may not hold roles/editor here",
        at='role    = "roles/editor"',
    ),
    Mistake(
        "a grant that the code does not need",
        "functions.tf",
        '    analyze = {\n      folder      = "analyze"\n      memory      = "1Gi"\n      cpu         = "1"\n'
        "      timeout_s   = 540\n      concurrency = 4\n      max         = 20\n"
        '      called_by   = "topic"\n      buckets     = []',
        '    analyze = {\n      folder      = "analyze"\n      memory      = "1Gi"\n      cpu         = "1"\n'
        "      timeout_s   = 540\n      concurrency = 4\n      max         = 20\n"
        '      called_by   = "topic"\n      buckets     = ["read_audio"] # why?',
        "analyze never opens the bucket audio",
        at='buckets     = ["read_audio"] # why?',
    ),
    Mistake(
        "a grant that the code needs",
        "functions.tf",
        '      publishes   = ["call-transcribed"]\n',
        "      publishes   = []\n",
        "transcribe_sweep publishes call-transcribed",
        at="      publishes   = []",
    ),
    Mistake(
        "a second public function",
        "functions.tf",
        'google_cloudfunctions2_function.function["api"].name\n',
        'google_cloudfunctions2_function.function["analyze"].name\n',
        "only the api is public",
        at='google_cloudfunctions2_function.function["analyze"].name',
    ),
    Mistake(
        "a bucket that could be made public",
        "buckets.tf",
        '  public_access_prevention    = "enforced"',
        '  public_access_prevention    = "inherited"',
        "audio could be made public",
    ),
    Mistake(
        "recordings that never end",
        "buckets.tf",
        '    condition {\n      age = var.audio_retention_days\n    }\n    action {\n      type = "Delete"',
        "    condition {\n      age = var.audio_retention_days\n    }\n"
        '    action {\n      type          = "SetStorageClass"\n'
        '      storage_class = "ARCHIVE"',
        "nothing in it would ever end",
        at='resource "google_storage_bucket" "audio" {',
    ),
    Mistake(
        "an event that is not tried again",
        "functions.tf",
        "RETRY_POLICY_RETRY",
        "RETRY_POLICY_DO_NOT_RETRY",
        "would be lost: retry it",
        at="RETRY_POLICY_DO_NOT_RETRY",
    ),
    Mistake(
        "something in another country",
        "tasks.tf",
        "  name     = each.key\n  location = var.region\n",
        '  name     = each.key\n  location = "us-central1"\n',
        "is in us-central1, not in europe-west3",
        at='location = "us-central1"',
    ),
    Mistake(
        "a service that is not switched on",
        "services.tf",
        '      "cloudtasks.googleapis.com",\n',
        "",
        "google_cloud_tasks_queue needs a service",
        at='resource "google_cloud_tasks_queue" "queue" {',
        at_file="tasks.tf",
    ),
    Mistake(
        "an alert that the runbook does not know",
        "monitoring.tf",
        '  display_name          = "Functions fail"',
        '  display_name          = "Functions are failing"',
        "docs/runbook.md has no section",
    ),
)
