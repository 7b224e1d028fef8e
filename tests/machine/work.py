"""The rules of the workers: they open lanes, take turns, die, freeze, come back as zombies."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from chain.lane import Lane
from orders.actions import release_expired
from orders.memory import rows_of
from orders.queue import queues
from orders.turn import take_turn
from tests.machine.actors import ACTORS, Mishap, What
from tests.machine.base import Base, mishaps, slips
from tests.machine.stage import WORKERS
from tests.machine.truth import hold

workers = st.sampled_from(WORKERS)
rounds = st.integers(1, 4)


class Work(Base):
    def turn(self, name: str, mishap: Mishap | None = None) -> None:
        """Open the lane if it is free, and take one turn."""
        if ACTORS[name].frozen:
            self.go_on(name)
            return
        if self.run(name, lambda: self._work(name), mishap) == "taken":
            hold(self.lanes or self.frozen(), "somebody holds the lane that cannot be opened")

    def _work(self, name: str) -> Any:
        lane = self.lanes.get(name) or Lane.open(self.world.wallet, memo=rows_of)
        if lane is None:
            return "taken"
        self.lanes[name] = lane
        return take_turn(lane, list(queues()))

    @rule(name=workers, mishap=mishaps)
    def takes_a_turn(self, name: str, mishap: Mishap | None) -> None:
        self.turn(name, mishap)

    @rule()
    def the_holder_goes_on(self) -> None:
        self.turn(next(iter(self.free(tuple(self.lanes))), WORKERS[0]))

    @rule(mishap=mishaps)
    def the_holder_takes_a_turn(self, mishap: Mishap | None) -> None:
        self.turn(next(iter(self.free(tuple(self.lanes))), WORKERS[0]), mishap)

    @rule(times=st.integers(1, 6))
    def works_while_blocks_come(self, times: int) -> None:
        name = next(iter(self.free(tuple(self.lanes))), WORKERS[0])
        for _ in range(times):
            self.turn(name)
            self.world.chain.mine()
            self.world.raise_floor()

    @rule(times=rounds)
    def works_while_nothing_mines(self, times: int) -> None:
        name = next(iter(self.free(tuple(self.lanes))), WORKERS[0])
        for _ in range(times):
            self.turn(name)
            self.let_pass(30)

    @rule()
    def dies_having_sent_and_a_stranger_follows(self) -> None:
        """What it sent is mined, and the wallet is stopped before anybody has noted that it was sent."""
        self.turn(next(iter(self.free(tuple(self.lanes))), WORKERS[0]), Mishap(What.DIES, "after_send"))
        self.world.chain.mine()
        self.world.chain.steal_nonce(self.world.address)
        self.world.raise_floor()

    @precondition(lambda self: self.frozen())
    @rule(which=st.integers(0, 3))
    def thaws(self, which: int) -> None:
        names = self.frozen()
        self.go_on(names[which % len(names)])

    @precondition(lambda self: self.frozen())
    @rule(which=st.integers(0, 3))
    def is_killed_while_frozen(self, which: int) -> None:
        names = self.frozen()
        name = names[which % len(names)]
        self.sound = False
        self.judge(ACTORS[name], ACTORS[name].kill_frozen())
        self.sound = True

    @precondition(lambda self: self.lanes)
    @rule(which=st.integers(0, 2))
    def loses_its_lock(self, which: int) -> None:
        """Its lock's connection is cut: somebody else may have the lane from now on."""
        names = list(self.lanes)
        ACTORS[names[which % len(names)]].cut_locks()

    @precondition(lambda self: self.lanes)
    @rule(which=st.integers(0, 2))
    def ends_its_task(self, which: int) -> None:
        names = self.free(tuple(self.lanes))
        if names:
            self.leave_lane(names[which % len(names)])

    @precondition(lambda self: self.held_until)
    @rule(mishap=slips)
    def the_pulse_looks(self, mishap: Mishap | None) -> None:
        self.as_people(release_expired, mishap)
