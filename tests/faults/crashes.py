"""SIGKILL at every named point of the program, at every passage of it, and at every pair of points one after the other."""

from collections.abc import Iterator
from contextlib import contextmanager

from chain import crash
from tests.faults.deaths import Deaths
from tests.faults.home import unhurried_disk
from tests.faults.life import Lives
from tests.faults.registry import Stage, scenario


@scenario(1, 2, 3, 5, 6, 7, 8, 10)
def crash_points(stage: Stage) -> str:
    """A child dies at each passage of each point, and at each point in the wreck of each other: nothing lost, nothing twice."""

    @contextmanager
    def lives(name: str) -> Iterator[Lives]:
        with stage.ground(name, block_time=None, confirmations=2) as it:
            yield Lives(it, stage.logs / name / "answers")

    with unhurried_disk():
        return Deaths(stage, crash.POINTS, lives).die(15, 20)
