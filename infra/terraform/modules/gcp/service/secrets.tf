# Terraform makes the secrets and never sees their values, except for what Redis gave it.
locals {
  secrets = merge(google_secret_manager_secret.setting, { REDIS_URL = google_secret_manager_secret.redis_url })
}

resource "google_secret_manager_secret" "setting" {
  for_each   = var.secret_settings
  secret_id  = "${var.name}-${each.value}"
  depends_on = [google_project_service.needed]

  replication {
    auto {}
  }
}

resource "google_secret_manager_secret" "redis_url" {
  secret_id  = "${var.name}-REDIS_URL"
  depends_on = [google_project_service.needed]

  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_version" "redis_url" {
  secret      = google_secret_manager_secret.redis_url.id
  secret_data = "rediss://:${google_redis_instance.this.auth_string}@${local.redis_address}/0?${local.redis_query}"
}

resource "google_secret_manager_secret" "redis_ca" {
  secret_id  = "${var.name}-redis-ca"
  depends_on = [google_project_service.needed]

  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_version" "redis_ca" {
  secret      = google_secret_manager_secret.redis_ca.id
  secret_data = join("\n", google_redis_instance.this.server_ca_certs[*].cert)
}
