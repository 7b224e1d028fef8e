"""SIGKILL to any process of the system, alone and in pairs: work goes on by itself, and no order is lost or paid twice."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from statistics import median

import psutil  # type: ignore[import-untyped]
from django.db import InterfaceError, OperationalError, connection

from claims.models import Reward
from orders.models import Order
from orders.states import Status
from tests.faults.anatomy import EVERYWHERE, Role, left_over, processes
from tests.faults.ground import Ground, expect, until
from tests.faults.registry import Stage, scenario
from tests.faults.shop import Shop, Wish

GOES_ON = 60.0  # seconds from a kill until an order that came after it is completed
TRICKLE = 0.4  # seconds between two orders
PAIRS = 0.35  # of all kills
# What nobody may ever find in a log, even where database connections are lost by the dozen.
NEVER = ("wallet_quarantined", "strange_hash", "processes_left", "IntegrityError", "deadlock")


@dataclass
class System:
    """Everything that runs, under a process manager that starts again what has ended, and customers who never sleep."""

    it: Ground
    reward: Reward
    shop: Shop
    wishes: list[Wish] = field(default_factory=list)
    last_wish: float = 0.0

    @classmethod
    def start(cls, it: Ground) -> "System":
        system = cls(it, it.badge(), Shop(it))
        it.cluster()
        system.shop.open()
        return system

    def trickle(self) -> None:
        """The process manager's turn, and now and then a customer's."""
        self.it.processes.mend()
        if time.monotonic() - self.last_wish > TRICKLE:
            self.last_wish = time.monotonic()
            self.wishes.append(Wish())
        self._ask()

    def trickle_for(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            calmly(self.trickle)()
            time.sleep(0.02)

    def _ask(self) -> None:
        unanswered = self.wishes[:4]
        self.wishes = [wish for wish in unanswered if self.shop.claim(self.reward, wish) is None] + self.wishes[4:]

    def kill(self, rng: Random, *roles: Role) -> None:
        """SIGKILL to one process of each of these roles, as soon as there is one of each."""
        victims: list[psutil.Process] = []

        def chosen() -> bool:
            alive = processes()
            victims[:] = [rng.choice(alive[role]) for role in roles if alive[role]]
            return len(victims) == len(roles)

        until(chosen, GOES_ON, f"there is a {' and a '.join(roles)}")
        for victim in victims:
            with suppress(psutil.NoSuchProcess):  # the death of the first was its own
                victim.kill()

    def _all_answered(self) -> bool:
        self.it.processes.mend()
        self._ask()
        return not self.wishes

    def goes_on(self) -> float:
        """Seconds until an order that is placed now is completed. Raises Failed after GOES_ON."""
        wish, order = Wish(), [""]

        def completed() -> bool:
            self.trickle()
            order[0] = order[0] or self.shop.claim(self.reward, wish) or ""
            return bool(order[0]) and Order.objects.filter(pk=order[0], status=Status.COMPLETED).exists()

        return until(calmly(completed), GOES_ON, lambda: f"an order completed that came after the kill; alive: {alive()}")

    def settle_customers(self) -> None:
        until(calmly(self._all_answered), GOES_ON, "every customer is answered")

    def settle(self) -> None:
        """Everybody is answered, all is paid once, and the logs have nothing that would make a person get up."""
        self.settle_customers()
        self.it.prove(90)
        self.it.quiet_logs(NEVER)


def alive() -> str:
    return ", ".join(f"{len(found)} {role}" for role, found in processes().items())


def calmly(condition: Callable[[], object]) -> Callable[[], bool]:
    """The condition, which does not hold while the database is away."""

    def holds() -> bool:
        try:
            return bool(condition())
        except (OperationalError, InterfaceError):
            connection.close()
            return False

    return holds


def in_words(took: Sequence[float]) -> str:
    return f"work went on after {median(took):.1f} s, at most {max(took):.1f} s"


@scenario(11)
def kill_each(stage: Stage) -> str:
    """Each part once, by itself, on a system that has settled: the idle ones are those that nobody would miss."""
    took: dict[Role, float] = {}
    with stage.ground(confirmations=1) as it:
        system = System.start(it)
        system.goes_on()
        for role in EVERYWHERE:
            until(calmly(it.is_quiet), 60, "nothing is on its way")
            system.kill(stage.rng, role)
            took[role] = system.goes_on()
            stage.say(f"{role}: work went on after {took[role]:.1f} s")
        system.settle()
    expect(not left_over(), f"nothing is left, but there is {left_over()}")
    return in_words(list(took.values()))


@scenario(11, 12)
def kill_anything(stage: Stage) -> str:
    """One process or two, whichever they are, at random moments while orders trickle in."""
    took = []
    kills = stage.times(6, 200)
    with stage.ground(confirmations=1) as it:
        system = System.start(it)
        system.goes_on()
        for number in range(kills):
            system.trickle_for(stage.rng.uniform(0, 2))
            roles = stage.rng.sample(EVERYWHERE, 2 if stage.rng.random() < PAIRS else 1)
            system.kill(stage.rng, *roles)
            took.append(system.goes_on())
            stage.say(f"kill {number + 1}: {' and '.join(roles)}: work went on after {took[-1]:.1f} s")
        system.settle()
        orders = it.orders().count()
    expect(not left_over(), f"nothing is left, but there is {left_over()}")
    return f"{kills} kills, {orders} orders paid once each; {in_words(took)}"
