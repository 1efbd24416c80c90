output "address" {
  description = "Name of the load balancer; point the public name at it."
  value       = aws_lb.this.dns_name
}

output "internal_name" {
  description = "Name and port of the operators' door of every task, inside the network."
  value       = "${aws_service_discovery_service.backend.name}.${aws_service_discovery_private_dns_namespace.this.name}:${local.internal_port}"
}

output "operators_security_group_id" {
  description = "Group of those who may reach the operators' door."
  value       = aws_security_group.operators.id
}

output "secret_names" {
  description = "Secrets that you fill, by setting."
  value       = { for setting, secret in aws_secretsmanager_secret.setting : setting => secret.name }
}
