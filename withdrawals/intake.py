"""From what a caller sends to a withdrawal: which pool pays it, and whether it may be paid there."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from orders.intake import Refusal, Refused, Wish, check_recipient, invalid, own_wallets
from orders.models import Order
from orders.states import Kind
from withdrawals.models import Pool, Withdrawal


def wishes(bodies: Sequence[Mapping[str, Any]]) -> list[Wish | Refused]:
    """One for one, with one query for all. Each body has `pool`, `recipient`, `amount`, `external_id` and `hold`."""
    pools = _pools(bodies)
    return [_wish(pools.get(body["pool"]), body) for body in bodies]


def wish(
    pool: Pool, recipient: str, amount: int, *, external_id: str = "", hold: bool = False, own: Sequence[str] = ()
) -> Wish:
    """A withdrawal of `amount` base units. `own` are our wallets among the recipients. Raises Refused."""
    check_recipient(recipient, own=own, contracts=(pool.token, pool.contract))
    return Wish(
        Kind.WITHDRAWAL, pool.wallet_id, pool.pk, recipient, partial(_row, pool, recipient, amount), external_id, hold,
        take=partial(check_open, pool),
    )  # fmt: skip


def check_open(pool: Pool) -> None:
    """Raises Refused."""
    if not pool.is_open:
        raise Refused(Refusal.POOL_CLOSED, "The pool is closed.")


def named(model: QuerySet[Any], names: set[str]) -> dict[str, Any]:
    """Rows by their id or by their external id, whichever the caller used."""
    ids = {name: identity for name in names if (identity := _uuid(name))}
    found = {row.pk: row for row in model.filter(pk__in=ids.values())}
    rest = names - {name for name, identity in ids.items() if identity in found}
    return {
        **{row.external_id: row for row in (model.filter(external_id__in=rest) if rest else ())},
        **{name: found[identity] for name, identity in ids.items() if identity in found},
    }


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _pools(bodies: Sequence[Mapping[str, Any]]) -> dict[str, Pool]:
    own = own_wallets({body["recipient"] for body in bodies})
    return named(Pool.objects.annotate(own=own), {body["pool"] for body in bodies})


def _wish(pool: Any, body: Mapping[str, Any]) -> Wish | Refused:
    if pool is None:
        return invalid("pool", "There is no such pool.", "unknown")
    try:
        return wish(pool, body["recipient"], body["amount"], external_id=body["external_id"], hold=body["hold"], own=pool.own)
    except Refused as refused:
        return refused


def _row(pool: Pool, recipient: str, amount: int, order: Order) -> Withdrawal:
    return Withdrawal(order=order, pool=pool, recipient=recipient, amount=amount)
