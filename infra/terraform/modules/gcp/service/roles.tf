# The account of both services may read these secrets and nothing else.
resource "google_service_account" "backend" {
  account_id   = var.name
  display_name = "Backend ${var.name}"
}

resource "google_secret_manager_secret_iam_member" "backend" {
  for_each  = merge(local.secrets, { redis-ca = google_secret_manager_secret.redis_ca })
  secret_id = each.value.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.backend.member
}

resource "google_cloud_run_v2_service_iam_member" "clients" {
  #checkov:skip=CKV_GCP_102:the service asks every client for a key itself
  name     = google_cloud_run_v2_service.door["public"].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "allUsers"
}

resource "google_cloud_run_v2_service_iam_member" "operators" {
  for_each = var.operators
  name     = google_cloud_run_v2_service.door["operators"].name
  location = var.region
  role     = "roles/run.invoker"
  member   = each.value
}
