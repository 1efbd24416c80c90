locals {
  log_group = "/ecs/${var.name}"
  log_group_arn = join(":", [
    "arn:aws:logs", data.aws_region.current.region, data.aws_caller_identity.current.account_id, "log-group",
    local.log_group,
  ])
}

resource "aws_cloudwatch_log_group" "backend" {
  name              = local.log_group
  retention_in_days = var.log_days
  kms_key_id        = aws_kms_key.this.arn
}
