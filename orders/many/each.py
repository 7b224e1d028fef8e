"""Many orders that did not come in one request, each with an idempotency key of its own, in one database transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError
from django.db.transaction import atomic

from orders.intake import KEY_REUSED, Accepted, Refusal, Refused, Wish, external_id_taken
from orders.many.bulk import insert, take_shares
from orders.models import Client, Order

_LOOKS = 3  # somebody else may take a key or an external id between our look and our insert: look again


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted, under which key; the hash tells whether a key stands for the same wish as before."""

    key: str
    request_hash: str
    wish: Wish | Refused


def accept_each(client: Client, asked: Sequence[Asked]) -> list[Accepted | Refused]:
    """One for one: the order that is stored now, the one that the same key and hash stored before, or why there is none.

    No two of them may have the same key.
    """
    for look in range(_LOOKS):
        try:
            with atomic():
                return _store(client, asked)
        except IntegrityError:
            if look == _LOOKS - 1:
                raise
    raise AssertionError("the last look returns or raises")


def _store(client: Client, asked: Sequence[Asked]) -> list[Accepted | Refused]:
    orders = Order.objects.filter(client=client)
    earlier = {order.idempotency_key: order for order in orders.filter(idempotency_key__in=[each.key for each in asked])}
    new = [each for each in asked if each.key not in earlier]
    wishes = take_shares(_without_taken(client, [each.wish for each in new]))
    made: dict[str | None, Accepted | Refused] = {key: _again(order, asked) for key, order in earlier.items()}
    rows = []
    for each, wish in zip(new, wishes, strict=True):
        if isinstance(wish, Wish):
            rows.append((wish.order(client, each.key, each.request_hash), wish))
            made[each.key] = Accepted(rows[-1][0])
        else:
            made[each.key] = Accepted(wish, replayed=True) if isinstance(wish, Order) else wish
    insert(rows)
    return [made[each.key] for each in asked]


def _again(order: Order, asked: Sequence[Asked]) -> Accepted | Refused:
    same = any(each.key == order.idempotency_key and each.request_hash == order.request_hash for each in asked)
    return Accepted(order, replayed=True) if same else Refused(Refusal.KEY_REUSED, KEY_REUSED)


def _without_taken(client: Client, wishes: Sequence[Wish | Refused]) -> list[Wish | Refused]:
    """Refuse what has an external id that is in use, or that stands before it in the list."""
    named = [wish.external_id for wish in wishes if isinstance(wish, Wish) and wish.external_id]
    taken = dict(Order.objects.filter(client=client, external_id__in=named).values_list("external_id", "pk")) if named else {}
    seen: dict[str, object] = dict(taken)
    checked: list[Wish | Refused] = []
    for wish in wishes:
        if isinstance(wish, Wish) and wish.external_id in seen:
            checked.append(external_id_taken(wish.external_id, taken.get(wish.external_id)))
            continue
        checked.append(wish)
        if isinstance(wish, Wish) and wish.external_id:
            seen[wish.external_id] = None
    return checked
