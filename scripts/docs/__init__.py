"""What makes the documentation out of the code."""
