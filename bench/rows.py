"""What a measurement comes to: one JSON object a line on stdout, and a table for people on stderr."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `target` is such as `>=280`, empty where there is none; `n` is how many orders or samples made the figure."""

    name: str
    value: float
    unit: str
    target: str
    n: int
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def is_met(self) -> bool | None:
        """None where nothing was aimed at."""
        if not self.target:
            return None
        bound = float(self.target[2:])
        return self.value >= bound if self.target.startswith(">=") else self.value <= bound


@dataclass(frozen=True, slots=True)
class Run:
    """What each measurement is given."""

    logs: Path
    short: bool

    def size(self, short: int, long: int) -> int:
        return short if self.short else long


Measure = Callable[[Run], Iterator[Row]]
MEASURES: dict[Measure, tuple[str, ...]] = {}


def measure(*rows: str) -> Callable[[Measure], Measure]:
    """Put a function on the list, with the names of the rows it yields."""

    def register(function: Measure) -> Measure:
        MEASURES[function] = rows
        return function

    return register


def say(row: Row) -> None:
    sys.stdout.write(json.dumps(asdict(row) | {"value": round(row.value, 4)}) + "\n")
    sys.stdout.flush()


def show(rows: Sequence[Row]) -> None:
    table = Table("measured", "value", "unit", "target", "n", "met")
    for row in rows:
        met = {None: "", True: "yes", False: "NO"}[row.is_met]
        table.add_row(row.name, f"{row.value:,.2f}", row.unit, row.target, f"{row.n:,}", met)
    Console(stderr=True).print(table)


def percentile(samples: Sequence[float], percent: int) -> float:
    return quantiles(samples, n=100, method="inclusive")[percent - 1]
