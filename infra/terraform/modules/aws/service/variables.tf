variable "name" {
  description = "Prefix of all names, unique in the account and region."
  type        = string
}

variable "image" {
  description = "Image of the backend, with a tag or digest that never moves."
  type        = string
}

variable "repository_arn" {
  description = "ARN of the ECR repository that holds the image."
  type        = string
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "public_subnet_ids" {
  description = "Subnets of the load balancer, in two zones at least."
  type        = list(string)
}

variable "public_cidrs" {
  description = "Addresses that the load balancer calls from; their X-Forwarded-For counts."
  type        = list(string)
}

variable "private_subnet_ids" {
  description = "Subnets of the tasks and of Redis."
  type        = list(string)
}

variable "certificate_arn" {
  description = "ARN of the certificate of the public name."
  type        = string
}

variable "logs_bucket" {
  description = "Name of an existing bucket that takes the load balancer's access logs."
  type        = string
}

variable "secret_settings" {
  description = "Settings whose values are secrets. Each becomes an empty secret, which you fill before the first start."
  type        = set(string)
  default     = ["API_KEY", "ADMIN_API_KEY", "GEMINI_API_KEY"]
}

variable "settings" {
  description = "Further settings that are no secrets: docs/configuration.md."
  type        = map(string)
  default     = {}
}

variable "cpu" {
  description = "Processor units of a task; 1024 are one processor, which is what one worker can use."
  type        = number
  default     = 1024
}

variable "memory" {
  description = "Memory of a task, in MiB."
  type        = number
  default     = 2048
}

variable "min_tasks" {
  description = "Tasks that always run."
  type        = number
  default     = 2
}

variable "max_tasks" {
  description = "Most tasks that the autoscaling starts."
  type        = number
  default     = 10
}

variable "redis_node_type" {
  description = "Size of a Redis node."
  type        = string
  default     = "cache.t4g.small"
}

variable "redis_replicas" {
  description = "Copies of the Redis node in other zones, one of which takes over."
  type        = number
  default     = 1
}

variable "log_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 365
}

variable "deletion_protection" {
  description = "Whether the load balancer refuses to be deleted."
  type        = bool
  default     = true
}
