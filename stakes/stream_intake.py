"""From messages to orders: stored in one database transaction, however many there are. Twice the same message is one order."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.transaction import atomic

from chain import crash
from orders.intake import Refusal, Refused, Wish
from orders.many.apart import apart
from orders.many.bulk import insert
from orders.many.copying import copy_in
from orders.models import Client, Order
from orders.outside import readable
from stakes.inbox import StreamMessage
from stakes.intake import wishes
from stakes.messages import Message
from stakes.models import Stake, StakingContract
from stakes.stream import Letter
from stakes.twins import content, taken

log = logging.getLogger(__name__)

CLIENT = "staking-stream"  # whose orders they are
_LOOKS = 3  # another consumer, or REST, may store the same action between our look and our insert: look again


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a message is now: an order, or unreadable."""

    order: UUID | None = None
    problem: str = ""


def store(stream: str, staking: StakingContract, messages: Sequence[Message]) -> list[Letter]:
    """Afterwards every message is on disk, with its order or its problem, and may be acknowledged. The unreadable are returned.

    Raises database errors that are no message's fault; then those that were stored are found again next time.
    """
    outcomes: list[Outcome] = []
    for some in _rounds(messages):
        outcomes += apart(some, partial(_store, stream, staking), partial(_blamed, stream))
    return [
        Letter(message.id, message.said, outcome.problem)
        for message, outcome in zip(messages, outcomes, strict=True)
        if outcome.problem
    ]


def _rounds(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """In the order they have, cut where a signature id comes a second time: that one must find the first as an order."""
    begun = 0
    seen: set[str] = set()
    for position, message in enumerate(messages):
        name = message.body["signature_id"] if message.body else message.id
        if name in seen:
            yield messages[begun:position]
            begun = position
            seen.clear()
        seen.add(name)
    yield messages[begun:]


def _store(stream: str, staking: StakingContract, messages: Sequence[Message]) -> list[Outcome]:
    for look in range(_LOOKS):
        try:
            return _once(stream, staking, messages)
        except IntegrityError:
            if look == _LOOKS - 1:
                raise
    raise AssertionError("the last look returns or raises")


def _blamed(stream: str, message: Message, error: Exception) -> Outcome:
    """A message that spoils whatever it is stored with."""
    problem = f"It could not be stored: {type(error).__name__}: {readable(error, 200)}"
    with atomic():
        StreamMessage.objects.bulk_create([_row(stream, message, Outcome(problem=problem))], ignore_conflicts=True)
    return Outcome(problem=problem)


def _once(stream: str, staking: StakingContract, messages: Sequence[Message]) -> list[Outcome]:
    client, _ = Client.objects.get_or_create(name=CLIENT)
    known = _known(stream, messages)
    new = [message for message in messages if _name(message) not in known]
    answers = _answers(client, staking, new)
    with atomic():
        orders = _insert(client, answers)
        outcomes = {_name(message): _outcome(answer, orders) for message, answer in zip(new, answers, strict=True)}
        copy_in([_row(stream, message, outcomes[_name(message)]) for message in new])
        crash.point("consuming")
    return [(known | outcomes)[_name(message)] for message in messages]


def _name(message: Message) -> tuple[str, str]:
    return message.id, message.entity


def _known(stream: str, messages: Sequence[Message]) -> dict[tuple[str, str], Outcome]:
    """Messages that were stored before. Of one that is gone from the stream only the id is left to know it by."""
    rows = StreamMessage.objects.filter(stream=stream, message_id__in=[message.id for message in messages])
    found = {
        (row.message_id, row.entity): Outcome(row.order_id, row.problem)
        for row in rows.only("message_id", "entity", "order_id", "problem")
    }
    by_id = {id_: outcome for (id_, _), outcome in found.items()}
    gone = {_name(message): by_id[message.id] for message in messages if message.is_gone and message.id in by_id}
    return found | gone


def _row(stream: str, message: Message, outcome: Outcome) -> StreamMessage:
    fields = dict(message.said) if outcome.problem else {}
    return StreamMessage(
        stream=stream,
        message_id=message.id,
        entity=message.entity,
        order_id=outcome.order,
        problem=readable(outcome.problem, 1000),
        fields=fields,
    )


# -- the orders ------------------------------------------------------------------------------------------------------------

Answer = Wish | Refused | Order


def _outcome(answer: Answer, made: Mapping[int, Order]) -> Outcome:
    if isinstance(answer, Refused):
        return Outcome(problem=" ".join(f"{error.field}: {error.message}" for error in answer.errors) or answer.message)
    order = made[id(answer)] if isinstance(answer, Wish) else answer
    return Outcome(order=order.pk)


def _answers(client: Client, staking: StakingContract, messages: Sequence[Message]) -> list[Answer]:
    """One for one: what is to be stored, the order that is this very action already, or a refusal."""
    wanted = iter(wishes([{**message.body, "staking": str(staking.pk)} for message in messages if message.body is not None]))
    answers = [next(wanted) if message.body is not None else Refused(Refusal.INVALID, message.problem) for message in messages]
    return _with_free_names(client, _with_earlier(client, staking, answers))


def _with_earlier(client: Client, staking: StakingContract, answers: Sequence[Wish | Refused]) -> list[Answer]:
    """The orders that have these signature ids already, whoever sent them: the stream's user has signed that very action."""
    stakes = {id(wish): wish.detail(wish.order(client)) for wish in answers if isinstance(wish, Wish)}
    ids = [stake.signature_id for stake in stakes.values() if isinstance(stake, Stake)]
    found = {
        stake.signature_id: stake
        for stake in Stake.objects.filter(staking=staking, signature_id__in=ids).select_related("order")
    }
    return [_earlier(answer, stakes.get(id(answer)), found) for answer in answers]


def _earlier(answer: Wish | Refused, stake: Any, found: Mapping[str, Stake]) -> Answer:
    there = found.get(stake.signature_id) if stake is not None else None
    if there is None:
        return answer
    return there.order if content(stake) == content(there) else taken(stake, there.order)


def _with_free_names(client: Client, answers: Sequence[Answer]) -> list[Answer]:
    """An entity that comes a second time with another action is another order, which cannot have its name as well."""
    named = [wish.external_id for wish in answers if isinstance(wish, Wish) and wish.external_id]
    seen = set(Order.objects.filter(client=client, external_id__in=named).values_list("external_id", flat=True))
    free: list[Answer] = []
    for answer in answers:
        if isinstance(answer, Wish) and answer.external_id:
            free.append(replace(answer, external_id="") if answer.external_id in seen else answer)
            seen.add(answer.external_id)
        else:
            free.append(answer)
    return free


def _insert(client: Client, answers: Sequence[Answer]) -> dict[int, Order]:
    """By the wish: its order."""
    rows = [(wish.order(client), wish) for wish in answers if isinstance(wish, Wish)]
    insert(rows)
    return {id(wish): order for order, wish in rows}


def store_again(row: StreamMessage, staking: StakingContract, message: Message) -> str:
    """What could not be read before, with what is known of it now; empty, or why it still is nothing. Raises DatabaseError."""
    with atomic():
        row = StreamMessage.objects.select_for_update().get(pk=row.pk)
        if row.order_id is not None:
            return ""
        client, _ = Client.objects.get_or_create(name=CLIENT)
        answers = _answers(client, staking, [message])
        outcome = _outcome(answers[0], _insert(client, answers))
        now = _row(row.stream, message, outcome)
        row.order_id, row.problem, row.fields = outcome.order, now.problem, now.fields
        row.save(update_fields=["order", "problem", "fields"])
    return row.problem
