"""The signature id is a second idempotency key: whoever sends the same action again gets the same order, under whatever key."""

from collections.abc import Sequence

from django.db.models import Q

from orders.intake import FieldError, Refusal, Refused
from orders.models import Client, Order
from stakes.models import Stake

_SAME = ("action", "owner", "target", "stake_id", "amount")


def earlier(client: Client | None, stakes: Sequence[Stake]) -> list[Order | Refused | None]:
    """One for one, with one query: the order that is this very action already, a refusal where the signature id was taken for
    another, and None where it is new.
    """
    stored = {_key(stake): stake for stake in _stored(stakes)}
    seen: set[tuple[object, str]] = set()
    found: list[Order | Refused | None] = []
    for stake in stakes:
        key = _key(stake)
        there = stored.get(key)
        found.append(_judge(client, stake, there) if there else taken(stake) if key in seen else None)
        seen.add(key)
    return found


def _key(stake: Stake) -> tuple[object, str]:
    return stake.staking_id, stake.signature_id


def _stored(stakes: Sequence[Stake]) -> Sequence[Stake]:
    contracts, ids = {stake.staking_id for stake in stakes}, {stake.signature_id for stake in stakes}
    return list(Stake.objects.filter(Q(staking__in=contracts), Q(signature_id__in=ids)).select_related("order__client"))


def _judge(client: Client | None, stake: Stake, there: Stake) -> Order | Refused:
    mine = there.order.client_id == (client.pk if client else None)
    if mine and _content(stake) == _content(there):
        return there.order
    return taken(stake, there.order if mine else None)


def _content(stake: Stake) -> tuple[object, ...]:
    return *(getattr(stake, name) for name in _SAME), bytes(stake.signature)


def taken(stake: Stake, order: Order | None = None) -> Refused:
    """The order in the way is named to the client it belongs to, and to nobody else."""
    message = f"The signature id {stake.signature_id!r} has been used for another order."
    facts = {"order": str(order.pk)} if order else {}
    return Refused(Refusal.SIGNATURE_ID_TAKEN, message, errors=[FieldError("signature_id", message, "taken")], **facts)
