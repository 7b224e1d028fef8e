"""SIGKILL at every named point of a Solana lane, at every passage of it, and at every pair of points one after the other."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.deaths import Deaths
from tests.faults.home import unhurried_disk
from tests.faults.registry import Stage, scenario
from tests.faults.solana.ground import on_solana
from tests.faults.solana.life import FINALIZED, Lives

# Of `crash.POINTS`: no request is made here, nobody clicks, and nothing is ever signed anew with higher fees.
POINTS = (
    "before_enqueue", "after_enqueue", "opening", "opened", "simulated", "before_commit", "after_commit",
    "before_send", "after_send", "noting", "noted", "before_mined", "before_settle", "settling", "after_settle",
)  # fmt: skip


@scenario(3, 5, 6, 7, 8, 61)
def solana_crash_points(stage: Stage) -> str:
    """A child dies at each passage of each point of a Solana lane, and at each in the wreck of each other: each item once."""

    @contextmanager
    def lives(name: str) -> Iterator[Lives]:
        with on_solana(stage, name, manual=True, confirmed=1, finalized=FINALIZED, skipped=0) as it:
            yield Lives(it)

    with unhurried_disk():
        return Deaths(stage, POINTS, lives, on_one_ground=6).die(8, 10)
