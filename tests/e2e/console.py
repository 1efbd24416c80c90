"""What operators see and change, over HTTP."""

from typing import Any

from tests.support.service import Service

BREAKERS = "/internal/resilience/circuit-breakers"
CONFIG = "/internal/resilience/config"


def policies(backend: Service) -> dict[str, Any]:
    """The report of every breaker, by name."""
    told: dict[str, Any] = backend.operator.get(BREAKERS).json()["policies"]
    return told


def hold_open(backend: Service, name: str) -> None:
    body = {"seconds": 600, "reason": "the provider asked us to stop"}
    backend.operator.post(f"{BREAKERS}/{name}/force-open", json=body).raise_for_status()


def cached(backend: Service) -> int:
    """How many answers the service keeps, which has no Redis."""
    counted = backend.operator.post("/internal/cache/invalidate", json={"all": True, "dry_run": True}).json()
    return int(counted["removed"]["l1"])


def in_force(backend: Service) -> tuple[str, str | None]:
    """The preset and, where an operator wished for it, the reason."""
    [told] = backend.operator.get(CONFIG).json()["instances"].values()
    return told["preset"], (told["wish"] or {}).get("reason")
