"""The old front end: it writes what its users signed into Redis, with a plain client, and reads there what became of it."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from redis import Redis

from stakes.models import Stake, StakeAction

KEY = "feeless:signatures"
GROUP = "staking-backend-processor"
PREFIX = {StakeAction.STAKE: "PendingStake", StakeAction.RESTAKE: "PendingRestake"}


@dataclass(slots=True)
class FrontEnd:
    """What it has put there: message ids, oldest first."""

    redis: Redis
    key: str = KEY
    sent: deque[str] = field(default_factory=deque)
    _numbers: Any = field(default_factory=lambda: count(1))

    def put(self, stake: Stake, entity: str = "", **over: str) -> str:
        """One signed action, as redis-om writes it, and its message; the key of its hash. `over` replaces fields there."""
        entity = entity or f"01H{next(self._numbers):023d}"
        key = f"{PREFIX[StakeAction(stake.action)]}:{entity}"
        self.redis.hset(key, mapping=dict[Any, Any](hash_of(stake) | over))
        self.say(type=str(stake.action), entityId=entity)
        return key

    def say(self, **fields: str) -> str:
        """A message, whatever it says; its id."""
        id_: bytes = self.redis.xadd(self.key, dict(fields))  # type: ignore[arg-type, assignment]
        self.sent.append(id_.decode())
        return id_.decode()

    def shows(self, key: str) -> Mapping[str, str]:
        """What a hash says now."""
        found: Mapping[Any, Any] = self.redis.hgetall(key)
        return {name.decode(): value.decode() for name, value in found.items()}

    def unacknowledged(self) -> int:
        return int(self.redis.xpending(self.key, GROUP)["pending"])

    def dead(self) -> list[Mapping[str, str]]:
        letters: Any = self.redis.xrange(f"{self.key}:dead")
        return [{name.decode(): value.decode() for name, value in fields.items()} for _, fields in letters]


def hash_of(stake: Stake) -> dict[str, str]:
    """The fields of the entity's hash, all of them text."""
    numbers = (
        {"targetNftId": stake.target, "dipAmount": stake.amount}
        if stake.action == StakeAction.STAKE
        else {"stakeNftId": stake.stake_id, "targetNftId": stake.target}
    )
    return {
        "owner": stake.owner,
        **{name: str(number) for name, number in numbers.items()},
        "signatureId": stake.signature_id,
        "signature": "0x" + bytes(stake.signature).hex(),
        "timestamp": "1690000000",
    }
