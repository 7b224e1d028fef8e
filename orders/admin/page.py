"""The facts of one order's page: its details, its transaction with every attempt, and its history."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Field
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chain import shown
from chain.admin.transactions import OUTCOME_TONES
from chain.admin.transactions import TONES as TRANSACTION_TONES
from chain.fees import FeeKind
from chain.fields import AddressField, Uint256Field
from chain.models import Attempt, Network, Transaction
from look.badges import Tone, badge
from look.values import NOTHING, full, link, units
from orders.details import detail_of, group_of
from orders.models import Event, Order
from orders.states import Status
from orders.waiting import sentence

TONES: dict[str, Tone] = {
    Status.PENDING: Tone.PLAIN,
    Status.HELD: Tone.WAIT,
    Status.BUSY: Tone.BUSY,
    Status.COMPLETED: Tone.GOOD,
    Status.FAILED: Tone.BAD,
    Status.CANCELLED: Tone.PLAIN,
}
ENDED = {
    Status.COMPLETED: "Done. It was paid, and the network's record of that is final.",
    Status.CANCELLED: "Cancelled. It was not paid and will not be.",
}


def status_badge(status: str) -> SafeString:
    return badge(Status(status).label, TONES[status])


def head(order: Order) -> tuple[str, str]:
    """Its status, and in one sentence why it is there."""
    said = order.fail_reason if order.status == Status.FAILED else ENDED.get(Status(order.status)) or sentence(order)
    return status_badge(order.status), said


@dataclass(frozen=True, slots=True)
class AttemptShown:
    kind: str
    hash: str
    explorer: str
    fees: str
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class TransactionShown:
    link: str
    badge: str
    transaction: Transaction
    attempts: list[AttemptShown]
    paid: str


def details(order: Order, network: Network) -> list[tuple[str, Any]]:
    """What was ordered, field by field of its own kind's table."""
    row = detail_of(order)
    if row is None:
        return []
    group = group_of(order)
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    return [(_name(field), _shown(field, row, group, network)) for field in fields if getattr(row, field.attname) is not None]


def _name(field: "Field[Any, Any]") -> str:
    return str(field.verbose_name).capitalize()


def _shown(field: "Field[Any, Any]", row: Any, group: Any, network: Network) -> Any:
    value = getattr(row, field.name)
    if field.is_relation:
        return row_link(group) if value == group else str(value)
    if isinstance(field, AddressField):
        return full(value) + shown.outside(network, "address", value)
    if isinstance(field, Uint256Field) and hasattr(group, "decimals") and str(field.help_text).startswith("Base units"):
        return units(value, group.decimals)
    if isinstance(value, bytes | memoryview):
        return full("0x" + bytes(value).hex())
    if isinstance(value, list):
        return ", ".join(map(_word, value)) or NOTHING
    return value


def _word(value: Any) -> str:
    """One of several values; one with members, such as an attribute, by these."""
    return ": ".join(map(str, value.values())) if isinstance(value, dict) else str(value)


def row_link(row: Any) -> SafeString:
    """A link to the row's own page."""
    meta = row._meta
    return link(reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk]), row)


def transactions(order: Order, network: Network) -> list[TransactionShown]:
    """Every transaction that was ever bound to the order, the latest first, with all that was signed for it."""
    bound = Event.objects.filter(order=order, transaction__isnull=False).order_by().values("transaction")
    rows = Transaction.objects.filter(pk__in=bound.union(Order.objects.filter(pk=order.pk).order_by().values("transaction")))
    return [_transaction(row, network) for row in rows.defer("data").prefetch_related("attempts")]


def _transaction(row: Transaction, network: Network) -> TransactionShown:
    tone = OUTCOME_TONES.get(row.outcome) or TRANSACTION_TONES[row.status]
    word = badge(row.get_outcome_display() or row.get_status_display(), tone)
    url = reverse("admin:chain_transaction_change", args=[row.pk])
    attempts = [_attempt(attempt, network) for attempt in row.attempts.all()]
    return TransactionShown(link(url, _called(row, network)), word, row, attempts, _paid(row, network))


def _called(row: Transaction, network: Network) -> str:
    return shown.number(network, row.nonce).capitalize()


def _paid(row: Transaction, network: Network) -> str:
    """What was used, and at what price; Solana's fee is one sum."""
    if network.is_solana:
        return format_html("{} compute units for {}", row.gas_used, shown.coin(network, row.fee))
    return format_html("gas {} at {}", row.gas_used, shown.price(network, row.gas_price))


def _attempt(row: Attempt, network: Network) -> AttemptShown:
    fees = shown.price(network, row.max_fee)
    if row.fee_kind == FeeKind.EIP1559:
        fees = format_html("{}, tip {}", fees, shown.price(network, row.tip))
    return AttemptShown(row.get_kind_display(), full(row.hash), shown.outside(network, "tx", row.hash), fees, row)


def timeline(order: Order) -> list[tuple[str, Event]]:
    """The badge of the status each event led to, and the event, oldest first."""
    return [(status_badge(event.to_status), event) for event in order.events.all()]
