"""SIGKILL at every named point of the program, at every passage of it, and at every pair of points one after the other.

A life passes all points. First its passages are counted. Then one child after the other dies at the k-th passage of a point;
the next one finds the wreck, and when it has come to its end the money is counted.
"""

import json
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise, product
from pathlib import Path
from random import Random

from chain import crash
from orders.states import Status
from tests.faults.forks import forked
from tests.faults.ground import Ground, expect
from tests.faults.home import unhurried_disk
from tests.faults.life import Lives
from tests.faults.registry import Stage, scenario

LIVES_ON_ONE_GROUND = 25  # more orders make every look at them slower


@scenario(1, 2, 3, 5, 6, 7, 8, 10)
def crash_points(stage: Stage) -> str:
    """A child dies at each passage of each point, and at each point in the wreck of each other: nothing lost, nothing twice."""
    with unhurried_disk():
        return _crash_points(stage)


def _crash_points(stage: Stage) -> str:
    counted = _count(stage)
    expect(set(counted) == set(crash.POINTS), f"a life passes every point, but not {set(crash.POINTS) - set(counted)}")
    deaths = [f"{point}:{k}" for point, times in counted.items() for k in range(1, times + 1)]
    alone = stage.rng.sample(deaths, min(stage.times(15, len(deaths)), len(deaths)))
    _one_by_one(stage, alone)
    walk = _walk(crash.POINTS, stage.rng)
    walk = walk[: stage.times(20, len(walk))]
    _one_after_another(stage, walk)
    pairs = f"{len(walk) - 1} of {len(crash.POINTS) ** 2} pairs"
    return f"{len(crash.POINTS)} points; died at {len(alone)} of {len(deaths)} passages, and at {pairs} one after the other"


# -- the deaths --------------------------------------------------------------------------------------------------------


def _count(stage: Stage) -> dict[str, int]:
    """How often an undisturbed life passes each point."""
    with _lives(stage, "count") as lives:
        notes = stage.logs / "count" / "passages.json"

        def live_and_tell() -> None:
            lives.live()
            notes.write_text(json.dumps(crash.passages))

        lives.prepare()
        expect(forked(live_and_tell, _log(stage, "count"), die_at="") == 0, "an undisturbed life comes to its end")
        _audit(lives)
        counted: dict[str, int] = json.loads(notes.read_text())
        return counted


def _one_by_one(stage: Stage, deaths: Sequence[str]) -> None:
    for name, part in _parts("alone", deaths):
        with _lives(stage, name) as lives:
            for death in part:
                _die(stage, lives, name, death)
                _finish(stage, lives, name, death)


def _one_after_another(stage: Stage, walk: Sequence[str]) -> None:
    """Each life dies in the wreck of the one before, so that every two neighbours of the walk are one pair."""
    last: list[str] = []
    for name, part in _parts("pairs", walk):
        with _lives(stage, name) as lives:
            for death in [*last, *part]:
                _die(stage, lives, name, death)
            _finish(stage, lives, name, f"{part[-2:]}")
        last = [part[-1]]


def _die(stage: Stage, lives: Lives, name: str, death: str) -> None:
    lives.prepare()
    code = forked(lives.live, _log(stage, name), die_at=death)
    expect(code == -signal.SIGKILL, f"death at {death}, not exit code {code}")
    _nothing_loose(lives.it, death)


def _nothing_loose(it: Ground, death: str) -> None:
    """Before anything is made good: whatever could be on the chain has its bytes in the database."""
    loose = it.orders(Status.BUSY).filter(transaction__attempts=None)
    expect(not loose.exists(), f"every busy order has signed bytes after a death at {death}")


def _finish(stage: Stage, lives: Lives, name: str, death: str) -> None:
    """The restart: it is disturbed by nothing, and afterwards all is well."""
    expect(forked(lives.live, _log(stage, name)) == 0, f"the restart after {death} comes to its end")
    _audit(lives)


def _audit(lives: Lives) -> None:
    it = lives.it
    expect(it.is_quiet(), f"all is quiet ({it.tally()})")
    undone = lives.undone()
    expect(not undone, "; ".join(undone[:5]))
    it.audit()
    lives.forget()


# -- the plan ----------------------------------------------------------------------------------------------------------


def _walk(points: Sequence[str], rng: Random) -> list[str]:
    """All ordered pairs, also of a point with itself, as neighbours in one walk: an Eulerian circuit (Hierholzer 1873)."""
    left = {point: rng.sample(points, len(points)) for point in points}
    stack, walk = [points[0]], []
    while stack:
        if onward := left[stack[-1]]:
            stack.append(onward.pop())
        else:
            walk.append(stack.pop())
    expect(set(pairwise(walk)) == set(product(points, points)), "the walk has all pairs")
    return walk


def _parts(name: str, deaths: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    for start in range(0, len(deaths), LIVES_ON_ONE_GROUND):
        yield f"{name}-{start}", deaths[start : start + LIVES_ON_ONE_GROUND]


@contextmanager
def _lives(stage: Stage, name: str) -> Iterator[Lives]:
    with stage.ground(name, block_time=None, confirmations=2) as it:
        yield Lives(it, stage.logs / name / "answers")


def _log(stage: Stage, name: str) -> Path:
    return stage.logs / name / "children.log"
