"""Makes true in this process what operators want of the policies, for as long as they want it."""

from collections.abc import Mapping
from typing import Any

from app.core.clock import Clock
from app.infrastructure.resilience import CustomConfig, Policies

Document = dict[str, Any]
"""What the whole fleet obeys: `config` (preset, custom, until, reason, by, at), and `forced`, breakers held open.

`until` is in seconds since the epoch, None for good."""


class Steering:
    """`preset` and `custom` are the settings'; they are in force where no operator has said otherwise."""

    def __init__(self, policies: Policies, preset: str, custom: CustomConfig | None, clock: Clock) -> None:
        self._policies, self._clock = policies, clock
        self.preset, self.custom = preset, custom
        self._document: Document = {}
        self._held: dict[str, float] = {}
        self.generation = 0

    def obey(self, document: Document, generation: int) -> None:
        self._document, self.generation = document, generation
        self.enforce()

    def enforce(self) -> None:
        """Apply what is wanted now; called again as time passes, because wishes end."""
        preset, custom = self._wanted()
        if (preset, custom) != (self._policies.preset, self._policies.custom):
            self._policies.apply(preset, custom)
        self._hold_breakers()

    @property
    def config(self) -> Mapping[str, Any] | None:
        """The operators' wish that is in force now."""
        config: Mapping[str, Any] | None = self._document.get("config")
        ends = config.get("until") if config else None
        return None if ends is not None and ends <= self._clock.now() else config

    def _wanted(self) -> tuple[str, CustomConfig | None]:
        config = self.config
        if config is None:
            return self.preset, self.custom
        custom = config["custom"]
        return config["preset"], CustomConfig.model_validate(custom) if custom else None

    def _hold_breakers(self) -> None:
        now = self._clock.now()
        forced = {name: entry["until"] for name, entry in self._document.get("forced", {}).items()}
        for name, until in forced.items():
            if until > now and self._held.get(name) != until and name in self._policies:
                self._policies[name].breaker.force_open(until - now)
        self._held = forced


def configured(document: Document, config: Mapping[str, Any] | None) -> Document:
    """With that wish, or with none: then the settings hold again."""
    return {**document, "config": dict(config) if config else None}


def forced(document: Document, name: str, entry: Mapping[str, Any], now: float) -> Document:
    """With that breaker held open, and without those whose time is over."""
    held = {one: each for one, each in document.get("forced", {}).items() if each["until"] > now}
    return {**document, "forced": {**held, name: dict(entry)}}


def released(document: Document, name: str) -> Document:
    return {**document, "forced": {one: each for one, each in document.get("forced", {}).items() if one != name}}
