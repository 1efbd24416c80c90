resource "google_redis_instance" "this" {
  name                    = var.name
  region                  = var.region
  tier                    = var.redis_tier
  memory_size_gb          = var.redis_memory_gb
  redis_version           = "REDIS_7_2"
  redis_configs           = { maxmemory-policy = "allkeys-lru" }
  authorized_network      = google_compute_network.this.id
  connect_mode            = "PRIVATE_SERVICE_ACCESS"
  reserved_ip_range       = google_compute_global_address.redis.name
  auth_enabled            = true
  transit_encryption_mode = "SERVER_AUTHENTICATION"
  depends_on              = [google_service_networking_connection.redis]
}

locals {
  redis_ca_folder = "/run/secrets/redis"
  redis_query = join("&", [
    "ssl_ca_certs=${local.redis_ca_folder}/ca.pem",
    # The certificate names no host, but its authority signs for this instance alone.
    "ssl_check_hostname=false",
  ])
  redis_address = "${google_redis_instance.this.host}:${google_redis_instance.this.port}"
}
