"""Ask a model one question about one text. The example domain: replace it with yours."""

from app.operations import domain_of

from . import operations

DOMAIN = domain_of("text_processing", operations)
