"""Every policy of the process, and where each of its numbers comes from.

The strategy of a policy is the first of: the operator's `operation_overrides`, the operation's own, the custom config's
`default_strategy`, the preset's. Its numbers are the strategy's; those that the preset names win over them, and those
that the custom config names win over both. A strategy out of `operation_overrides` keeps all its own numbers.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from app.core.clock import Clock
from app.core.events import Hook, ignore

from .custom import CustomConfig
from .policy import Policy
from .presets import PRESETS, STRATEGIES, Numbers, Preset, StrategyName

NumberOrigin = Literal["strategy", "preset", "custom", "override"]
StrategyOrigin = Literal["override", "operation", "custom", "preset"]


@dataclass(frozen=True, slots=True)
class Effective:
    """What a policy runs on; `origins` says for each field of `numbers` who set it."""

    strategy: StrategyName
    strategy_origin: StrategyOrigin
    numbers: Numbers
    origins: Mapping[str, NumberOrigin]


class Policies(Mapping[str, Policy]):
    """One long-lived policy per declared name; reading an unknown name raises KeyError and makes none."""

    def __init__(self, preset: str, custom: CustomConfig | None, clock: Clock, hook: Hook = ignore) -> None:
        self.preset, self.custom = _known_preset(preset), custom
        self._clock, self._hook = clock, hook
        self._declared: dict[str, StrategyName | None] = {}
        self._policies: dict[str, Policy] = {}

    def __getitem__(self, name: str) -> Policy:
        return self._policies[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._policies)

    def __len__(self) -> int:
        return len(self._policies)

    def declare(self, name: str, strategy: StrategyName | None = None) -> None:
        """Make the policy of that name, with the operation's own strategy if it has one."""
        if name in self._declared:
            raise ValueError(f"The policy {name} is declared twice.")
        if strategy is not None and strategy not in STRATEGIES:
            raise ValueError(f"{name} wants the strategy {strategy}. Known: {', '.join(STRATEGIES)}.")
        numbers = _resolve(name, strategy, self.preset, self.custom).numbers
        self._declared[name] = strategy
        self._policies[name] = Policy(name, numbers, self._clock, self._hook)

    def effective(self, name: str) -> Effective:
        return _resolve(name, self._declared[name], self.preset, self.custom)

    def plan(self, preset: str | None = None, custom: CustomConfig | None = None) -> dict[str, Effective]:
        """What `apply` would make of each policy; raises ValueError for a config that does not fit them."""
        preset = _known_preset(preset or self.preset)
        _reject_unknown(custom, self)
        return {name: _resolve(name, strategy, preset, custom) for name, strategy in self._declared.items()}

    def apply(self, preset: str | None = None, custom: CustomConfig | None = None) -> dict[str, Effective]:
        """Put a whole configuration into force, all policies or none; breakers and metrics go on.

        Without a preset the running one stays; without a custom config there is none from now on.
        """
        planned = self.plan(preset, custom)
        self.preset, self.custom = preset or self.preset, custom
        for name, effective in planned.items():
            self._policies[name].configure(effective.numbers)
        return planned

    def reject_unknown_overrides(self) -> None:
        """Raises ValueError when `operation_overrides` names what no declared policy answers to, or more than one."""
        _reject_unknown(self.custom, self)


def _known_preset(name: str) -> str:
    if name not in PRESETS:
        raise ValueError(f"There is no preset {name}. Known: {', '.join(PRESETS)}.")
    return name


def _resolve(name: str, declared: StrategyName | None, preset_name: str, custom: CustomConfig | None) -> Effective:
    preset = PRESETS[preset_name]
    strategy, origin = _strategy(name, declared, preset, custom)
    numbers: dict[str, Any] = asdict(STRATEGIES[strategy])
    if origin == "override":
        return Effective(strategy, origin, STRATEGIES[strategy], dict.fromkeys(numbers, "override"))
    origins: dict[str, NumberOrigin] = dict.fromkeys(numbers, "strategy")
    layers: dict[NumberOrigin, dict[str, Any]] = {
        "preset": {key: value for key, value in asdict(preset).items() if key in numbers},
        "custom": custom.numbers() if custom else {},
    }
    for layer, named in layers.items():
        numbers |= named
        origins |= dict.fromkeys(named, layer)
    try:
        return Effective(strategy, origin, Numbers(**numbers), origins)
    except ValueError as error:
        raise ValueError(f"{name}, with the strategy {strategy}: {error}") from error


def _strategy(
    name: str, declared: StrategyName | None, preset: Preset, custom: CustomConfig | None
) -> tuple[StrategyName, StrategyOrigin]:
    overrides = (custom and custom.operation_overrides) or {}
    if override := overrides.get(name) or overrides.get(_operation(name)):
        return override, "override"
    if declared:
        return declared, "operation"
    if custom and custom.default_strategy:
        return custom.default_strategy, "custom"
    return preset.default_strategy, "preset"


def _reject_unknown(custom: CustomConfig | None, names: Iterable[str]) -> None:
    overrides = (custom and custom.operation_overrides) or {}
    known = sorted(names)
    if unknown := sorted(overrides.keys() - {*known, *map(_operation, known)}):
        raise ValueError(f"operation_overrides names {', '.join(unknown)}. Known: {', '.join(known)}.")
    for key in sorted(overrides.keys() - set(known)):
        if len(same := [name for name in known if _operation(name) == key]) > 1:
            raise ValueError(f"operation_overrides names {key}, which may be {' or '.join(same)}.")


def _operation(name: str) -> str:
    return name.rpartition(".")[2]
