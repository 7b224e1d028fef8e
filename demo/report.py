"""The summary of a demo run."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min, Q, QuerySet, Sum
from rich.console import Console
from rich.table import Table

from chain.models import Network, Transaction
from demo.parts import Group
from demo.watch import tally
from demo.world import World, lane_of
from mints.models import Collection
from orders.models import Order
from orders.states import Status


@dataclass(frozen=True, slots=True)
class Spell:
    """The time for which gas was too dear on a network: when every wallet had said so, and when the price fell again."""

    network: Network
    all_waited_at: datetime
    fell_at: datetime

    @property
    def signed_meanwhile(self) -> int:
        """Transactions signed although gas was over the ceiling. There must be none."""
        return self._signed.filter(created__gt=self.all_waited_at, created__lt=self.fell_at).count()

    @property
    def went_on_after(self) -> float | None:
        """Seconds from the fall to the next transaction signed; None when none was."""
        first = self._signed.filter(created__gte=self.fell_at).aggregate(at=Min("created"))["at"]
        return None if first is None else (first - self.fell_at).total_seconds()

    @property
    def _signed(self) -> "QuerySet[Transaction]":
        return Transaction.objects.filter(wallet__network=self.network)


def show(console: Console, world: World, spell: Spell, problems: Sequence[str]) -> None:
    """Print the table, the reasons of the failed orders, the gas spell, and what is not as it should be."""
    console.print(_table(world))
    for reason, number in _reasons(world).items():
        console.print(f"  {number} failed: {reason}", highlight=False, soft_wrap=True)
    seconds = (spell.fell_at - spell.all_waited_at).total_seconds()
    console.print(
        f"\nGas was over the ceiling for {seconds:.0f} s with every queue full: {spell.signed_meanwhile} transactions signed "
        f"meanwhile, and the first one {spell.went_on_after or 0:.1f} s after the price fell.",
        soft_wrap=True,
    )
    if problems:
        console.print(f"\n[red]{len(problems)} differences[/red]")
        for problem in problems[:20]:
            console.print(f"  {problem}", markup=False, soft_wrap=True)
    else:
        console.print("[green]Every order ended as expected; the contracts' events and the database agree.[/green]")


def _table(world: World) -> Table:
    table = Table(title="Orders")
    table.add_column("", no_wrap=True)
    for heading in ("ordered", "completed", "failed", "transactions", "gas per order", "seconds"):
        table.add_column(heading, justify="right", no_wrap=True)
    for group in world.groups:
        table.add_row(group.name, *_row(world, group))
    return table


def _row(world: World, group: Group) -> list[str]:
    mine = tally(world)[group.pk]
    completed = Order.objects.filter(group=group.pk, status=Status.COMPLETED)
    gas = completed.aggregate(gas=Sum("gas_used"))["gas"] or 0
    transactions = _transactions(group)
    began = Order.objects.filter(group=group.pk).aggregate(at=Min("created"))["at"]
    ended = transactions.aggregate(at=Max("final_at"))["at"]
    seconds = (ended - began).total_seconds() if began and ended else 0.0
    return [
        str(mine.total()), str(mine[Status.COMPLETED]), str(mine[Status.FAILED]), str(transactions.count()),
        f"{gas // max(1, mine[Status.COMPLETED]):,}{_unit(group)}", f"{seconds:.1f}",
    ]  # fmt: skip


def _transactions(group: Group) -> "QuerySet[Transaction]":
    """Of a collection its own, groundwork among them; of the others all that their lane has sent."""
    if isinstance(group, Collection):
        return Transaction.objects.filter(Q(orders__group=group.pk) | Q(groundwork__group=group.pk)).distinct()
    return Transaction.objects.filter(wallet=lane_of(group))


def _unit(group: Group) -> str:
    return " CU" if isinstance(group, Collection) and group.is_compressed else ""


def _reasons(world: World) -> Counter[str]:
    failed = Order.objects.filter(group__in=[group.pk for group in world.groups], status=Status.FAILED)
    return Counter(failed.order_by("fail_reason").values_list("fail_reason", flat=True))
