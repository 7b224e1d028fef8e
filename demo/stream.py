"""The staking processor's old front end: what its users sign goes into a Redis stream, and it reads there what became of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis

from demo import stakers
from demo.orders import Sent, Wanted
from demo.world import World
from orders.outside import connect
from orders.states import Status
from stakes.inbox import StreamMessage
from stakes.models import Stake

KEY = "feeless:signatures"
STAKES = 50
_PATH = "stream "


@dataclass(frozen=True, slots=True)
class Signed:
    """A message in the stream, and how its order must end."""

    message: str
    wanted: Wanted


class FrontEnd:
    """A plain Redis client, as the old one was. `run` sets its actions apart from those of earlier runs."""

    def __init__(self, url: str, run: str) -> None:
        self._redis: Redis = connect(url)
        self._run = run

    def send(self, world: World) -> list[Signed]:
        """Fifty stakes, each a hash and a message that names it; every tenth is of more than its owner has."""
        stakes = enumerate(stakers.signed(world.staking, f"{self._run}-stream", STAKES))
        return [self._send(stake, number) for number, stake in stakes]

    def _send(self, stake: Stake, number: int) -> Signed:
        entity = f"{self._run}-{number + 1:04d}"
        self._redis.hset(_key(entity), mapping=_hash(stake))
        id_: Any = self._redis.xadd(KEY, {"type": "stake", "entityId": entity})
        fails = stakers.REFUSED_WITH if stakers.is_refused(number) else ""
        return Signed(id_.decode(), Wanted(f"{_PATH}{entity}", {}, fails))

    def differences(self, sent: Sequence[Sent]) -> Iterator[str]:
        """Where a hash does not say what its order's end demands: gone, or why it failed."""
        for each in sent:
            key = _key(each.wanted.path.removeprefix(_PATH))
            said: dict[Any, Any] = self._redis.hgetall(key)
            if each.wanted.fails_with.encode() not in said.get(b"failReason", b"") or bool(said) != bool(
                each.wanted.fails_with
            ):
                yield f"The hash {key} says {said} of an order that must have ended otherwise."

    def is_told(self) -> bool:
        """Whether the front end has been told of the end of everything."""
        rows = StreamMessage.objects.filter(stream=KEY, order__status__in=(Status.COMPLETED, Status.FAILED))
        return not rows.exclude(told__startswith="completed:").exclude(told__startswith="failed:").exists()


def is_stored(signed: Sequence[Signed]) -> bool:
    return len(orders_of(signed)) == len(signed)


def orders_of(signed: Sequence[Signed]) -> list[Sent]:
    """The orders that these messages have become, as far as they are stored."""
    rows = StreamMessage.objects.filter(stream=KEY, message_id__in=[each.message for each in signed], order__isnull=False)
    found = dict(rows.values_list("message_id", "order"))
    return [Sent(found[each.message], each.wanted) for each in signed if each.message in found]


def is_from_stream(sent: Sent) -> bool:
    return sent.wanted.path.startswith(_PATH)


def _key(entity: str) -> str:
    return f"PendingStake:{entity}"


def _hash(stake: Stake) -> dict[Any, Any]:
    """As redis-om writes it: all of it text."""
    return {
        "owner": stake.owner, "targetNftId": str(stake.target), "dipAmount": str(stake.amount),
        "signatureId": stake.signature_id, "signature": "0x" + bytes(stake.signature).hex(),
    }  # fmt: skip
