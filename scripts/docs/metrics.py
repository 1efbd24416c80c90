"""The reference page of the metrics."""

from collections.abc import Iterator

from prometheus_client.metrics import MetricWrapperBase

from app.core.events import Events
from app.infrastructure.monitoring.metrics import Metrics


def page(head: str) -> str:
    lines = [head, "# Metrics", ""]
    lines += [
        "What `GET /internal/metrics` shows in Prometheus' format. A histogram has `_bucket`, `_sum` and `_count`,",
        "and like a counter `_created`, the time of its first sample. Labels hold names from code and settings;",
        "no key, no caller and no text is ever one.",
        "",
        "| metric | type | labels | meaning |",
        "|---|---|---|---|",
    ]
    lines += [f"| `{name}` | {kind} | {labels} | {meaning} |" for name, kind, labels, meaning in sorted(declared())]
    return "\n".join(lines) + "\n"


def declared() -> Iterator[tuple[str, str, str, str]]:
    """Name, type, labels and meaning of each metric of the registry."""
    for metric in Metrics(Events()).registry._collector_to_names:
        assert isinstance(metric, MetricWrapperBase)
        [family] = metric.describe()
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = ", ".join(f"`{label}`" for label in metric._labelnames)
        yield name, family.type, labels or "none", family.documentation
