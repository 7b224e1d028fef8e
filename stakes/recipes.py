"""What one action of a staking contract is: the call, the event that proves it, and the message that its owner signs. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from chain.calls import Call, Signature
from chain.errors import ChainError
from chain.events import Log, decode
from chain.templates import fill
from chain.typed_data import Domain, Struct, digest, struct

# A plausible stake. The keys are all placeholders there are; a stake has no `stake_id`, a restake no `amount`.
PROBE: Mapping[str, Any] = {
    "owner": "0x000000000000000000000000000000000000dEaD",
    "target": 1,
    "stake_id": 1,
    "amount": 1,
    "signature_id": "0x" + b"id".hex().ljust(64, "0"),
    "signature": "0x" + "11" * 64 + "1b",
    "order_id": UUID("01890a5d-ac96-774b-bcce-b302099a8057"),
}
# What an event can prove: the field, and the ABI type that its parameter begins with.
PROVABLE = {"owner": "address", "target": "uint", "stake_id": "uint", "amount": "uint", "signature_id": "bytes32"}

signature = lru_cache(maxsize=256)(Signature.parse)


class RecipeError(ChainError):
    """A staking contract is not configured so that it can work."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The call and its proof: `proof` says which parameter of the event, as `chain.events.decode` names it, is which field."""

    contract: str
    function: Signature
    arguments: list[Any]
    emitter: str
    event: Signature
    proof: Mapping[str, str]

    def call(self, fields: Mapping[str, Any]) -> Call:
        """Raises ChainError."""
        arguments = fill(self.arguments, self.function.types, fields, known=PROBE.keys())
        return Call(self.contract, self.function.encode(arguments))

    def proves(self, field: str) -> bool:
        return field in self.proof.values()

    @property
    def owner_at(self) -> int:
        """The place of the owner among the event's parameters."""
        parameter = next(each for each, field in self.proof.items() if field == "owner")
        names = [name or f"arg{position}" for position, name in enumerate(self.event.names)]
        return names.index(parameter)

    def claimed(self, fields: Mapping[str, Any]) -> tuple[Any, ...]:
        """What the event has to say of these fields, in the order of `proof`."""
        return tuple(fields[name] for name in self.proof.values())

    def said(self, log: Log) -> tuple[Any, ...] | None:
        """What a log says, in the order of `proof`; None when it is not this event of this emitter."""
        values = decode(self.event, log) if log.address.lower() == self.emitter.lower() else None
        return None if values is None else tuple(_plain(values[parameter]) for parameter in self.proof)


def _plain(value: Any) -> Any:
    return "0x" + value.hex() if isinstance(value, bytes) else value


def read_proof(event: Signature, proof: Any) -> dict[str, str]:
    """`{"user": "{owner}", "0": "{target}"}` as `Recipe.proof`. Raises RecipeError."""
    if not isinstance(proof, dict) or not proof:
        raise RecipeError('It is an object such as {"user": "{owner}"}: which parameter must be what.')
    found = dict(_read_proof(event, parameter, placeholder) for parameter, placeholder in proof.items())
    if "owner" not in found.values():
        raise RecipeError("One of the event's parameters must be the {owner}.")
    return found


def _read_proof(event: Signature, parameter: str, placeholder: Any) -> tuple[str, str]:
    position = event.names.index(parameter) if parameter in event.names else _position(parameter)
    if position is None or position >= len(event.types):
        raise RecipeError(f"The event has no parameter {parameter!r}.")
    name = placeholder[1:-1] if isinstance(placeholder, str) and placeholder[:1] + placeholder[-1:] == "{}" else ""
    if name not in PROVABLE:
        raise RecipeError(f"{placeholder!r} is none of {', '.join(f'{{{each}}}' for each in PROVABLE)}.")
    if not event.types[position].startswith(PROVABLE[name]) or event.types[position].endswith("]"):
        raise RecipeError(f"{{{name}}} cannot be compared with a parameter of type {event.types[position]}.")
    return event.names[position] or f"arg{position}", name


def _position(parameter: str) -> int | None:
    return int(parameter) if parameter.isascii() and parameter.isdecimal() else None


# -- what is signed ------------------------------------------------------------------------------------------------------


def flat(text: str) -> Struct:
    """The struct type that is signed. Raises ChainError."""
    kind = struct(text)
    if kind.text.count("(") > 1:
        raise RecipeError("A struct with other structs inside is not supported.")
    return kind


def signed_digest(domain: Domain, text: str, message: list[Any], fields: Mapping[str, Any]) -> bytes:
    """The 32 bytes that the owner must have signed. Raises ChainError."""
    kind = struct(text)
    return digest(domain, kind, fill(message, kind.types, fields, known=PROBE.keys()))
