# Cloud Run opens one port of a service. Both doors would be two ports, so they are two services of one image; Redis
# makes them one fleet, and the operators' service answers for all instances of the public one.
locals {
  port = 8000

  settings = merge({
    # Also for trying: only in production is /internal gone from the public port, and Cloud Run cannot hide a path.
    ENVIRONMENT  = "production"
    BACKEND_PORT = tostring(local.port)
    # Cloud Run sends nothing more to an instance that it stops, and kills it after ten seconds.
    DRAIN_SECONDS     = "0"
    RESILIENCE_PRESET = "production"
    # Where Cloud Run's own proxy calls from.
    FORWARDED_ALLOW_IPS = "169.254.0.0/16"
  }, var.settings)

  doors = {
    public = {
      name    = var.name
      command = ["python", "-m", "app", "serve"]
      ingress = "INGRESS_TRAFFIC_ALL"
      min     = var.min_instances
      max     = var.max_instances
    }
    operators = {
      name    = "${var.name}-operators"
      command = ["python", "-m", "app", "serve", "--internal-only"]
      ingress = "INGRESS_TRAFFIC_INTERNAL_ONLY"
      min     = 1
      max     = 1
    }
  }
}

resource "google_cloud_run_v2_service" "door" {
  for_each            = local.doors
  name                = each.value.name
  location            = var.region
  ingress             = each.value.ingress
  deletion_protection = var.deletion_protection

  template {
    service_account = google_service_account.backend.email
    # Longer than a batch of 50 calls, 5 at a time, of AI_TOTAL_TIMEOUT each.
    timeout                          = "610s"
    max_instance_request_concurrency = 80

    scaling {
      min_instance_count = each.value.min
      max_instance_count = each.value.max
    }

    vpc_access {
      egress = "PRIVATE_RANGES_ONLY"

      network_interfaces {
        network    = google_compute_network.this.id
        subnetwork = google_compute_subnetwork.instances.id
      }
    }

    containers {
      image   = var.image
      command = each.value.command

      ports {
        container_port = local.port
      }

      resources {
        limits = { cpu = var.cpu, memory = var.memory }
        # Between requests an instance still listens to the fleet.
        cpu_idle          = false
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = local.settings
        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = local.secrets
        content {
          name = env.key
          value_source {
            secret_key_ref {
              secret  = env.value.secret_id
              version = "latest"
            }
          }
        }
      }

      volume_mounts {
        name       = "redis-ca"
        mount_path = local.redis_ca_folder
      }

      startup_probe {
        period_seconds    = 1
        failure_threshold = 60
        http_get {
          path = "/livez"
        }
      }

      liveness_probe {
        timeout_seconds = 5
        http_get {
          path = "/livez"
        }
      }
    }

    volumes {
      name = "redis-ca"
      secret {
        secret = google_secret_manager_secret.redis_ca.secret_id
        items {
          path    = "ca.pem"
          version = "latest"
        }
      }
    }
  }

  depends_on = [
    google_secret_manager_secret_iam_member.backend,
    google_secret_manager_secret_version.redis_ca,
    google_secret_manager_secret_version.redis_url,
  ]
}
