variable "name" {
  description = "Prefix of all names, unique in the project."
  type        = string
}

variable "region" {
  description = "Region of everything."
  type        = string
}

variable "image" {
  description = "Image of the backend, with a tag or digest that never moves."
  type        = string
}

variable "operators" {
  description = "Members who may call the operators' service, such as group:ops@example.com."
  type        = set(string)
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

variable "subnet_cidr" {
  description = "Addresses of the instances, inside the network."
  type        = string
  default     = "10.30.0.0/24"
}

variable "cpu" {
  description = "Processors of an instance; one worker can use one."
  type        = string
  default     = "1"
}

variable "memory" {
  description = "Memory of an instance."
  type        = string
  default     = "1Gi"
}

variable "min_instances" {
  description = "Instances that always run; one at least, so that the fleet has somebody to ask."
  type        = number
  default     = 2

  validation {
    condition     = var.min_instances >= 1
    error_message = "One instance at least must run."
  }
}

variable "max_instances" {
  description = "Most instances that Cloud Run starts."
  type        = number
  default     = 10
}

variable "redis_tier" {
  description = "BASIC is one node, STANDARD_HA has a second one that takes over."
  type        = string
  default     = "STANDARD_HA"

  validation {
    condition     = contains(["BASIC", "STANDARD_HA"], var.redis_tier)
    error_message = "The tier is BASIC or STANDARD_HA."
  }
}

variable "redis_memory_gb" {
  description = "Memory of Redis, in GB."
  type        = number
  default     = 1
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete the services."
  type        = bool
  default     = true
}
