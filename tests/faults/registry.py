"""The scenarios by name. A scenario makes its own ground, and returns what is worth saying beside `passed`."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from tests.faults.ground import Ground, ground


class Length(Enum):
    """How long a scenario is: in CI, as one of the whole suite, or asked for by its name."""

    SHORT = "short"
    WHOLE = "whole"
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class Stage:
    """What the runner hands to a scenario: chance that can be repeated, and the length of the run."""

    logs: Path
    rng: random.Random
    length: Length = Length.WHOLE
    repeat: int | None = None  # so many times, where somebody has said so
    soak: float | None = None  # seconds, where somebody has asked for so long a soak

    def ground(self, name: str = "run", **more: Any) -> AbstractContextManager[Ground]:
        """A ground; `more` goes to it."""
        return ground(self.logs / name, **more)

    def say(self, line: str) -> None:
        """Print what a long scenario has come to so far."""
        print(f"        {line}", flush=True)  # noqa: T201 - the suite talks to a terminal

    def times(self, short: int, alone: int) -> int:
        """How often to do it: `alone` where the scenario was asked for by name, a quarter of that as one of the whole suite."""
        if self.repeat is not None:
            return self.repeat
        return {Length.SHORT: short, Length.WHOLE: max(short, alone // 4), Length.ALONE: alone}[self.length]


Scenario = Callable[[Stage], str]
SCENARIOS: dict[str, Scenario] = {}
# By scenario: the faults that it shows, as `docs/faults.md` numbers them. Tests say theirs with `@pytest.mark.fault(…)`.
FAULTS: dict[str, tuple[int, ...]] = {}


def scenario(*faults: int) -> Callable[[Scenario], Scenario]:
    """Put a function on the list, under its own name, with the faults of `docs/faults.md` that it shows."""

    def put(function: Scenario) -> Scenario:
        SCENARIOS[function.__name__] = function
        FAULTS[function.__name__] = faults
        return function

    return put
