terraform {
  required_version = "~> 1.11"
  required_providers {
    google = { source = "hashicorp/google", version = "~> 6.50" }
  }
  # The bucket comes from `terraform init -backend-config=...`.
  backend "gcs" {
    prefix = "gatehouse/prod"
  }
}

provider "google" {
  project        = var.project
  region         = var.region
  default_labels = { service = "gatehouse", environment = "prod" }
}

module "service" {
  source          = "../../../modules/gcp/service"
  name            = "gatehouse-prod"
  region          = var.region
  image           = var.image
  operators       = var.operators
  min_instances   = 3
  max_instances   = 20
  redis_memory_gb = 5
}

output "service" {
  description = "Addresses, and names of the secrets to fill."
  value       = module.service
}
