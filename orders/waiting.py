"""Why an order is not moving, in one sentence for people. The same for API, admin and commands."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from chain.forwarding import until
from chain.models import Transaction, Wallet
from chain.requests import ForwardRequest
from chain.states import TransactionStatus, Waiting, WalletStatus
from orders.groundwork import Groundwork, Work
from orders.models import Order, Stop
from orders.states import Reason, Status

COUNT_UP_TO = 1000  # counting further costs more than the exact number is worth


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the sentence is made of."""

    order: Order
    wallet: Wallet
    transaction: Transaction | None
    stop: Stop | None
    ahead: int
    request: ForwardRequest | None = None
    groundwork: Groundwork | None = None


def sentence(order: Order) -> str:
    """Why this order is where it is; empty once it has ended."""
    return sentences([order])[order.pk]


def sentences(orders: Collection[Order]) -> dict[UUID, str]:
    """The same for many: one query for all stops, all groundwork and all signed requests, and one for each wallet's queue."""
    pending = [order for order in orders if order.status == Status.PENDING]
    groups = {order.group for order in pending}
    stops = {stop.group: stop for stop in Stop.objects.filter(group__in=groups)} if pending else {}
    undone = _undone(groups) if pending else {}
    places: dict[UUID, int] = {}
    for wallet in {order.wallet_id for order in pending}:
        places |= _places(wallet)
    alive = _requests([order for order in orders if order.status == Status.BUSY])
    facts = (
        Facts(
            order, order.wallet, order.transaction, stops.get(order.group), places.get(order.pk, COUNT_UP_TO),
            alive.get(order.pk), undone.get(order.group),
        )
        for order in orders
    )  # fmt: skip
    return {each.order.pk: explain(each) for each in facts}


def _undone(groups: Collection[UUID]) -> dict[UUID, Groundwork]:
    """By group, the piece of groundwork that comes next."""
    pieces = Groundwork.objects.filter(group__in=groups, done_at=None).select_related("transaction").order_by("-id")
    return {piece.group: piece for piece in pieces}


def _requests(busy: Collection[Order]) -> dict[UUID, ForwardRequest]:
    """By order, the signed request of which something may still become."""
    rows = ForwardRequest.objects.filter(order__in=[order.pk for order in busy], outcome="") if busy else ()
    return {row.order: row for row in rows}


def _places(wallet: UUID) -> dict[UUID, int]:
    """How many older ones each of a wallet's pending orders has before it; those further back are left out."""
    queue = Order.objects.filter(wallet=wallet, status=Status.PENDING).order_by("created", "id")
    return {pk: place for place, pk in enumerate(queue.values_list("pk", flat=True)[:COUNT_UP_TO])}


def explain(facts: Facts) -> str:
    match facts.order.status:
        case Status.HELD:
            return _held(facts.order)
        case Status.BUSY:
            return _busy(facts)
        case Status.PENDING:
            return _pending(facts)
    return ""


def _held(order: Order) -> str:
    match order.reason:
        case Reason.STAFF:
            until = f" until {clock(order.held_until)}" if order.held_until else ""
            return f"Held by {who(order.held_by)}{until}."
        case Reason.NOT_RELEASED:
            return "Stored, and waits to be released."
        case Reason.TRANSACTION_CANCELLED:
            return "Its transaction was cancelled and paid nothing; staff decide how it goes on."
        case Reason.FOREIGN:
            return "A transaction that was not made here took its nonce; staff must look before anything is sent again."
    return "Its evidence conflicts; staff must look at it."


def _busy(facts: Facts) -> str:
    transaction = facts.transaction
    if transaction is None:
        return ""
    if transaction.status == TransactionStatus.MINED:
        dead = f", and for its signed request, which may be executed {until(facts.request.deadline)}" if facts.request else ""
        return f"In {_place(transaction)}; waits until that block is final{dead}."
    if facts.wallet.status == WalletStatus.QUARANTINED:
        return _wallet_rests(facts.wallet)
    nonce = _nonce(transaction)
    if facts.wallet.waiting:
        return f"Signed{nonce}. {_wallet_waits(facts.wallet)}"
    if transaction.status == TransactionStatus.SIGNED:
        return f"Signed{nonce}, about to be sent."
    return f"Sent{nonce} at {clock(transaction.created)}; waits for a block."


def _place(transaction: Transaction) -> str:
    return f"{'block' if transaction.has_nonce else 'slot'} {transaction.block_number}"


def _nonce(transaction: Transaction) -> str:
    return f" with nonce {transaction.nonce}" if transaction.has_nonce else ""


def _pending(facts: Facts) -> str:
    wallet = facts.wallet
    if facts.stop is not None:
        return (
            f"Everything of this kind is stopped since {clock(facts.stop.since)} by {who(facts.stop.by)}: {facts.stop.reason}"
        )
    if wallet.status != WalletStatus.ACTIVE:
        return _wallet_rests(wallet)
    if wallet.waiting:
        return _wallet_waits(wallet)
    if facts.groundwork is not None:
        return _groundwork(facts.groundwork)
    if facts.ahead:
        more = "more than " if facts.ahead >= COUNT_UP_TO else ""
        plural = "" if facts.ahead == 1 else "s"
        return f"Behind {more}{facts.ahead} order{plural} on wallet {wallet.name}."
    return f"Next in line on wallet {wallet.name}."


def _wallet_rests(wallet: Wallet) -> str:
    if wallet.status == WalletStatus.QUARANTINED:
        return f"Wallet {wallet.name} is quarantined: {wallet.status_reason}"
    since, by = clock(wallet.status_since), who(wallet.status_by)
    return f"Wallet {wallet.name} was paused at {since} by {by}: {wallet.status_reason}"


_GROUNDWORK = {
    Work.BASE_URI: "the collection's base URI is set",
    Work.TREE: "the collection's Merkle tree is opened",
    Work.METADATA_COLLECTION: "the collection's own NFT is made",
    Work.CORE_COLLECTION: "the collection's own NFT is made",
}


def _groundwork(piece: Groundwork) -> str:
    transaction = piece.transaction
    if transaction is None:
        how = "that comes next"
    elif transaction.status == TransactionStatus.MINED:
        how = f"that is in {_place(transaction)}, which is not final yet"
    else:
        how = f"that is signed{_nonce(transaction)}, and waits for a block"
    return f"Waits until {_GROUNDWORK[Work(piece.work)]}: {how}."


_WALLET_WAITS = {
    Waiting.GAS: "Gas is too dear since {since}: {detail}.",
    Waiting.FUNDS: "Wallet {wallet} is short of money since {since}: {detail}.",
    Waiting.RPC: "No node of {wallet.network} answers since {since}.",
    Waiting.SIGNER: "The key of wallet {wallet} cannot be used since {since}: {detail}.",
    Waiting.NODE: "The node refuses the transaction since {since}: {detail}.",
    Waiting.BEHIND: "What the node knows is not enough to sign on since {since}: {detail}.",
    Waiting.CLOCK: "The clock of the worker's host is wrong since {since}: {detail}.",
    Waiting.FORWARDER: "What its minter should sign waits since {since}: {detail}.",
    Waiting.MAINTENANCE: "Maintenance since {since}, nothing is sent until a person has looked: {detail}.",
}


def _wallet_waits(wallet: Wallet) -> str:
    said = {"wallet": wallet, "since": clock(wallet.waiting_since), "detail": wallet.waiting_detail.rstrip(".")}
    return _WALLET_WAITS[Waiting(wallet.waiting)].format(**said)


def who(actor: str) -> str:
    """`staff:ana` and `client:shop` as people read them."""
    return actor.partition(":")[2] or actor


def clock(moment: datetime | None) -> str:
    """The time of day, with its date unless that is today."""
    if moment is None:
        return "an unknown time"
    local = timezone.localtime(moment)
    return f"{local:%H:%M}" if local.date() == timezone.localdate() else f"{local:%d %b %H:%M}"
