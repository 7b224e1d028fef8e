"""How each kind of order appears in REST. `settings.ORDER_SHAPES` lists them; the API itself knows no kind by name."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.utils.module_loading import import_string

from chain.calls import Signature
from chain.models import Attempt
from orders import waiting
from orders.api.fields import Strict
from orders.api.serializers import OrderAnswer
from orders.intake import Refusal, Refused, Wish, invalid, sole
from orders.models import Client, Order
from orders.queue import Detail
from orders.states import Kind, Scope


@dataclass(frozen=True, slots=True)
class Ordering:
    """How orders of a kind are asked for, one by one or many in a request.

    `wishes(bodies)` turns valid bodies into wishes, or into refusals, one for one and with one query for all.
    `counted`: refused while the throttle cannot count.
    """

    body: type[Strict]
    scope: Scope
    wishes: Callable[[Sequence[Mapping[str, Any]]], list[Wish | Refused]]
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of order in REST: data and a function.

    `related` names its details on an order. `filters` maps query parameters to columns of the detail table.
    `signatures(detail)` are the functions its call may be of. `ordering` None: its orders come in by another way, all of a
    group at once.
    """

    kind: Kind
    related: str
    answer: type[OrderAnswer]
    filters: Mapping[str, str]
    signatures: Callable[[Detail], Sequence[Signature]]
    ordering: Ordering | None = None


@lru_cache(maxsize=1)
def shapes() -> dict[str, Shape]:
    """All kinds of order this installation knows."""
    return {shape.kind: shape for shape in map(import_string, settings.ORDER_SHAPES)}


def orderings() -> dict[str, Ordering]:
    """The kinds that may be asked for, each by its name."""
    return {kind: shape.ordering for kind, shape in shapes().items() if shape.ordering is not None}


def wish_of(item: Any, scopes: Collection[str]) -> Wish:
    """One item that names its own kind, as a wish. Raises Refused, ValidationError."""
    _, ordering, body = read_item(item, scopes)
    return sole(ordering.wishes([body]))


def read_item(item: Any, scopes: Collection[str]) -> tuple[str, Ordering, dict[str, Any]]:
    """The kind that an item names, how that is ordered, and the item's checked body. Raises Refused, ValidationError."""
    kind = item.get("kind") if isinstance(item, dict) else None
    ordering = orderings().get(kind) if isinstance(kind, str) else None
    if not isinstance(kind, str) or ordering is None:
        raise invalid("kind", f"One of: {', '.join(orderings())}.")
    if ordering.scope not in scopes:
        raise Refused(Refusal.FORBIDDEN, f"The API key lacks the scope {ordering.scope}.")
    body = ordering.body(data=item)
    body.is_valid(raise_exception=True)
    return kind, ordering, body.validated_data


def visible_to(client: Client) -> QuerySet[Order]:
    """The client's own orders, with all that an answer shows of them. What is not in here does not exist for the caller."""
    # Neither calldata nor signed bytes are shown; a batch of 200 has 50 kB of each.
    attempts = Prefetch("transaction__attempts", Attempt.objects.defer("raw"))
    related = [shape.related for shape in shapes().values()]
    shown = ["client", "wallet__network", "transaction__wallet__network", *related]
    orders = Order.objects.filter(client=client).select_related(*shown)
    return orders.defer("transaction__data").prefetch_related(attempts)


def answer(order: Order, *, fresh: bool = False) -> dict[str, Any]:
    """An order as its caller sees it. `fresh`: just accepted, so that nobody has to find out what it waits for."""
    context = {} if fresh else {"sentences": {order.pk: waiting.sentence(order)}}
    return shapes()[order.kind].answer(order, context=context).data


def answers(orders: Iterable[Order]) -> list[dict[str, Any]]:
    """Orders of any kind, as their caller sees them."""
    page = list(orders)
    context = {"sentences": waiting.sentences(page)}
    return [shapes()[order.kind].answer(order, context=context).data for order in page]
