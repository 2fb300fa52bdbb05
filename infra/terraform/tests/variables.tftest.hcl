# What may be said in the variables. Run offline by `make test`; elsewhere by `terraform test`.

variables {
  project      = "dialix-test"
  region       = "europe-west3"
  packages     = "packages"
  alert_emails = ["alerts@example.com"]
}

run "a_region_is_enough" {
  command = plan

  variables {
    domain          = null
    billing_account = null
    analytics       = false
  }

  assert {
    condition     = google_storage_bucket.audio.location == "europe-west3"
    error_message = "Buckets are in the region unless told otherwise."
  }

  assert {
    condition     = startswith(output.public_url, "https://dialix-api-")
    error_message = "Without a domain the api is at Cloud Run's own address."
  }

  assert {
    condition     = length(google_compute_backend_service.api) == 0
    error_message = "Without a domain there is no load balancer to pay for."
  }
}

run "a_database_may_be_elsewhere" {
  command = plan

  variables {
    firestore_location = "eur3"
  }

  assert {
    condition     = google_firestore_database.calls.location_id == "eur3"
    error_message = "The database is where it is told to be."
  }
}

run "a_multi_region_cannot_run_functions" {
  command = plan

  variables {
    region = "EU"
  }

  expect_failures = [var.region]
}

run "buckets_are_in_one_region" {
  command = plan

  variables {
    storage_location = "EU"
  }

  expect_failures = [var.storage_location]
}

run "soft_deletion_lasts_a_week_or_nothing" {
  command = plan

  variables {
    soft_delete_days = 3
  }

  expect_failures = [var.soft_delete_days]
}

run "an_environment_is_one_of_three" {
  command = plan

  variables {
    environment = "prod"
  }

  expect_failures = [var.environment]
}

run "what_is_not_production_can_be_taken_down" {
  command = plan

  variables {
    environment = "staging"
  }

  assert {
    condition     = google_firestore_database.calls.delete_protection_state == "DELETE_PROTECTION_DISABLED"
    error_message = "Only production is protected from deletion."
  }
}
