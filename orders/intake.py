"""The one door through which orders come in: one database transaction of order, detail, event and wake-up call.

Idempotency lives on the order itself: its key is unique per client, so it is remembered for as long as the order.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import IntegrityError, models
from django.db.transaction import atomic

from chain import crash
from chain.models import Wallet
from orders.models import Client, Event, Order
from orders.notify import notify
from orders.queue import queues
from orders.states import Kind, Reason, Status


class Refusal(StrEnum):
    """Why an order was not taken. The value is the `code` that callers see."""

    INVALID = "invalid"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    KEY_REUSED = "idempotency_key_reused"
    EXTERNAL_ID_TAKEN = "external_id_taken"
    LIMIT_REACHED = "limit_reached"
    REWARD_CLOSED = "reward_closed"
    POOL_CLOSED = "pool_closed"
    STAKING_CLOSED = "staking_closed"
    SIGNATURE_FORGED = "signature_forged"
    SIGNATURE_ID_TAKEN = "signature_id_taken"
    PRESS_CLOSED = "press_closed"
    CONTRACT_TAKEN = "contract_taken"
    JOB_OPEN = "job_open"
    NOTHING_TO_MINT = "nothing_to_mint"
    COST_ABOVE_MAXIMUM = "cost_above_maximum"
    JOB_MOVED = "job_moved"
    LEAVES_UNKNOWN = "leaves_unknown"


class FieldError(NamedTuple):
    """What is wrong with one field; `field` is its path, such as `orders.3.amount`."""

    field: str
    message: str
    code: str


class CellError(NamedTuple):
    """The same of a cell of a sheet. `row` as a spreadsheet counts, 0 for the sheet as a whole; `column` as it is headed."""

    field: str
    message: str
    code: str
    row: int
    column: str


class Refused(Exception):
    """The order is not taken, and nothing of it is stored. `facts` are for programs."""

    def __init__(self, code: Refusal, message: str, *, errors: Collection[FieldError | CellError] = (), **facts: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.errors = tuple(errors)
        self.facts = facts


def invalid(field: str, message: str, code: str = "invalid") -> Refused:
    """The refusal of one field's value."""
    return Refused(Refusal.INVALID, message, errors=[FieldError(field, message, code)])


@dataclass(frozen=True, slots=True)
class Wish:
    """An order to be: what every kind of order tells the intake.

    `detail(order)` makes the unsaved row of the kind's own table. `take()` runs in the order's own database transaction and
    takes its share of whatever is limited; it raises Refused. `hold` stores the order without releasing it.
    """

    kind: Kind
    wallet: UUID
    group: UUID
    recipient: str
    detail: Callable[[Order], models.Model]
    external_id: str = ""
    hold: bool = False
    take: Callable[[], None] = lambda: None

    def order(self, client: Client | None, key: str | None = None, request_hash: str = "") -> Order:
        """The unsaved row of the queue."""
        return Order(
            kind=self.kind, client=client, external_id=self.external_id, idempotency_key=key, request_hash=request_hash,
            wallet_id=self.wallet, group=self.group,
            status=Status.HELD if self.hold else Status.PENDING, reason=Reason.NOT_RELEASED if self.hold else "",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Accepted:
    """A stored order; `replayed` when an earlier request with the same key had stored it."""

    order: Order
    replayed: bool = False


def accept(client: Client | None, wish: Wish, *, key: str | None, request_hash: str, actor: str = "") -> Accepted:
    """Store an order, or find the one that the same key and the same request stored before.

    `client` None: entered by staff, as `actor`. Raises Refused.
    """
    order = wish.order(client, key, request_hash)
    try:
        with atomic():
            # First of all, so that a request with the same key waits here for ours, and takes nothing of any limit.
            order.save(force_insert=True)
            wish.take()
            wish.detail(order).save(force_insert=True)
            opening(order, actor).save(force_insert=True)
            if not wish.hold:
                notify([wish.wallet])
            crash.point("accepting")
    except IntegrityError:
        earlier = _earlier(client, wish, key, request_hash)
        if earlier is None:
            raise
        return Accepted(earlier, replayed=True)
    crash.point("accepted")
    return Accepted(order)


def opening(order: Order, actor: str = "") -> Event:
    """The first line of an order's history."""
    who = actor or (f"client:{order.client.name}" if order.client else "command")
    return Event(order=order, to_status=order.status, actor=who, reason=order.reason)


def _earlier(client: Client | None, wish: Wish, key: str | None, request_hash: str) -> Order | None:
    """The order that a unique rule found in our way. Raises Refused when it is not the same request."""
    orders = Order.objects.filter(client=client)
    if key is not None and (order := orders.filter(idempotency_key=key).first()):
        if order.request_hash != request_hash:
            raise Refused(Refusal.KEY_REUSED, KEY_REUSED)
        return order
    if twin := twins(client, [wish]).get(0):
        if isinstance(twin, Refused):
            raise twin
        return twin
    if wish.external_id and (order := orders.filter(external_id=wish.external_id).first()):
        raise external_id_taken(wish.external_id, order.pk)
    return None


def twins(client: Client | None, wishes: Sequence["Wish | Refused"]) -> dict[int, "Order | Refused"]:
    """By position, what stands in the way of wishes whose kind has an idempotency key of its own: the order that is the same
    already, or a refusal. One query a kind.
    """
    found: dict[int, Order | Refused] = {}
    for kind in {wish.kind for wish in wishes if isinstance(wish, Wish)}:
        if earlier := queues()[kind].earlier:
            mine = [(i, wish) for i, wish in enumerate(wishes) if isinstance(wish, Wish) and wish.kind == kind]
            nobody = mine[0][1].order(client)  # one for all: nothing is looked at but what the wishes are for
            told = earlier(client, [wish.detail(nobody) for _, wish in mine])
            found |= {i: answer for (i, _), answer in zip(mine, told, strict=True) if answer is not None}
    return found


KEY_REUSED = "This Idempotency-Key belongs to another request. Send a new key with a new request."


def external_id_taken(external_id: str, row: UUID | None = None, what: str = "order") -> Refused:
    message = f"{'An' if what == 'order' else 'A'} {what} with the external id {external_id!r} exists already."
    error = FieldError("external_id", message, "taken")
    facts: Mapping[str, Any] = {what: str(row)} if row else {}
    return Refused(Refusal.EXTERNAL_ID_TAKEN, message, errors=[error], **facts)


def sole(wishes: Sequence[Wish | Refused]) -> Wish:
    """The only one. Raises it where it is a refusal."""
    (wish,) = wishes
    if isinstance(wish, Refused):
        raise wish
    return wish


# -- recipients --------------------------------------------------------------------------------------------------------


def own_wallets(recipients: Collection[str]) -> ArraySubquery:
    """An annotation: those of the recipients that are wallets of ours. It rides on the query for the group."""
    return ArraySubquery(Wallet.objects.filter(address__in=recipients).order_by().values("address"))


def check_recipient(recipient: str, *, own: Collection[str], contracts: Collection[str], field: str = "recipient") -> None:
    """Refuse who cannot be meant: a wallet of ours, or the very contract that is called. Raises Refused."""
    if recipient in own:
        raise invalid(field, "That is a wallet of this installation.", "own_wallet")
    if recipient in contracts:
        raise invalid(field, "That is the contract itself: what it receives is lost.", "contract")
