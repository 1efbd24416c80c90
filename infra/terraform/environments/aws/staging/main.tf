terraform {
  required_version = "~> 1.11"
  required_providers {
    aws    = { source = "hashicorp/aws", version = "~> 6.25" }
    random = { source = "hashicorp/random", version = "~> 3.7" }
  }
  # Bucket and region come from `terraform init -backend-config=...`.
  backend "s3" {
    key          = "gatehouse/staging.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { Service = "gatehouse", Environment = "staging" }
  }
}

locals {
  name = "gatehouse-staging"
}

module "network" {
  source           = "../../../modules/aws/network"
  name             = local.name
  cidr             = "10.21.0.0/16"
  gateway_per_zone = false
  logs_bucket      = var.logs_bucket
}

module "service" {
  source             = "../../../modules/aws/service"
  name               = local.name
  image              = var.image
  repository_arn     = var.repository_arn
  certificate_arn    = var.certificate_arn
  logs_bucket        = var.logs_bucket
  vpc_id             = module.network.vpc_id
  public_subnet_ids  = module.network.public_subnet_ids
  public_cidrs       = module.network.public_cidrs
  private_subnet_ids = module.network.private_subnet_ids
  min_tasks          = 2
  max_tasks          = 4
}

output "service" {
  description = "Addresses, names of the secrets to fill, and the operators' security group."
  value       = module.service
}
