resource "aws_security_group" "tasks" {
  name        = "${var.name}-tasks"
  description = "The tasks of the backend"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "tasks_public" {
  security_group_id            = aws_security_group.tasks.id
  description                  = "The load balancer"
  referenced_security_group_id = aws_security_group.balancer.id
  ip_protocol                  = "tcp"
  from_port                    = local.public_port
  to_port                      = local.public_port
}

resource "aws_vpc_security_group_ingress_rule" "tasks_internal" {
  security_group_id            = aws_security_group.tasks.id
  description                  = "Operators and Prometheus"
  referenced_security_group_id = aws_security_group.operators.id
  ip_protocol                  = "tcp"
  from_port                    = local.internal_port
  to_port                      = local.internal_port
}

resource "aws_vpc_security_group_egress_rule" "tasks_https" {
  security_group_id = aws_security_group.tasks.id
  description       = "Model providers, and the AWS interfaces that start a task"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "tasks_redis" {
  security_group_id            = aws_security_group.tasks.id
  description                  = "Redis"
  referenced_security_group_id = aws_security_group.redis.id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

# Who carries this group may speak to the operators' door: Prometheus, a bastion, the front end.
resource "aws_security_group" "operators" {
  #checkov:skip=CKV2_AWS_5:it is attached to what stands outside this module
  name        = "${var.name}-operators"
  description = "May reach the internal port of the tasks"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "operators_internal" {
  security_group_id            = aws_security_group.operators.id
  description                  = "The internal port of the tasks"
  referenced_security_group_id = aws_security_group.tasks.id
  ip_protocol                  = "tcp"
  from_port                    = local.internal_port
  to_port                      = local.internal_port
}

resource "aws_service_discovery_private_dns_namespace" "this" {
  name = "${var.name}.internal"
  vpc  = var.vpc_id
}

resource "aws_service_discovery_service" "backend" {
  name = "backend"

  dns_config {
    namespace_id   = aws_service_discovery_private_dns_namespace.this.id
    routing_policy = "MULTIVALUE"

    dns_records {
      type = "A"
      ttl  = 10
    }
  }
}
