"""Filters and search of the orders list, each answered by an index: the table may hold millions of rows."""

from typing import Any
from uuid import UUID

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from chain.calls import address
from chain.errors import ChainError
from chain.models import Attempt
from orders.details import group_model
from orders.models import Event, Order
from orders.queue import queues

MOST_GROUPS = 200  # choices shown for one kind; more is not a menu any more


class GroupFilter(SimpleListFilter):
    """By reward, pool or staking contract."""

    title = "reward, pool or contract"
    parameter_name = "group"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = [row for queue in queues().values() for row in group_model(queue).objects.all()[:MOST_GROUPS]]
        return [(str(row.pk), str(row)) for row in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        group = _uuid(self.value() or "")
        return queryset.filter(group=group) if group else queryset


def search(orders: QuerySet[Order], term: str) -> QuerySet[Order]:
    """Orders by exactly this id, recipient's address, transaction hash or external id."""
    if term.startswith(("0x", "0X")) and len(term) == 66:
        return orders.filter(pk__in=_ids_by_hash(term.lower()))
    if term.startswith(("0x", "0X")) and len(term) == 42:
        return orders.filter(pk__in=_ids_by_recipient(term))
    same_id = _uuid(term)
    external = Q(external_id=term) & ~Q(external_id="")
    return orders.filter(external | Q(pk=same_id)) if same_id else orders.filter(external)


def _ids_by_hash(hash_: str) -> QuerySet[Any, Any]:
    """Orders that are, or once were, bound to the transaction with this hash."""
    transactions = Attempt.objects.filter(hash=hash_).order_by().values("transaction")
    bound = Order.objects.filter(transaction__in=transactions).order_by().values("pk")
    once = Event.objects.filter(transaction__in=transactions).order_by().values("order")
    return bound.union(once)


def _ids_by_recipient(text: str) -> Any:
    try:
        recipient = address(text.lower())
    except ChainError:
        return []
    first, *others = [
        queue.details._default_manager.filter(**{queue.recipient: recipient}).values("pk") for queue in queues().values()
    ]
    return first.union(*others) if others else first


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
