variable "project" {
  description = "Project of this environment."
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
