"""Groundwork: what a group needs on the chain before its first order is signed; how it is done on an EVM network, how it ends.

It is a transaction of its own, on the way that orders' transactions take: simulated, priced, one commit with its row, sent,
settled when it is final. Until then nothing of the group is signed, while the wallet's other groups go on. Where it comes to
nothing the group is stopped, and the transaction is taken away from it, so that it is tried anew once staff have resumed the
group.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.db.models.functions import Now

from chain.calls import Call, Signature
from chain.decisions import End
from chain.errors import ChainError
from chain.evm.answers import Snapshot
from chain.evm.node import Node
from chain.evm.simulate import Form, Simulation, gas_for, simulate
from chain.evm.simulate import Outcome as Tried
from chain.fees import FeeKind, quote
from chain.models import Transaction, Wallet
from chain.reverts import explain
from chain.seat import Ready
from chain.states import Outcome
from orders.details import group_name
from orders.groundwork import Groundwork, Work
from orders.models import Stop
from orders.plan import Bundle, Plan
from orders.queue import Detail, Queue

# How a transaction can end without having done it, for certain. After EXPIRED nobody needs to look.
ENDS = {
    Outcome.REVERTED: "its transaction reverted on chain although its simulation passed",
    Outcome.CANCELLED: "its transaction was cancelled",
    Outcome.FOREIGN: "a transaction that was not made here took its nonce",
}


def plan(node: Node, wallet: Wallet, snapshot: Snapshot, queue: Queue, details: Sequence[Detail]) -> Plan | None:
    """What goes before these orders of one group: its groundwork, or nothing while that is on its way.

    None where the orders may go themselves. Raises AboveCeiling, RpcUnavailable.
    """
    group = details[0].order.group
    piece = Groundwork.objects.filter(group=group, done_at=None).first()
    if piece is None:
        return None
    fees = quote(snapshot.market, FeeKind(wallet.network.fee_kind), wallet.network.ceiling)
    waiting = Plan(queue, group, fees, groundwork=piece)
    if piece.transaction_id is not None or piece.wallet_id != wallet.pk:
        return waiting
    try:
        call = _call(piece)
    except ChainError as error:
        return replace(waiting, stop=_said(piece, str(error)))
    trial = _try(node, wallet, call)
    outcome, cap = trial.outcomes[0], wallet.network.gas_cap(snapshot.gas_limit)
    why_not = _why_not(outcome, cap, getattr(details[0], group_name(queue)).error_signatures)
    if why_not:
        return replace(waiting, stop=_said(piece, why_not), simulation=trial.form)
    return replace(waiting, bundles=[Bundle(call, gas_for([outcome], None), ())], simulation=trial.form)


def _call(piece: Groundwork) -> Call:
    """Raises ChainError."""
    try:
        to, function, uri = (piece.spec[name] for name in ("to", "function", "uri"))
    except KeyError as missing:
        raise ChainError(f"its plan lacks {missing}") from missing
    return Call(to, Signature.parse(function).encode([uri]))


def _try(node: Node, wallet: Wallet, call: Call) -> Simulation:
    """Raises RpcUnavailable."""
    form = wallet.network.simulation
    return simulate(node, wallet.address, [call], form=Form(form) if form else None)


def _why_not(outcome: Tried, cap: int, errors: Sequence[Signature]) -> str:
    """Why its transaction would come to nothing, in the contract's own words if it has some; empty where it would not."""
    if not outcome.ok:
        return explain(outcome.data, errors)
    gas = gas_for([outcome], None)
    return f"its call needs {gas:,} gas, and one transaction may use {cap:,} on this network" if gas > cap else ""


def _said(piece: Groundwork, why: str) -> str:
    verb = "set" if piece.work == Work.BASE_URI else "opened"
    return f"The {piece.get_work_display()} cannot be {verb}: {why}"


# -- inside the lane's commits -----------------------------------------------------------------------------------------------


def still_fits(plan: Plan) -> bool:
    """Once more, in the commit: nothing goes before these orders, or this piece is still to be done."""
    undone = Groundwork.objects.filter(group=plan.group, done_at=None)
    if plan.groundwork is None:
        return not undone.exists()
    return undone.select_for_update(no_key=True).filter(pk=plan.groundwork.pk, transaction=None).exists()


def bind(piece: Groundwork, ready: Sequence[Ready]) -> None:
    """Note the transaction that is to do it. In the commit that signs it, after `still_fits`."""
    for item in ready:
        Groundwork.objects.filter(pk=piece.pk).update(transaction=item.transaction)


def settle(landed: Sequence[End]) -> None:
    """What these ends come to for the groundwork that they were to do. In the commit that writes them."""
    ends = {end.transaction.pk: end.outcome for end in landed}
    for piece in Groundwork.objects.filter(transaction__in=ends, done_at=None):
        assert piece.transaction_id is not None
        _end(piece, ends[piece.transaction_id])


def _end(piece: Groundwork, outcome: Outcome) -> None:
    row = Groundwork.objects.filter(pk=piece.pk)
    if outcome == Outcome.SUCCEEDED:
        row.update(done_at=Now())
        return
    row.update(transaction=None, address="")
    if why := ENDS.get(outcome):
        reason = _said(piece, why)
        Stop.objects.get_or_create(group=piece.group, defaults={"wallet": piece.wallet, "reason": reason, "by": "lane"})


def of(group: UUID) -> list[Groundwork]:
    """All that a group needs, in the order in which it is to be done."""
    return list(Groundwork.objects.filter(group=group).order_by("id"))


def done_by(transactions: Sequence[Transaction]) -> set[UUID | None]:
    """Those of these transactions that are groundwork, and so carry no order."""
    rows = Groundwork.objects.filter(transaction__in=[transaction.pk for transaction in transactions])
    return set(rows.values_list("transaction_id", flat=True))
