"""How far the orders are: bars on a terminal, a line every few seconds elsewhere."""

import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID

from django.db.models import Count, Q
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from chain.errors import SendAnswer
from chain.models import Transaction, Wallet
from chain.states import Waiting
from demo.parts import Group
from demo.world import World, lane_of
from orders.models import Order
from orders.states import Status

STEP = 0.25  # seconds
LINE_EVERY = 3.0  # seconds, where there is no terminal
ENDED = (Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.HELD)


class TooSlowError(Exception):
    """Something did not happen in time; the message says what, and how far it was."""


class Job(Protocol):
    """What carries a collection, and tells how far it is; it may raise."""

    @property
    def id(self) -> UUID:
        """The collection's."""

    @property
    def percentage(self) -> int: ...

    @property
    def message(self) -> str: ...


class Watch:
    """Shows the groups of orders while it waits, and of collections their jobs. `check` is called on the way and may raise."""

    def __init__(self, console: Console, world: World, check: Callable[[], None]) -> None:
        self._console, self._world, self._check = console, world, check
        columns = TextColumn("{task.description:16}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[what]}")
        self._progress = Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal)
        self._bars: dict[UUID, TaskID] = {}
        self._jobs: dict[UUID, Job] = {}
        self._told_at = 0.0

    def follow(self, job: Job) -> None:
        self._jobs[job.id] = job

    def until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait for the condition. Raises TooSlowError after so many seconds."""
        deadline = time.monotonic() + seconds
        while not condition():
            self._check()
            if time.monotonic() > deadline:
                raise TooSlowError(f"After {seconds:.0f} s still waiting: {what}. {self._line()}")
            self.show()
            time.sleep(STEP)
        self.show()

    def show(self) -> None:
        counts = tally(self._world)
        for group in self._world.groups:
            completed, total, what = self._far(group, counts[group.pk])
            self._progress.update(self._bar(group), completed=completed, total=total, what=what)
        if not self._console.is_terminal and time.monotonic() - self._told_at > LINE_EVERY:
            self._told_at = time.monotonic()
            self._console.print(self._line(), soft_wrap=True)

    def _far(self, group: Group, mine: Counter[str]) -> tuple[int, int | None, str]:
        """How much of what is done; of a collection the percentage of its job, and the job's own sentence."""
        waiting = _waiting(lane_of(group))
        if (job := self._jobs.get(group.pk)) is not None:
            return job.percentage, 100, waiting or job.message
        return sum(mine[status] for status in ENDED), mine.total() or None, waiting

    def _bar(self, group: Group) -> TaskID:
        """A collection comes later than the others."""
        if group.pk not in self._bars:
            self._bars[group.pk] = self._progress.add_task(group.name, total=None, what="")
        return self._bars[group.pk]

    def _line(self) -> str:
        total = sum(tally(self._world).values(), Counter())
        waiting = sorted({text for group in self._world.groups if (text := _waiting(lane_of(group)))})
        told = ", ".join(f"{total[status]} {status}" for status in Status if total[status]) or "no orders yet"
        told += "".join(
            f"; {group.name} {job.percentage} %" for group in self._world.groups if (job := self._jobs.get(group.pk))
        )
        return f"  {told}" + (f" ({'; '.join(waiting)})" if waiting else "")

    def __enter__(self) -> Self:
        self._bars = {}
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.stop()


def tally(world: World) -> dict[UUID, Counter[str]]:
    """How many orders of each group are in each status."""
    counts: dict[UUID, Counter[str]] = {group.pk: Counter() for group in world.groups}
    for group, status, number in (
        Order.objects.filter(group__in=counts).order_by().values_list("group", "status").annotate(Count("pk"))
    ):
        counts[group][status] = number
    return counts


def all_ended(world: World) -> bool:
    return all(sum(mine[status] for status in ENDED) == mine.total() for mine in tally(world).values())


def all_wait_for_gas(world: World) -> bool:
    """Each that pays gas says so, or has signed something just before the price rose, which the node now finds too cheap."""
    wallets = {lane.pk for lane in map(lane_of, world.groups) if lane and not lane.network.is_solana}
    too_cheap = Transaction.objects.unmined().filter(attempts__answer=SendAnswer.UNDERPRICED)
    waits = Q(waiting=Waiting.GAS) | Q(transactions__in=too_cheap)
    return Wallet.objects.filter(waits, pk__in=wallets).distinct().count() == len(wallets)


def _waiting(wallet: Wallet | None) -> str:
    if wallet is None:
        return ""
    waiting = Wallet.objects.values_list("waiting", flat=True).get(pk=wallet.pk)
    return f"waits: {Waiting(waiting).label}" if waiting else ""
