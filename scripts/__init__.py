"""What make calls and the product does not need."""
