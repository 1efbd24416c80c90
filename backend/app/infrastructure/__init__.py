"""What stays when the domain is replaced. Reports events and knows no names of anything above it."""
