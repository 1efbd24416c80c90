terraform {
  required_version = "~> 1.11"
  required_providers {
    google = { source = "hashicorp/google", version = "~> 6.50" }
  }
  # The bucket comes from `terraform init -backend-config=...`.
  backend "gcs" {
    prefix = "gatehouse/dev"
  }
}

provider "google" {
  project        = var.project
  region         = var.region
  default_labels = { service = "gatehouse", environment = "dev" }
}

module "service" {
  source              = "../../../modules/gcp/service"
  name                = "gatehouse-dev"
  region              = var.region
  image               = var.image
  operators           = var.operators
  memory              = "512Mi"
  min_instances       = 1
  max_instances       = 2
  redis_tier          = "BASIC"
  deletion_protection = false
}

output "service" {
  description = "Addresses, and names of the secrets to fill."
  value       = module.service
}
