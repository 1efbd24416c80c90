output "address" {
  description = "Address of the public door."
  value       = google_cloud_run_v2_service.door["public"].uri
}

output "operators_address" {
  description = "Address of the operators' door; it answers inside the network only."
  value       = google_cloud_run_v2_service.door["operators"].uri
}

output "network" {
  description = "The network whose machines reach the operators' door."
  value       = google_compute_network.this.name
}

output "secret_ids" {
  description = "Secrets that you fill, by setting."
  value       = { for setting, secret in google_secret_manager_secret.setting : setting => secret.secret_id }
}
