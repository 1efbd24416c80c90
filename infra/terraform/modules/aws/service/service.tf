locals {
  public_port   = 8000
  internal_port = 8001
  # Seconds: one call, by AI_TOTAL_TIMEOUT and QUEUE_TIMEOUT_SECONDS, and a batch of 50 calls, 5 at a time.
  longest_call  = 75
  longest_batch = 610

  settings = merge({
    ENVIRONMENT         = "production"
    BACKEND_PORT        = tostring(local.public_port)
    INTERNAL_PORT       = tostring(local.internal_port)
    DRAIN_SECONDS       = "5"
    RESILIENCE_PRESET   = "production"
    FORWARDED_ALLOW_IPS = join(",", var.public_cidrs)
  }, var.settings)

  secrets = merge(
    { for setting, secret in aws_secretsmanager_secret.setting : setting => secret.arn },
    { REDIS_URL = aws_secretsmanager_secret.redis_url.arn },
  )
}

resource "aws_ecs_cluster" "this" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_task_definition" "backend" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.execution.arn

  # The service itself calls nothing in AWS, so its tasks have no role.
  container_definitions = jsonencode([{
    name                   = "backend"
    image                  = var.image
    essential              = true
    user                   = "10001:10001"
    readonlyRootFilesystem = true
    stopTimeout            = 50
    linuxParameters        = { capabilities = { drop = ["ALL"] } }
    environment            = [for name, value in local.settings : { name = name, value = value }]
    secrets                = [for name, arn in local.secrets : { name = name, valueFrom = arn }]
    portMappings           = [for port in [local.public_port, local.internal_port] : { containerPort = port }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.backend.name
        awslogs-region        = data.aws_region.current.region
        awslogs-stream-prefix = "backend"
      }
    }
  }])
}

resource "aws_ecs_service" "backend" {
  name                              = "backend"
  cluster                           = aws_ecs_cluster.this.id
  task_definition                   = aws_ecs_task_definition.backend.arn
  launch_type                       = "FARGATE"
  desired_count                     = var.min_tasks
  health_check_grace_period_seconds = 60
  propagate_tags                    = "SERVICE"

  network_configuration {
    subnets          = var.private_subnet_ids
    security_groups  = [aws_security_group.tasks.id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.public.arn
    container_name   = "backend"
    container_port   = local.public_port
  }

  service_registries {
    registry_arn = aws_service_discovery_service.backend.arn
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  lifecycle {
    ignore_changes = [desired_count]
  }

  depends_on = [aws_lb_listener_rule.public]
}
