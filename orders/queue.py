"""What one kind of order adds to the machinery: a `Queue`, which is its detail table and a few functions.

`settings.ORDER_QUEUES` lists them. `orders.plan` and `orders.settle` are the machinery.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

from chain.calls import Call, Signature
from chain.events import Log
from chain.solana.wanted import Leaf
from chain.templates import fill
from orders.payments import Owed, Payment, Source
from orders.states import Kind, Reason, Status

if TYPE_CHECKING:
    from orders.intake import Refused
    from orders.models import Client, Order

Detail = Any  # a row of a kind's own table, such as Claim; `.order` is its Order
Group = Any  # a reward, pool or staking contract; `.wallet` pays for it


@dataclass(frozen=True, slots=True)
class Batch:
    """The next orders of one group, and how they become calls.

    `calls` has one call an order: it is simulated alone, and sent alone where `combine` is None.
    `combine` makes one call of several orders, given their positions; `rehearse` makes the same call so that it fails
    as a whole where a part fails, for an honest gas estimate. `errors` are the contract's own, for readable reasons.
    `lack` tells a revert that is our own lack (the wallet is short of the token) from one that is the order's fault.
    `fault` knows a revert to be the order's own fault, however many orders meet it; `obstacle` knows one to be in the way of
    all orders of the group (the contract is paused), though only one may have met it yet.
    """

    details: Sequence[Detail]
    calls: Sequence[Call]
    combine: Callable[[Sequence[int]], Call] | None = None
    rehearse: Callable[[Sequence[int]], Call] | None = None
    errors: Sequence[Signature] = ()
    lack: Callable[[bytes], str | None] = lambda _: None
    fault: Callable[[bytes], bool] = lambda _: False
    obstacle: Callable[[bytes], bool] = lambda _: False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the events of one transaction say of one order, and the facts to keep in its own table."""

    order: UUID
    to: Status
    reason: Reason | None = None
    note: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """A call whose answer, a number, tells something of an order's recipient. `decides`: any but zero says that it was paid."""

    name: str
    call: Call
    decides: bool = False


def took_nothing(_details: Sequence[Detail]) -> None:
    """Of no limit, so that there is nothing to give back."""


@dataclass(frozen=True, slots=True)
class Queue:
    """One kind of order: data and functions.

    `size(detail)` is how many orders of that detail's group may share a transaction.
    `batch(details)` builds the calls; it raises ChainError for an order no call can be built from.
    `read(details, logs)` judges every order from the events of a transaction that succeeded.
    `source(group, recipient)` is where payments of a group show, whoever they were for: for the audit, and for a second look
    before an order is paid again. A recipient narrows it down where the events are indexed by it; others may still come.
    `owed(detail)` is what an order must come to there.
    `named(payments)` are the details that name a payment by its contract and token id although somebody else's transaction
    made it, such as a poll that was proposed here and paid out by a manager.
    `questions(detail)` are put to the contract when it is judged whether the order may go again.
    `on_cancel(details)` gives back, in the same commit, what an order took of a limit.
    `signer(detail)` is the wallet without coin whose signed request the order is, where the order's own wallet only sends it.
    `earlier(client, details)` looks for unsaved details under an idempotency key of the kind's own, one for one: the order that
    is the same already, a refusal where that key belongs to another one, None where it is new.
    `recipient` is the column that says whom an order is for.
    `leaf(detail)` is the compressed NFT that an order on Solana becomes. Once it is one, `tree`, `leaf_index`, `leaf_hash` and
    `asset_id` are noted in columns of these names.
    """

    kind: Kind
    details: type[models.Model]
    group: str  # the detail's foreign key to its group, such as "reward"
    related: str  # what `load` joins, beside the order
    size: Callable[[Detail], int]
    batch: Callable[[Sequence[Detail]], Batch]
    read: Callable[[Sequence[Detail], Sequence[Log]], list[Verdict]]
    source: Callable[[Group, str | None], Source]
    owed: Callable[[Detail], Owed]
    named: Callable[[Sequence[Payment]], Mapping[tuple[str, int], Detail]] = lambda _: {}
    questions: Callable[[Detail], Sequence[Question]] = lambda _: ()
    on_cancel: Callable[[Sequence[Detail]], None] = took_nothing
    signer: Callable[[Detail], UUID | None] = lambda _: None
    earlier: "Callable[[Client | None, Sequence[Detail]], Sequence[Order | Refused | None]] | None" = None
    recipient: str = "recipient"
    leaf: Callable[[Detail], Leaf] | None = None

    def load(self, orders: Sequence[UUID]) -> list[Detail]:
        """The details of these orders, in this order, with their order and group at hand."""
        found = self.details._default_manager.select_related("order", self.related).in_bulk(list(orders))
        return [found[order] for order in orders]

    def record(self, verdicts: Sequence[Verdict]) -> None:
        """Keep each verdict's facts in the kind's own table."""
        rows: dict[tuple[str, ...], list[models.Model]] = defaultdict(list)
        for verdict in verdicts:  # apart by their columns, so that a row's other columns stay as they are
            rows[tuple(verdict.facts)].append(self.details(pk=verdict.order, **verdict.facts))
        for columns, details in rows.items():
            if columns:
                self.details._default_manager.bulk_update(details, columns, batch_size=500)


def paid_question(contract: str, view: str, arguments: list[Any], fields: Mapping[str, Any]) -> list[Question]:
    """The one question that decides, where a view is configured. Raises ChainError when its arguments cannot be built."""
    if not view:
        return []
    signature = Signature.parse(view)
    return [
        Question(
            view, Call(contract, signature.encode(fill(arguments, signature.types, fields, known=fields.keys()))), decides=True
        )
    ]


@lru_cache(maxsize=1)
def queues() -> dict[str, Queue]:
    """All kinds of order this installation knows."""
    return {queue.kind: queue for queue in map(import_string, settings.ORDER_QUEUES)}
