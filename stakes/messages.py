"""From a message of the stream and its hash to the body of a stake, as REST would have it; or why not. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chain.calls import address
from chain.errors import ChainError
from orders.outside import readable
from stakes.models import StakeAction
from stakes.stream import FIELDS, Entry

# By a message's `type`: the action, and what the key of its hash begins with (redis-om's).
TYPES = {"stake": (StakeAction.STAKE, "PendingStake:"), "restake": (StakeAction.RESTAKE, "PendingRestake:")}
LONGEST = 150  # characters of an entity's id; redis-om's have 26
_NUMBER = re.compile("0|[1-9][0-9]{0,77}")


class Unreadable(Exception):
    """A message that nothing can be made of; the message says why, to people."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as far as it could be read: `body` is what it asks for, or `problem` says why nobody knows.

    `said` is what stood in it and in its hash, for people.
    """

    id: str
    entity: str = ""
    action: StakeAction | None = None
    body: Mapping[str, Any] | None = None
    problem: str = ""
    is_gone: bool = False
    said: Mapping[str, str] = field(default_factory=dict)

    def with_hash(self, values: Sequence[bytes | None] | None) -> "Message":
        """The message with what its hash says, in the order of FIELDS; None where there is no such hash."""
        if self.problem or self.action is None:
            return self
        found = {name: value for name, value in zip(FIELDS, values or [], strict=False) if value is not None}
        said = {**self.said, **{name: readable(value) for name, value in found.items()}}
        if not found:
            return replace(self, problem=f"There is no hash {self.entity}.")
        try:
            return replace(self, body=_body(self.action, self.entity.partition(":")[2], found), said=said)
        except Unreadable as why:
            return replace(self, problem=str(why), said=said)


def read(entry: Entry) -> Message:
    """What a message alone tells: which hash has the action."""
    if entry.fields is None:
        return Message(entry.id, problem="It was deleted from the stream before it could be read.", is_gone=True)
    said = {readable(name, 50): readable(value) for name, value in list(entry.fields.items())[:20]}
    return read_again(entry.id, said)


def read_again(id_: str, said: Mapping[str, str]) -> Message:
    """The same from what was kept of a message."""
    kind, entity = said.get("type", ""), said.get("entityId", "")
    if kind not in TYPES:
        return Message(id_, problem=f"Its type is {kind!r}, and neither `stake` nor `restake`.", said=said)
    if not entity or len(entity) > LONGEST:
        return Message(id_, problem=f"Its entityId must be a text of 1 to {LONGEST} characters.", said=said)
    action, prefix = TYPES[kind]
    return Message(id_, prefix + entity, action, said=said)


def _body(action: StakeAction, entity: str, found: Mapping[str, bytes]) -> dict[str, Any]:
    """Raises Unreadable."""
    number = {"amount": "dipAmount"} if action == StakeAction.STAKE else {"stake_id": "stakeNftId"}
    return {
        "action": action,
        "owner": _value(found, "owner", address),
        "target": _value(found, "targetNftId", _number),
        **{name: _value(found, theirs, _number) for name, theirs in number.items()},
        "signature_id": _value(found, "signatureId", str),
        "signature": _value(found, "signature", str),
        "external_id": entity if len(entity) <= 100 else "",
        "hold": False,
    }


def _value(found: Mapping[str, bytes], name: str, convert: Callable[[str], Any]) -> Any:
    if name not in found:
        raise Unreadable(f"{name}: the hash has no such field.")
    try:
        return convert(found[name].decode())
    except (ChainError, ValueError) as error:  # UnicodeDecodeError is one of the second
        raise Unreadable(f"{name}: {readable(error, 200)}") from error


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError("It must be a whole number as decimal text.")
    return int(text)
