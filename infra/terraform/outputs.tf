output "public_url" {
  description = "Where the page and the API are."
  value       = local.public_url
}

output "function_urls" {
  description = "By entry point, its address."
  value       = local.urls
}

output "audio_bucket" {
  description = "Where recordings are put."
  value       = google_storage_bucket.audio.name
}

output "edge_address" {
  description = "What the domain's A record must say; null without a domain."
  value       = one(google_compute_global_address.edge[*].address)
}

output "artifacts_bucket" {
  description = "Where transcripts are kept."
  value       = google_storage_bucket.artifacts.name
}

output "database" {
  description = "The Firestore database's id."
  value       = google_firestore_database.calls.name
}
