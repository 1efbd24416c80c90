terraform {
  required_version = "~> 1.11"
  required_providers {
    google = { source = "hashicorp/google", version = "~> 6.50" }
  }
}

resource "google_project_service" "needed" {
  for_each = toset([
    "compute.googleapis.com",
    "redis.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "servicenetworking.googleapis.com",
  ])
  service            = each.value
  disable_on_destroy = false
}
