"""From the oldest pending orders of a wallet to the transactions that would pay them. Nothing here writes or signs:
the lane carries a plan out, and a dry run or a preview only shows it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from uuid import UUID

from django.conf import settings

from chain.calls import Call
from chain.errors import ChainError
from chain.evm.answers import Snapshot
from chain.evm.node import Node
from chain.evm.simulate import Form, Simulation, gas_for, simulate
from chain.evm.simulate import Outcome as Simulated
from chain.fees import FeeKind, Fees, quote
from chain.forwarder import Request, relayed
from chain.forwarding import HeldUp, InFlight, Minter, Unaccounted, consult, deadline
from chain.models import Network, Wallet
from chain.reverts import explain
from chain.states import Waiting
from orders.groundwork import Groundwork
from orders.models import Order, Stop
from orders.moves import Move
from orders.queue import Batch, Detail, Queue, queues
from orders.sponsored import Post
from orders.states import Reason, Status

# From this many on, orders that all fail with the very same words are not each at fault: something around them is.
ALIKE = 5
# After so many final transactions that did not pay it, an order goes alone ...
ALONE_AFTER = 2
# ... and after so many it fails.
TRIES = 3


@dataclass(frozen=True, slots=True)
class Bundle:
    """One transaction to be: a call, its gas limit, and the orders it pays.

    Where it carries `requests` of a wallet without coin, one an order, the call is a draft: they are signed in the commit.
    """

    call: Call
    gas: int
    details: Sequence[Detail]
    requests: Sequence[Request] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What the next step of a wallet would be. `stop` and `lack` say why a group cannot go on, `waits` what kind of lack it is.

    `minter` signs the requests of its bundles; requests of `doubted` that are not stored here may have paid what waits.
    `groundwork` goes before the group's orders, and the bundle is its transaction; without one it is on its way already.
    """

    queue: Queue
    group: UUID
    fees: Fees
    bundles: Sequence[Bundle] = ()
    refused: Sequence[Move] = ()
    stop: str = ""
    lack: str = ""
    waits: Waiting = Waiting.FUNDS
    simulation: Form | None = None
    batch: Batch | None = field(default=None, repr=False)
    minter: Minter | None = None
    doubted: Minter | None = None
    groundwork: Groundwork | None = None

    @property
    def cost(self) -> int:
        """Wei that the wallet must have for it: all gas at the highest fee, and the value sent."""
        return sum(bundle.gas * self.fees.max_fee + bundle.call.value for bundle in self.bundles)


def pick(wallet: Wallet, room: int, kinds: Collection[str], skip: Collection[UUID]) -> tuple[Queue, list[Detail]] | None:
    """The oldest pending orders that may go together, oldest first; None when there is nothing to do.

    `room` is the number of transactions that may still be signed, `skip` the groups that cannot go on in this turn.
    """
    waiting = Order.objects.filter(wallet=wallet, status=Status.PENDING, kind__in=kinds).order_by("created", "id")
    stopped = Stop.objects.filter(wallet=wallet).values_list("group", flat=True)
    oldest = waiting.exclude(group__in=[*stopped, *skip]).first()
    if oldest is None:
        return None
    queue = queues()[oldest.kind]
    first = queue.load([oldest.pk])[0]
    size = queue.size(first)
    if oldest.tries >= ALONE_AFTER:
        return queue, [first]
    limit = size if size > 1 else min(room, settings.ORDERS_PER_SIMULATION)
    together = waiting.filter(group=oldest.group)[:limit]
    ids = [order.pk for order in takewhile(lambda order: order.tries < ALONE_AFTER, together)]
    details = queue.load(ids or [oldest.pk])  # none is left where somebody took it away just now: the commit will see
    return queue, list(takewhile(lambda detail: queue.signer(detail) == queue.signer(first), details))


def make_plan(node: Node, wallet: Wallet, snapshot: Snapshot, queue: Queue, details: Sequence[Detail]) -> Plan:
    """Simulate the calls of these orders in one request, set the bad ones aside with their reasons, and bundle the good ones.

    Raises AboveCeiling when gas is too dear, RpcUnavailable when the node cannot answer: then no order is blamed.
    """
    network: Network = wallet.network
    group, cap = details[0].order.group, network.gas_cap(snapshot.gas_limit)
    fees = quote(snapshot.market, FeeKind(network.fee_kind), network.ceiling)
    batch, refused = _build(queue, details)
    if batch is None:
        return Plan(queue, group, fees, refused=refused)
    try:
        caller = _caller(node, wallet, queue, batch, snapshot.head_time)
    except InFlight:
        return Plan(queue, group, fees, refused=refused)
    except HeldUp as why:
        doubted = why.minter if isinstance(why, Unaccounted) else None
        return Plan(queue, group, fees, lack=str(why), waits=Waiting.FORWARDER, refused=refused, doubted=doubted)
    whole = batch.rehearse(range(len(batch.calls))) if batch.rehearse and len(batch.calls) > 1 and not caller.minter else None
    form = Form(network.simulation) if network.simulation else None
    simulation = simulate(node, caller.address, caller.calls, whole=whole, form=form)

    if lack := _lack(batch, simulation):
        return Plan(queue, group, fees, lack=lack, refused=refused, simulation=simulation.form)
    shown = simulation.form == Form.SIMULATE_V1  # the only form that shows events
    judged = [_judge(queue, batch, i, outcome, events=shown) for i, outcome in enumerate(simulation.outcomes)]
    bad = [move for move in judged if move is not None]
    good = [i for i, move in enumerate(judged) if move is None]
    if not good and (stop := _stop(batch, bad, simulation)):
        return Plan(queue, group, fees, stop=stop, refused=refused, simulation=simulation.form)
    if caller.minter is not None:
        post = Post(node, caller.minter, wallet.address, deadline(snapshot, network), cap)
        most = good[: queue.size(details[0])]
        bundles, too_big = _by_post(post, batch, most, _with_gas(node, caller, most, simulation))
    elif batch.combine is None or len(good) == 1:
        bundles, too_big = _apart(batch, good, _with_gas(node, caller, good, simulation), cap)
    else:
        bundles, too_big = _together(batch, good, simulation, cap)
    moves = [*refused, *bad, *too_big]
    return Plan(queue, group, fees, bundles, moves, simulation=simulation.form, batch=batch, minter=caller.minter)


@dataclass(frozen=True, slots=True)
class _Caller:
    """Whom the contract sees calling, and with what: the wallet, or the forwarder with the minter's address behind the data."""

    address: str
    calls: Sequence[Call]
    minter: Minter | None = None


def _caller(node: Node, wallet: Wallet, queue: Queue, batch: Batch, now: int) -> _Caller:
    """Raises HeldUp and InFlight where a minter may not sign now."""
    signer = queue.signer(batch.details[0])
    if signer is None:
        return _Caller(wallet.address, batch.calls)
    minting = Wallet.objects.select_related("network").get(pk=signer)
    minter = consult(node, minting, {call.to for call in batch.calls}, now)
    return _Caller(minter.forwarder, [relayed(call, minting.address) for call in batch.calls], minter)


def _build(queue: Queue, details: Sequence[Detail]) -> tuple[Batch | None, list[Move]]:
    """The calls of these orders; those no call can be built from are set aside one by one."""
    try:
        return queue.batch(details), []
    except ChainError as error:
        if len(details) == 1:
            return None, [_refuse(details[0], Reason.INVALID, str(error))]
    parts = [_build(queue, [detail]) for detail in details]
    good = [detail for detail, (batch, _) in zip(details, parts, strict=True) if batch is not None]
    return (queue.batch(good) if good else None), [move for _, moves in parts for move in moves]


def _judge(queue: Queue, batch: Batch, position: int, outcome: Simulated, *, events: bool) -> Move | None:
    """None when this order may be sent; else where it goes instead, and why."""
    detail = batch.details[position]
    if not outcome.ok:
        return _refuse(detail, Reason.SIMULATION_REVERTED, explain(outcome.data, batch.errors))
    if not events:
        return None  # the receipt will tell
    verdict = queue.read([detail], outcome.logs)[0]
    if verdict.to in (Status.COMPLETED, Status.PENDING):
        return None
    return Move(
        detail.pk, Status.PENDING, Status.HELD, Reason.REVIEW, note=f"Not sent, for its simulation shows: {verdict.note}"
    )


def _refuse(detail: Detail, reason: Reason, why: str) -> Move:
    return Move(detail.pk, Status.PENDING, Status.FAILED, reason, fail_reason=why)


def _lack(batch: Batch, simulation: Simulation) -> str:
    lacks = (batch.lack(outcome.data) for outcome in simulation.outcomes if not outcome.ok)
    return next(filter(None, lacks), "")


def _stop(batch: Batch, bad: Sequence[Move], simulation: Simulation) -> str:
    """Why no order of the group can go, where all that were tried fail with the same words, and not by their own fault."""
    words = {move.fail_reason or move.note for move in bad}
    reverts = [outcome.data for outcome in simulation.outcomes if not outcome.ok]
    if len(words) != 1 or any(map(batch.fault, reverts)):
        return ""
    return words.pop() if len(bad) >= ALIKE or any(map(batch.obstacle, reverts)) else ""


def _with_gas(node: Node, caller: _Caller, good: Sequence[int], simulation: Simulation) -> list[Simulated]:
    """The outcomes of the good calls, each with its gas; asked for once more where the node's simulation does not tell it."""
    outcomes = [simulation.outcomes[i] for i in good]
    if all(outcome.gas is not None for outcome in outcomes):
        return outcomes
    return simulate(node, caller.address, [caller.calls[i] for i in good], form=Form.SINGLES).outcomes


def _apart(batch: Batch, good: Sequence[int], outcomes: Sequence[Simulated], cap: int) -> tuple[list[Bundle], list[Move]]:
    """A transaction for each of the good orders, none of which asks for more gas than the cap."""
    sized = [(i, gas_for([outcome], None)) for i, outcome in zip(good, outcomes, strict=True) if outcome.ok]
    bundles = [Bundle(batch.calls[i], gas, [batch.details[i]]) for i, gas in sized if gas <= cap]
    return bundles, [_too_big(batch.details[i], gas, cap) for i, gas in sized if gas > cap]


def _together(batch: Batch, good: Sequence[int], simulation: Simulation, cap: int) -> tuple[list[Bundle], list[Move]]:
    """One transaction for the good orders, or for as many of the oldest as the cap has gas for; the rest wait for the next."""
    if batch.combine is None or not good:
        return [], []
    outcomes = simulation.outcomes
    chosen, gas = good, gas_for([outcomes[i] for i in good], simulation.whole_gas)
    while gas > cap and len(chosen) > 1:
        share = gas / len(chosen)  # where the node tells no gas of single calls, each is taken to cost the same
        chosen = chosen[: max(1, min(len(chosen) - 1, int(cap / share)))]
        known = all(outcomes[i].gas is not None for i in chosen)
        gas = gas_for([outcomes[i] for i in chosen], None) if known else int(share * len(chosen) * 1.1)
    if gas > cap:
        return [], [_too_big(batch.details[chosen[0]], gas, cap)]
    return [Bundle(batch.combine(chosen), gas, [batch.details[i] for i in chosen])], []


def _by_post(post: Post, batch: Batch, good: Sequence[int], outcomes: Sequence[Simulated]) -> tuple[list[Bundle], list[Move]]:
    """One transaction of a minter's requests for the good orders, or for as many of the oldest as the cap has gas for."""
    sized = {i: (batch.calls[i], outcome.gas or 0) for i, outcome in zip(good, outcomes, strict=True) if outcome.ok}
    if not sized:
        return [], []
    parcel = post.fit(sized)
    details = [batch.details[i] for i in parcel.positions]
    if parcel.gas > post.cap:
        return [], [_too_big(details[0], parcel.gas, post.cap)]
    return [Bundle(parcel.draft, parcel.gas, details, parcel.requests)], []


def _too_big(detail: Detail, gas: int, cap: int) -> Move:
    return _refuse(detail, Reason.INVALID, f"Its call needs {gas:,} gas, and one transaction may use {cap:,} on this network.")
