"""EIP-712: what a person's wallet shows and signs, as the 32 bytes that are signed, and back to whose signature it is. Pure.

Hashing goes through `chain.calls.encode` and recovery straight to libsecp256k1: that checks a signature in some 50 µs, where
eth_account takes three to four times as long, and half a second to be imported.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from coincurve import PublicKey
from eth_hash.auto import keccak

from chain.calls import Signature, checksum, encode
from chain.errors import ChainError

SIGNATURE_BYTES = 65
# Half of secp256k1's order. Above it stands the mirror image of a good signature, which contracts refuse (EIP-2).
_HIGHEST_S = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_V = {27: b"\0", 28: b"\1"}  # what Solidity's ecrecover takes
_DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"

Values = Sequence[Any]
_Shorten = Callable[[Any], Any]


class TypeTextError(ChainError):
    """That is no EIP-712 struct type."""


class BadSignature(ChainError):
    """Nobody can have made this signature, or no contract accepts it in this form."""


@dataclass(frozen=True, slots=True)
class Domain:
    """What a signature is for: the contract that checks it (EIP-55), on its chain, under its name and version."""

    name: str
    version: str
    chain_id: int
    contract: str


@dataclass(frozen=True, slots=True)
class Struct:
    """A struct type: its text as it is hashed, and the names and types of its members.

    `words` are the ABI types that stand for the members in the hash, and `shorten` makes a member's value into that word.
    """

    text: str
    names: tuple[str, ...]
    types: tuple[str, ...]
    words: tuple[str, ...]
    shorten: tuple[_Shorten | None, ...]

    def hash(self, values: Values) -> bytes:
        """`hashStruct`, of values in the members' order; a struct inside is a sequence too. Raises CodecError."""
        short = [make(value) if make else value for make, value in zip(self.shorten, values, strict=True)]
        return keccak(encode(self.words, [_hash_text(self.text), *short]))


@lru_cache(maxsize=256)
def struct(text: str) -> Struct:
    """Read `Mail(Person from,string contents)Person(string name)`: the struct itself, then those it has inside.

    Raises TypeTextError with a sentence for the person who wrote it.
    """
    found = _STRUCT.findall(text)
    if not found or _STRUCT.sub("", text).strip():
        raise TypeTextError("A struct type looks like Stake(uint96 target,uint256 amount).")
    members = {name: tuple(_member(part) for part in parts.split(",")) for name, parts in found}
    return _struct(found[0][0], members, ())


def digest(domain: Domain, kind: Struct, values: Values) -> bytes:
    """The 32 bytes that are signed. Raises CodecError."""
    return keccak(b"\x19\x01" + separator(domain) + kind.hash(values))


@lru_cache(maxsize=1024)
def separator(domain: Domain) -> bytes:
    """The domain's own hash."""
    return struct(_DOMAIN).hash([domain.name, domain.version, domain.chain_id, domain.contract])


def recover(signed: bytes, signature: bytes) -> str:
    """Whose key made the signature (65 bytes: r, s, v) over this digest, as EIP-55. Raises BadSignature."""
    if len(signature) != SIGNATURE_BYTES:
        raise BadSignature(f"A signature has {SIGNATURE_BYTES} bytes (r, s and v), this one has {len(signature)}.")
    if signature[64] not in _V:
        raise BadSignature(f"A signature ends in 27 or 28, not in {signature[64]}.")
    if int.from_bytes(signature[32:64]) > _HIGHEST_S:
        raise BadSignature("The signature's s is in the upper half of the curve, which contracts refuse.")
    try:
        key = PublicKey.from_signature_and_message(signature[:64] + _V[signature[64]], signed, hasher=None)
    except Exception as error:  # coincurve raises a bare Exception for a point that is not on the curve
        raise BadSignature("The signature belongs to no key at all.") from error
    return checksum(keccak(key.format(compressed=False)[1:])[12:])


# -- types -----------------------------------------------------------------------------------------

_STRUCT = re.compile(r"([A-Za-z_$][\w$]*)\(([^()]*)\)", re.ASCII)
_MEMBER = re.compile(r"\s*([A-Za-z_$][\w$]*)((?:\[\d*\])*)\s+([A-Za-z_$][\w$]*)\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Member:
    base: str
    dimensions: str
    name: str

    @property
    def text(self) -> str:
        return f"{self.base}{self.dimensions} {self.name}"


_Structs = Mapping[str, Sequence[_Member]]


def _member(part: str) -> _Member:
    found = _MEMBER.fullmatch(part)
    if not found:
        raise TypeTextError(f"'{part.strip()[:80]}' is no member of a struct: it has a type and a name.")
    return _Member(*found.groups())


def _struct(name: str, structs: _Structs, around: tuple[str, ...]) -> Struct:
    if name in around:
        raise TypeTextError(f"The struct {name} contains itself.")
    members = structs[name]
    parts = [_word(member.base, member.dimensions, structs, (*around, name)) for member in members]
    return Struct(
        _text(name, structs),
        tuple(member.name for member in members),
        tuple(member.base + member.dimensions for member in members),
        ("bytes32", *(word for word, _ in parts)),
        tuple(shorten for _, shorten in parts),
    )


def _text(name: str, structs: _Structs) -> str:
    """`encodeType`: the struct, then all that it has inside, in the order of their names."""
    inside = sorted(_inside(name, structs) - {name})
    return "".join(f"{each}({','.join(member.text for member in structs[each])})" for each in [name, *inside])


def _inside(name: str, structs: _Structs) -> set[str]:
    parts = {member.base for member in structs[name] if member.base in structs}
    return parts.union(*(_inside(part, structs) for part in parts))


def _word(base: str, dimensions: str, structs: _Structs, around: tuple[str, ...]) -> tuple[str, _Shorten | None]:
    """The ABI type that stands for a member in the hash, and what makes its value that."""
    if dimensions:
        inner, shorten = _word(base, dimensions[: dimensions.rindex("[")], structs, around)
        return "bytes32", partial(_hash_array, inner, shorten)
    if base in structs:
        return "bytes32", _struct(base, structs, around).hash
    if base in ("string", "bytes"):
        return "bytes32", _hash_bytes
    return _elementary(base), None


def _elementary(base: str) -> str:
    try:
        (canonical,) = Signature.parse(f"of({base})").types
    except ChainError as error:
        raise TypeTextError(f"'{base}' is neither an ABI type nor a struct of this text.") from error
    if canonical != base:
        raise TypeTextError(f"'{base}' is written out here: {canonical}.")
    return base


def _hash_array(word: str, shorten: _Shorten | None, values: Values) -> bytes:
    return keccak(b"".join(encode((word,), [shorten(value) if shorten else value]) for value in values))


def _hash_bytes(value: str | bytes) -> bytes:
    return keccak(value.encode() if isinstance(value, str) else value)


@lru_cache(maxsize=256)
def _hash_text(text: str) -> bytes:
    return keccak(text.encode())
