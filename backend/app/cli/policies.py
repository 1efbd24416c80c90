"""The policies of the installed domains, for commands that only look at them."""

from app.core.clock import SystemClock
from app.infrastructure.resilience import Policies
from app.main import installed_domains


def declared_policies(preset: str) -> Policies:
    policies = Policies(preset, None, SystemClock())
    for domain in installed_domains():
        for name, terms in domain.operations.items():
            policies.declare(name, terms.strategy)
    return policies
