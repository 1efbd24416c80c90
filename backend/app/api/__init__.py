"""What is true of every route: the two doors, errors to HTTP, the edge."""
