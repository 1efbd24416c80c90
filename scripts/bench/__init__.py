"""How fast the service is, against yardsticks that run in turn with it."""
