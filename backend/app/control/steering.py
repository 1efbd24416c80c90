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
        self._held: Mapping[str, float] = {}
        self.generation = 0

    def obey(self, document: Document, generation: int) -> None:
        """All of the document or, raising ValueError where it does not fit these policies, nothing."""
        self._enforce(document)
        self._document, self.generation = document, generation

    def enforce(self) -> None:
        """Apply what is wanted now; called again as time passes, because wishes end."""
        self._enforce(self._document)

    @property
    def config(self) -> Mapping[str, Any] | None:
        """The operators' wish that is in force now."""
        return self._in_force(self._document)

    def _enforce(self, document: Document) -> None:
        preset, custom = self._wanted(self._in_force(document))
        if (preset, custom) != (self._policies.preset, self._policies.custom):
            self._policies.apply(preset, custom)
        forced = document.get("forced", {}).items()
        self._hold_breakers({name: entry["until"] for name, entry in forced if name in self._policies})

    def _in_force(self, document: Document) -> Mapping[str, Any] | None:
        config: Mapping[str, Any] | None = document.get("config")
        ends = config.get("until") if config else None
        return None if ends is not None and ends <= self._clock.now() else config

    def _wanted(self, config: Mapping[str, Any] | None) -> tuple[str, CustomConfig | None]:
        if config is None:
            return self.preset, self.custom
        custom = config["custom"]
        return config["preset"], CustomConfig.model_validate(custom) if custom else None

    def _hold_breakers(self, forced: Mapping[str, float]) -> None:
        """One that is released before its time closes, also in a process that missed the order to reset it."""
        now = self._clock.now()
        for name, until in forced.items():
            if until > now and self._held.get(name) != until:
                self._policies[name].breaker.force_open(until - now)
        for name in self._held.keys() - forced.keys():
            if self._held[name] > now:
                self._policies[name].breaker.reset()
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
