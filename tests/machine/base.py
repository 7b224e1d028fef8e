"""What every rule of the machine stands on: the world, the actors, and the judgement of what an actor says."""

from datetime import timedelta
from typing import Any

import psycopg
from django.db import DatabaseError, InterfaceError
from django.db.models import F
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from chain import crash
from chain.errors import LaneLost
from chain.lane import Lane
from chain.models import Attempt, Wallet
from orders.models import Order
from tests.machine import reached
from tests.machine.actors import ACTORS, Actor, Job, Mishap, Said, State, What
from tests.machine.nodes import RECEIPT, SEND
from tests.machine.stage import PEOPLE, Clock
from tests.machine.truth import Violated, hold
from tests.machine.world import World

ASKED = ("eth_simulateV1", "eth_getBlockByNumber", RECEIPT, SEND)
PLACES = (*crash.POINTS, "before commit", "after commit", *(f"{when} {what}" for what in ASKED for when in ("before", "after")))
DATABASE = ("before commit", "after commit", "before statement", "after statement")
whats = st.sampled_from(What)
few = st.sampled_from([1, 1, 1, 2, 3])
# What may befall a worker in a turn, and a web process in a request.
mishaps = st.one_of(
    st.none(),
    st.builds(Mishap, whats, st.sampled_from(PLACES), few),
    st.builds(Mishap, whats, st.sampled_from(DATABASE[2:]), st.integers(1, 30)),
)
slips = st.one_of(st.none(), st.builds(Mishap, whats, st.sampled_from(DATABASE), st.sampled_from([1, 1, 2, 3, 5, 8])))
numbers = st.integers(0, 11)


class Base(RuleBasedStateMachine):
    """One example. `ceilings` has every gas ceiling that was ever in force, in order."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.lanes: dict[str, Lane] = {}
        self.ceilings: list[int] = []
        self.began: dict[str, int] = {}  # by worker: which ceiling was in force when its present turn began
        self.held_until = False  # whether some hold has a time
        self.sound = False

    def begin(self, *, finalized_tag: bool, simulates: bool, confirmations: int) -> None:
        self.world = World.fresh(finalized_tag=finalized_tag, simulates=simulates, confirmations=confirmations)
        self.ceilings = list(self.world.truth.ceilings)
        self.sound = True

    @invariant()
    def check(self) -> None:
        if not self.sound:
            return  # before the beginning, or after a violation: teardown has nothing to add
        reached.STEPS["steps"] += 1
        self.sound = False
        self.world.truth.check()
        self.sound = True

    # -- actors ----------------------------------------------------------------------------------------------------

    def run(self, name: str, job: Job, mishap: Mishap | None = None) -> Any:
        """Let an actor do something. What it answers; None unless it came to an end in good order."""
        self.sound = False
        actor = ACTORS[name]
        if name not in self.lanes:
            actor.disturbed = False
        self.began[name] = len(self.ceilings) - 1
        value = self.judge(actor, actor.do(job, mishap))
        self.sound = True
        return value

    def go_on(self, name: str) -> Any:
        """Thaw a frozen one."""
        self.sound = False
        value = self.judge(ACTORS[name], ACTORS[name].thaw())
        self.sound = True
        return value

    def judge(self, actor: Actor, said: Said) -> Any:
        self.world.truth.ceilings = self.ceilings[self.began[actor.name] :]
        match said.state:
            case State.DONE:
                return said.value
            case State.DIED:
                self.lanes.pop(actor.name, None)
            case State.RAISED:
                self._excuse(actor, said.value)
                self.leave_lane(actor.name)
                hold(
                    all(lock.closed for lock in actor.locks), f"{actor.name} has given up its lane, and its lock is still there"
                )
        return None

    def _excuse(self, actor: Actor, error: Exception) -> None:
        """Only what was done to an actor excuses an error of its own."""
        excused = (LaneLost, DatabaseError, InterfaceError, psycopg.Error)
        lane = self.lanes.get(actor.name)
        outrun = (
            isinstance(error, LaneLost) and lane is not None and Wallet.objects.get(pk=self.world.wallet).fence != lane.fence
        )
        if not outrun and (not actor.disturbed or not isinstance(error, excused)):
            raise Violated(f"{actor.name}: {type(error).__name__}: {error}") from error

    def leave_lane(self, name: str) -> None:
        """As a task ends that had the lane open."""
        if lane := self.lanes.pop(name, None):
            lane.__exit__(None, None, None)

    def let_pass(self, seconds: int) -> None:
        """For our rows as for the node clients: everything is so much older."""
        Clock.now += seconds
        then = timedelta(seconds=seconds)
        Attempt.objects.update(created=F("created") - then, last_sent_at=F("last_sent_at") - then)
        Order.objects.filter(held_until__isnull=False).update(held_until=F("held_until") - then)

    def free(self, names: tuple[str, ...]) -> list[str]:
        return [name for name in names if not ACTORS[name].frozen]

    def frozen(self) -> list[str]:
        return [name for name, actor in ACTORS.items() if actor.frozen]

    def as_people(self, job: Job, mishap: Mishap | None = None) -> Any:
        """A request to the web process, if that is not frozen."""
        return None if ACTORS[PEOPLE].frozen else self.run(PEOPLE, job, mishap)


__all__ = ["Base", "mishaps", "numbers", "slips"]
