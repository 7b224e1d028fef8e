"""What the journal keeps of orders, and how a database that has lost them gets them back.

A restored database shows orders as pending that were sent long ago. Replaying the journals of all hosts binds each of them
again to the last transaction that was sent for it; the lanes then find the receipts, and nothing is signed anew.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.core import serializers
from django.db import IntegrityError, models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Greatest
from django.db.transaction import atomic, set_rollback

from chain.journal import Entry
from chain.models import Attempt, Transaction, Wallet
from chain.requests import ForwardRequest
from chain.states import TransactionStatus
from chain.steering import missing_nonces, quarantine
from orders.groundwork import Groundwork
from orders.models import Client, Event, Order
from orders.moves import Move, move
from orders.queue import queues
from orders.states import Reason, Status

ACTOR = "journal"


def rows_of(transactions: Sequence[Transaction]) -> dict[UUID, list[Any]]:
    """For the journal: each transaction's orders and their details, or its groundwork, as Django's serializer writes rows."""
    ids = [transaction.pk for transaction in transactions]
    orders: dict[UUID, list[Order]] = defaultdict(list)
    for order in Order.objects.filter(transaction__in=ids).order_by("created", "id"):
        orders[order.transaction_id].append(order)  # type: ignore[index]
    found = {transaction: _rows(bound) for transaction, bound in orders.items()}
    for piece in Groundwork.objects.filter(transaction__in=ids):
        found[piece.transaction_id] = serializers.serialize("python", [piece])  # type: ignore[index]
    return found


def _rows(orders: Sequence[Order]) -> list[Any]:
    details = queues()[orders[0].kind].load([order.pk for order in orders])
    written: list[Any] = serializers.serialize("python", [row for pair in zip(orders, details, strict=True) for row in pair])
    return written


# -- back again ----------------------------------------------------------------------------------------------------


class Fate(StrEnum):
    """What came of an entry of the journal."""

    KNOWN = "known"  # the database has it
    RESTORED = "restored"
    CONFLICT = "conflict"  # the database says something else; a person must look


@dataclass(frozen=True, slots=True)
class Replayed:
    entry: Entry
    fate: Fate
    note: str = ""


class _Conflict(Exception):
    """The database says something else than the journal."""


def replay(entries: Sequence[Entry], *, dry_run: bool = False) -> Iterator[Replayed]:
    """Put back what the database lacks, an entry at a time, each in one commit. Give it the journals of all hosts together:
    an order is bound to the last transaction that any of them has sent for it, and so is a piece of groundwork.
    """
    last = {row["pk"]: entry.transaction for entry in entries for row in entry.rows}
    for entry in entries:
        if Attempt.objects.filter(hash=entry.hash).exists():
            yield Replayed(entry, Fate.KNOWN)
            continue
        try:
            with atomic():
                _restore(entry, last)
                set_rollback(dry_run)
        except (_Conflict, IntegrityError) as conflict:
            yield Replayed(entry, Fate.CONFLICT, str(conflict).splitlines()[0])
        else:
            yield Replayed(entry, Fate.RESTORED)


def _restore(entry: Entry, last: Mapping[str, str]) -> None:
    _restore_transaction(entry)
    entry.as_attempt().save(force_insert=True)
    _restore_requests(entry)
    rows: list[Any] = [found.object for found in serializers.deserialize("python", [dict(row) for row in entry.rows])]
    if rows and isinstance(rows[0], Groundwork):
        if last[str(rows[0].pk)] == entry.transaction:
            _restore_groundwork(rows[0], UUID(entry.transaction))
        return
    for order, detail in zip(rows[::2], rows[1::2], strict=True):
        if last[str(order.pk)] == entry.transaction:
            _restore_order(order, detail, UUID(entry.transaction))


def _restore_transaction(entry: Entry) -> None:
    """As one that was sent: its receipt, if there is one, is found by the lane, and else the same bytes go out again."""
    wallet = Wallet.objects.select_for_update(no_key=True).filter(pk=entry.wallet).first()
    if wallet is None:
        raise _Conflict(f"The database has no wallet {entry.wallet}.")
    there = Transaction.objects.filter(wallet=wallet, nonce=entry.nonce).first()
    if there is not None and str(there.pk) != entry.transaction:
        raise _Conflict(f"Nonce {entry.nonce} of wallet {wallet.name} belongs to transaction {there.pk}.")
    if there is None:
        transaction = entry.as_transaction()
        transaction.status = TransactionStatus.SENT
        transaction.save(force_insert=True)
    Wallet.objects.filter(pk=wallet.pk).update(next_nonce=Greatest(Coalesce(F("next_nonce"), 0), entry.nonce + 1))


def _restore_requests(entry: Entry) -> None:
    """As such of which something may still become: the lane asks the chain."""
    rows = entry.as_requests()
    there = set(ForwardRequest.objects.filter(digest__in=[row.digest for row in rows]).values_list("digest", flat=True))
    ForwardRequest.objects.bulk_create(row for row in rows if row.digest not in there)


def _restore_groundwork(piece: Groundwork, transaction: UUID) -> None:
    """As one that is on its way: the lane finds out whether it is done. Where it is done already it stays so."""
    rows = Groundwork.objects.select_for_update(no_key=True).filter(group=piece.group, work=piece.work)
    there = rows.first()
    if there is None:
        piece.transaction_id, piece.done_at = transaction, None
        piece.save_base(raw=True, force_insert=True)
    elif there.transaction_id is None:
        rows.update(transaction=transaction, address=piece.address)
    elif there.transaction_id != transaction:
        raise _Conflict(f"The {there} is the work of transaction {there.transaction_id}.")


def _restore_order(order: Order, detail: models.Model, transaction: UUID) -> None:
    there = _same_order(order)
    if there is None:
        _insert(order, detail, transaction)
        return
    if there.transaction_id == transaction and there.status == Status.BUSY:
        return
    _fill(there, detail)
    steps = {Status.PENDING: [], Status.HELD: [Status.PENDING], Status.FAILED: [Status.PENDING]}.get(Status(there.status))
    if steps is None:
        raise _Conflict(f"Order {there.pk} is {there.status}, and the journal has it paid by nonce of {transaction}.")
    at = Status(there.status)
    for to in [*steps, Status.BUSY]:
        bound = transaction if to == Status.BUSY else None
        wish = Move(there.pk, at, to, Reason.RESTORED if bound is None else None, note=NOTE, transaction=bound)
        if not move([wish], actor=ACTOR):
            raise _Conflict(f"Order {there.pk} is being moved by somebody else.")
        at = to


NOTE = "The database had lost that it was sent; the journal of a host had it."


def _same_order(order: Order) -> Order | None:
    """The order itself, or the one that its client has sent again, with the same key, to the database that had lost it."""
    same = [Q(pk=order.pk)]
    if order.idempotency_key is not None:
        same.append(Q(client=order.client_id, idempotency_key=order.idempotency_key, request_hash=order.request_hash))
    if order.external_id:
        same.append(Q(client=order.client_id, external_id=order.external_id, request_hash=order.request_hash))
    return Order.objects.select_for_update(no_key=True).filter(reduce(or_, same)).order_by("created").first()


def _insert(order: Order, detail: models.Model, transaction: UUID) -> None:
    if order.client_id is not None and not Client.objects.filter(pk=order.client_id).exists():
        raise _Conflict(f"Order {order.pk} is of a client that the database does not have.")
    order.status, order.reason, order.transaction_id = Status.BUSY, "", transaction
    order.save_base(raw=True, force_insert=True)
    detail.save_base(raw=True, force_insert=True)
    Event.objects.create(order=order, to_status=Status.BUSY, actor=ACTOR, note=NOTE, transaction_id=transaction)


def _fill(order: Order, detail: models.Model) -> None:
    """Facts that the chain had told, such as a pool's poll id, and the database has lost."""
    rows = type(detail)._default_manager.filter(pk=order.pk)
    for field in type(detail)._meta.concrete_fields:
        value = getattr(detail, field.attname)
        if value is not None and not field.primary_key:
            rows.filter(**{f"{field.attname}__isnull": True}).update(**{field.attname: value})


def quarantine_wallets_with_gaps() -> list[Wallet]:
    """Quarantine wallets that lack rows for nonces they have spent: neither database nor journals know what those paid."""
    gaps = [(wallet, missing_nonces(wallet, 0)) for wallet in Wallet.objects.exclude(next_nonce=None)]
    for wallet, missing in gaps:
        if missing:
            some = ", ".join(map(str, missing[:5])) + (", …" if len(missing) > 5 else "")
            quarantine(wallet, by=ACTOR, reason=f"Neither the database nor a journal knows what its nonces {some} did.")
    return [wallet for wallet, missing in gaps if missing]
