"""SIGKILL at the named points of a life: at each passage of each, and at every pair of points one after the other.

First the passages of an undisturbed life are counted. Then one child after the other dies at the k-th passage of a point; the
next one finds the wreck, and when it has come to its end everything is counted.
"""

import json
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from random import Random
from typing import Protocol

from chain import crash
from orders.states import Status
from tests.faults.forks import forked
from tests.faults.ground import Stand, expect
from tests.faults.registry import Stage


class Lives(Protocol):
    """Lives on one ground, one after another, each with orders of its own."""

    @property
    def it(self) -> Stand: ...

    def prepare(self) -> None:
        """Orders for one more life."""

    def live(self) -> None:
        """In a child: do everything that is to be done, from whatever wreck."""

    def undone(self) -> list[str]:
        """What is not as it must be afterwards."""

    def forget(self) -> None:
        """All of it has come to its end and has been seen to."""


OpenLives = Callable[[str], AbstractContextManager[Lives]]
"""Lives on a new ground, whose logs have this name."""


@dataclass(frozen=True)
class Deaths:
    """`points` are those to die at; an undisturbed life must pass each of them, each of `passed`, and no other."""

    stage: Stage
    points: Sequence[str]
    open: OpenLives
    passed: Sequence[str] = ()
    on_one_ground: int = 25  # more orders make every look at them slower

    def die(self, alone: int, pairs: int) -> str:
        """So many deaths on their own and so many in the wreck of another one, chosen by chance, in the short form."""
        counted = self._count()
        every = {*self.points, *self.passed}
        expect(set(counted) == every, f"a life passes every point, but not {every ^ set(counted)}")
        deaths = [f"{point}:{k}" for point in self.points for k in range(1, counted[point] + 1)]
        chosen = self.stage.rng.sample(deaths, min(self.stage.times(alone, len(deaths)), len(deaths)))
        self._one_by_one(chosen)
        walk = _walk(self.points, self.stage.rng)
        walk = walk[: self.stage.times(pairs, len(walk))]
        self._one_after_another(walk)
        of_pairs = f"{len(walk) - 1} of {len(self.points) ** 2} pairs"
        return (
            f"{len(self.points)} points; died at {len(chosen)} of {len(deaths)} passages, and at {of_pairs} one after the other"
        )

    def _count(self) -> dict[str, int]:
        """How often an undisturbed life passes each point."""
        with self.open("count") as lives:
            notes = self.stage.logs / "count" / "passages.json"

            def live_and_tell() -> None:
                lives.live()
                notes.write_text(json.dumps(crash.passages))

            lives.prepare()
            expect(forked(live_and_tell, self._log("count"), die_at="") == 0, "an undisturbed life comes to its end")
            _audit(lives)
            counted: dict[str, int] = json.loads(notes.read_text())
            return counted

    def _one_by_one(self, deaths: Sequence[str]) -> None:
        for name, part in self._parts("alone", deaths):
            with self.open(name) as lives:
                for death in part:
                    self._die(lives, name, death)
                    self._finish(lives, name, death)

    def _one_after_another(self, walk: Sequence[str]) -> None:
        """Each life dies in the wreck of the one before, so that every two neighbours of the walk are one pair."""
        last: list[str] = []
        for name, part in self._parts("pairs", walk):
            with self.open(name) as lives:
                for death in [*last, *part]:
                    self._die(lives, name, death)
                self._finish(lives, name, f"{part[-2:]}")
            last = [part[-1]]

    def _parts(self, name: str, deaths: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
        for start in range(0, len(deaths), self.on_one_ground):
            yield f"{name}-{start}", deaths[start : start + self.on_one_ground]

    def _die(self, lives: Lives, name: str, death: str) -> None:
        lives.prepare()
        code = forked(lives.live, self._log(name), die_at=death)
        expect(code == -signal.SIGKILL, f"death at {death}, not exit code {code}")
        _nothing_loose(lives.it, death)

    def _finish(self, lives: Lives, name: str, death: str) -> None:
        """The restart: it is disturbed by nothing, and afterwards all is well."""
        expect(forked(lives.live, self._log(name)) == 0, f"the restart after {death} comes to its end")
        _audit(lives)

    def _log(self, name: str) -> Path:
        return self.stage.logs / name / "children.log"


def _nothing_loose(it: Stand, death: str) -> None:
    """Before anything is made good: whatever could be on the chain has its bytes in the database."""
    loose = it.orders(Status.BUSY).filter(transaction__attempts=None)
    expect(not loose.exists(), f"every busy order has signed bytes after a death at {death}")


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
