variable "name" {
  description = "Prefix of all names."
  type        = string
}

variable "cidr" {
  description = "Addresses of the network, a /16."
  type        = string
  default     = "10.20.0.0/16"
}

variable "zones" {
  description = "Letters of the availability zones to spread over."
  type        = list(string)
  default     = ["a", "b"]

  validation {
    condition     = length(var.zones) >= 2
    error_message = "The load balancer wants two zones at least."
  }
}

variable "gateway_per_zone" {
  description = "Whether each zone has its own way to the model providers, or all share one."
  type        = bool
  default     = true
}

variable "logs_bucket" {
  description = "Name of an existing bucket that takes records of refused connections."
  type        = string
}
