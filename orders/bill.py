"""The bill of a dry run: what a wallet would do next and what it would cost. Nothing is locked, signed or written."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chain.calls import Call, CodecError, Signature
from chain.evm.answers import Snapshot
from chain.fees import AboveCeiling
from chain.models import Wallet
from chain.nodes import node_for
from orders import ground
from orders.models import Order
from orders.plan import Plan, make_plan, pick
from orders.queue import Detail
from orders.states import Kind, Status

Signatures = Callable[[Detail], Sequence[Signature]]
"""The functions that an order's call may be of, so that it can be shown in words."""


@dataclass(frozen=True, slots=True)
class Line:
    """One order: the call it would be part of, or why it would not be sent."""

    order: UUID
    call: str
    problem: str


@dataclass(frozen=True, slots=True)
class Bill:
    """The next step of one group of one wallet. Gas in gas, `max_fee` in wei per gas, `cost` in wei at most.

    `held_up` says why nothing of it would be signed; then there are no transactions. `behind` is how many more orders of the
    group are pending.
    """

    group: UUID
    lines: Sequence[Line]
    transactions: int = 0
    gas: int = 0
    max_fee: int = 0
    cost: int = 0
    held_up: str = ""
    behind: int = 0

    def total(self, currency: str) -> str:
        """What it comes to, for people."""
        price = f"{self.max_fee / 10**9:g} gwei" if self.max_fee else "no price"
        cost = f"{self.cost / 10**18:.6f} {currency}"
        return f"{self.transactions} transactions, gas limit {self.gas:,}, at most {price}: at most {cost}"


def bills(wallet: Wallet, kinds: Collection[Kind], signatures: Signatures) -> Iterator[Bill]:
    """One bill for each group with pending orders, oldest first. Raises ChainError when the node cannot be asked."""
    network = wallet.network
    snapshot = node_for(network).snapshot(wallet.address, finalized_tag=network.uses_finalized_tag)
    skip: set[UUID] = set()
    while picked := pick(wallet, wallet.max_in_flight, kinds, skip):
        queue, details = picked
        group = details[0].order.group
        skip.add(group)
        behind = Order.objects.filter(wallet=wallet, group=group, status=Status.PENDING).count() - len(details)
        try:
            step = (node_for(network), wallet, snapshot, queue, details)
            plan = ground.plan(*step) or make_plan(*step)
        except AboveCeiling as error:
            lines = [Line(detail.pk, "", "") for detail in details]
            yield Bill(group, lines, held_up=str(error), behind=behind)
        else:
            yield _bill(plan, snapshot, details, behind, signatures)


def _bill(plan: Plan, snapshot: Snapshot, details: Sequence[Detail], behind: int, signatures: Signatures) -> Bill:
    short = "" if plan.cost <= snapshot.balance else f"The wallet has {snapshot.balance} of {plan.cost} wei."
    return Bill(
        plan.group, _lines(plan, details, signatures), len(plan.bundles), sum(bundle.gas for bundle in plan.bundles),
        plan.fees.max_fee, plan.cost, plan.stop or plan.lack or short, behind,
    )  # fmt: skip


def _lines(plan: Plan, details: Sequence[Detail], signatures: Signatures) -> list[Line]:
    problems = {move.order: move.fail_reason or move.note for move in plan.refused}
    calls = zip(plan.batch.details, plan.batch.calls, strict=True) if plan.batch else ()
    told = {detail.pk: in_words(call, signatures(detail)) for detail, call in calls}
    if plan.groundwork is not None:
        told = {detail.pk: f"once this is done: {plan.groundwork.get_work_display()}" for detail in details}
    return [Line(detail.pk, told.get(detail.pk, ""), problems.get(detail.pk, "")) for detail in details]


def in_words(call: Call, signatures: Sequence[Signature]) -> str:
    """A call as people write it, such as `claim(0x…, 1)`; its bytes where none of the signatures fits."""
    if not call.data:
        return f"send {call.value} wei to {call.to}"
    for signature in signatures:
        try:
            return f"{signature.name}({', '.join(map(_word, signature.decode(call.data)))})"
        except CodecError:
            continue
    return f"0x{call.data.hex()}"


def _word(value: Any) -> str:
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_word, value))}]"
    return str(value)
