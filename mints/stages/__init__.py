"""The four stages of a mint job. Each looks at the tables, and asks the uploader, what is done; nothing is remembered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mints.models import MintJob
from mints.states import Stage


@dataclass(frozen=True, slots=True)
class Wait:
    """The stage has done what it can for now; it is to be called again after so many seconds."""

    seconds: float


Run = Callable[[MintJob], Wait | None]  # None: it is through

TRIES: Mapping[Stage, int] = MappingProxyType({Stage.UPLOAD: 3, Stage.METADATA: 3, Stage.MINT: 5, Stage.CLEANUP: 3})
# Seconds before the second try; twice as long before each further one.
BACKOFF: Mapping[Stage, float] = MappingProxyType({Stage.UPLOAD: 2, Stage.METADATA: 2, Stage.MINT: 5, Stage.CLEANUP: 2})
CLEANUP_AFTER = 60.0  # seconds


def after(stage: Stage) -> Stage | None:
    """The following one; None after the last."""
    stages = list(Stage)
    position = stages.index(stage) + 1
    return stages[position] if position < len(stages) else None


def pause(stage: Stage, attempts: int) -> float:
    """Seconds until the next try, when so many have come to nothing."""
    return float(BACKOFF[stage] * 2 ** (attempts - 1))
