"""The tests' own domain."""

from app.operations import domain_of

from . import operations

DOMAIN = domain_of("trial", operations)
