output "vpc_id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "public_subnet_ids" {
  description = "Where the load balancer stands."
  value       = aws_subnet.public[*].id
}

output "public_cidrs" {
  description = "Addresses that the load balancer calls from."
  value       = aws_subnet.public[*].cidr_block
}

output "private_subnet_ids" {
  description = "Where the tasks and Redis stand."
  value       = aws_subnet.private[*].id
}
