variable "region" {
  description = "Region of everything."
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

variable "certificate_arn" {
  description = "ARN of the certificate of the public name."
  type        = string
}

variable "logs_bucket" {
  description = "Name of an existing bucket that takes access logs and records of refused connections."
  type        = string
}
