"""The fields of the old claim queue's hashes: what each of them asks for, and the orders that come of it."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils import timezone

from claims.intake import wishes
from claims.leftovers import Leftover
from claims.models import Claim
from claims.serializers import RewardBody
from orders.actions import release_stored
from orders.intake import Accepted, Refused, Wish, invalid
from orders.many.apart import apart
from orders.many.each import Asked, accept_each
from orders.models import Client, Order
from orders.outside import readable
from orders.states import Kind, Reason, Status

CLIENT = "claim-queue"  # whose orders they are that arrive with all they need
PENDING, BUSY = b"pending", b"busy"
LONGEST = 2000  # bytes of a value; more is no claim


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the hash that is being read: `name` is the order's id over there."""

    name: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a field: its order, or why there is none. `new`: it was not there, or not released, before."""

    order: Order | None = None
    problem: str = ""
    new: bool = False


def take(key: str, fields: Sequence[Field]) -> list[Outcome]:
    """One for one; afterwards every one of them is an order, or a leftover with its reason. A second time changes nothing."""
    pending = [field for field in fields if field.value == PENDING]
    claims = [field for field in fields if field.value != PENDING]
    found = dict(zip(pending, apart(pending, partial(_release, key), _blamed), strict=True))
    found |= zip(claims, apart(claims, partial(_store, key), _blamed), strict=True)
    keep(key, [(field, found[field]) for field in fields if found[field].problem])
    return [found[field] for field in fields]


def _blamed(_: Field, error: Exception) -> Outcome:
    return Outcome(problem=f"It could not be stored: {readable(error, 200)}")


def keep(key: str, bad: Sequence[tuple[Field, Outcome]]) -> None:
    """What nobody can read, with the reason. What was kept before under the same name gives way."""
    rows = [
        Leftover(
            key=readable(key, 150),
            field=readable(field.name, 150),
            value=readable(field.value, LONGEST),
            problem=readable(outcome.problem),
            found=timezone.now(),
        )
        for field, outcome in bad
    ]
    Leftover.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["key", "field"], update_fields=["value", "problem", "order", "found"]
    )


# -- `pending`: the claim came over REST, and may go now ---------------------------------------------------------------------


def _release(key: str, fields: Sequence[Field]) -> list[Outcome]:
    found = _claims(key, fields)
    outcomes = [_releasable(found.get(field.name, [])) for field in fields]
    waiting = [outcome.order for outcome in outcomes if outcome.order is not None and outcome.new]
    release_stored(waiting, actor=f"client:{CLIENT}", reason="The claim queue has it.")
    return outcomes


def _claims(key: str, fields: Sequence[Field]) -> dict[str, list[Order]]:
    """By field: the claims with this external id on the hash's reward, whichever client they are of."""
    found: dict[str, list[Order]] = defaultdict(list)
    names = {field.name for field in fields}
    for claim in Claim.objects.select_related("order").filter(order__external_id__in=names, reward__external_id=key):
        found[claim.order.external_id].append(claim.order)
    return found


def _releasable(orders: Sequence[Order]) -> Outcome:
    if not orders:
        return Outcome(problem="There is no claim with this external id on this reward.")
    if len(orders) > 1:
        return Outcome(problem="Several clients have a claim with this external id: release the right one by hand.")
    (order,) = orders
    if order.status in (Status.CANCELLED, Status.FAILED):
        return Outcome(problem=f"Its claim is {order.status}.")
    return Outcome(order, new=order.status == Status.HELD and order.reason == Reason.NOT_RELEASED)


# -- JSON: the claim itself ----------------------------------------------------------------------------------------------------


def _store(key: str, fields: Sequence[Field]) -> list[Outcome]:
    client, _ = Client.objects.get_or_create(name=CLIENT)
    asked = [
        Asked(f"{key}/{field.name}", hashlib.sha256(field.value).hexdigest(), wish)
        for field, wish in zip(fields, _wishes(key, fields), strict=True)
    ]
    return [_outcome(answer) for answer in accept_each(client, asked)]


def _outcome(answer: Accepted | Refused) -> Outcome:
    if isinstance(answer, Refused):
        return Outcome(problem=" ".join(f"{error.field}: {error.message}" for error in answer.errors) or answer.message)
    return Outcome(answer.order, new=not answer.replayed)


def _wishes(key: str, fields: Sequence[Field]) -> list[Wish | Refused]:
    read = [_body(key, field) for field in fields]
    found = iter(wishes([body for body in read if not isinstance(body, Refused)]))
    return [body if isinstance(body, Refused) else _claim_only(next(found)) for body in read]


def _claim_only(wish: Wish | Refused) -> Wish | Refused:
    """A token reward pays a withdrawal, which the claim queue has never meant."""
    if isinstance(wish, Wish) and wish.kind != Kind.CLAIM:
        return invalid("reward", "This is a token reward; the claim queue has claims of NFTs only.", "kind")
    return wish


def _body(key: str, field: Field) -> Mapping[str, Any] | Refused:
    """The value as the body of a request that passed REST's own checks, or why it did not."""
    if len(field.value) > LONGEST:
        return invalid("value", f"It is longer than {LONGEST:,} bytes.")
    try:
        value = json.loads(field.value)
    except (ValueError, RecursionError):
        return invalid("value", "It is neither `pending` nor `busy` nor JSON.")
    if not isinstance(value, dict) or not {"recipient", "quantity"} <= set(value) <= {"recipient", "quantity", "token_id"}:
        return invalid("value", "It must be JSON with `recipient` and `quantity`, perhaps `token_id`, and nothing else.")
    body = RewardBody(data=value | {"external_id": field.name})
    if body.is_valid():
        return {**body.validated_data, "reward": key}
    name, messages = next(iter(body.errors.items()))
    return invalid(str(name), " ".join(map(str, messages)))


# -- once more ---------------------------------------------------------------------------------------------------------------


def take_again(leftover: Leftover) -> str:
    """What could not be read before, as if the queue still held it; empty, or why it still is nothing."""
    if leftover.order_id is not None:
        return ""
    (outcome,) = take(leftover.key, [Field(leftover.field, leftover.value.encode())])
    if outcome.order is not None:
        Leftover.objects.filter(pk=leftover.pk).update(order=outcome.order, problem="")
    return outcome.problem
