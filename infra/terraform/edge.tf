# With a domain of one's own: a load balancer before the api, and Cloud Armor before the load balancer. The api then
# answers nobody who comes around it.

locals {
  edge = var.domain == null ? 0 : 1
}

resource "google_compute_global_address" "edge" {
  count = local.edge

  name = "dialix"

  depends_on = [google_project_service.used]
}

resource "google_compute_region_network_endpoint_group" "api" {
  count = local.edge

  name                  = "dialix-api"
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = google_cloudfunctions2_function.function["api"].name
  }
}

resource "google_compute_security_policy" "edge" {
  # checkov:skip=CKV_GCP_73:there is no Java behind it
  count = local.edge

  name        = "dialix"
  description = "Slows down whoever guesses passwords or floods the api"

  rule {
    description = "Signing in: 20 tries a minute from one address, then an hour of nothing"
    priority    = 1000
    action      = "rate_based_ban"
    match {
      expr {
        expression = "request.path.startsWith('/v1/auth/')"
      }
    }
    rate_limit_options {
      conform_action   = "allow"
      exceed_action    = "deny(429)"
      enforce_on_key   = "IP"
      ban_duration_sec = 3600
      rate_limit_threshold {
        count        = 20
        interval_sec = 60
      }
    }
  }

  rule {
    description = "Everything: 1200 requests a minute from one address, as many as an office behind it needs"
    priority    = 2000
    action      = "throttle"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"
      rate_limit_threshold {
        count        = 1200
        interval_sec = 60
      }
    }
  }

  rule {
    description = "Whatever is left"
    priority    = 2147483647
    action      = "allow"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }

  depends_on = [google_project_service.used]
}

resource "google_compute_backend_service" "api" {
  count = local.edge

  name                  = "dialix-api"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.edge[0].id

  backend {
    group = google_compute_region_network_endpoint_group.api[0].id
  }

  log_config {
    enable      = true
    sample_rate = 0.1
  }
}

resource "google_compute_url_map" "edge" {
  count = local.edge

  name            = "dialix"
  default_service = google_compute_backend_service.api[0].id
}

resource "google_compute_managed_ssl_certificate" "edge" {
  count = local.edge

  name = "dialix"

  managed {
    domains = [var.domain]
  }
}

resource "google_compute_ssl_policy" "edge" {
  count = local.edge

  name            = "dialix"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_target_https_proxy" "edge" {
  count = local.edge

  name             = "dialix"
  url_map          = google_compute_url_map.edge[0].id
  ssl_certificates = [google_compute_managed_ssl_certificate.edge[0].id]
  ssl_policy       = google_compute_ssl_policy.edge[0].id
}

resource "google_compute_global_forwarding_rule" "edge" {
  count = local.edge

  name                  = "dialix"
  target                = google_compute_target_https_proxy.edge[0].id
  ip_address            = google_compute_global_address.edge[0].address
  port_range            = "443"
  load_balancing_scheme = "EXTERNAL_MANAGED"
}
