"""What a contract is asked to do: addresses, function signatures as people write them, and calldata.

Pure: no node, no Django. Encoding goes through `eth_abi` with one codec cached per list of types, because
web3's contract wrapper costs 50 times as much per call.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from eth_abi import decoding
from eth_abi.exceptions import DecodingError, EncodingError
from eth_abi.registry import BaseEquals, registry
from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address

from chain import grammar
from chain.errors import ChainError
from chain.grammar import SignatureError

__all__ = [
    "ZERO_ADDRESS",
    "AddressError",
    "Call",
    "CodecError",
    "Signature",
    "SignatureError",
    "address",
    "checksum",
    "checksummed",
    "decode",
    "encode",
]

ZERO_ADDRESS = "0x" + "00" * 20
LAST_PRECOMPILE = 0x11  # BLS12-381, EIP-2537; 0x100 is secp256r1, EIP-7951
P256_PRECOMPILE = 0x100


class AddressError(ChainError):
    """That is not an address somebody can be paid at."""


class CodecError(ChainError):
    """The values do not fit the types, or the data does not."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a contract, before anybody knows who signs it.

    `to` is EIP-55, `value` in wei, `gas` an upper hint.
    """

    to: str
    data: bytes
    value: int = 0
    gas: int | None = None


# -- addresses -------------------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def checksum(raw: bytes) -> str:
    """Twenty bytes as EIP-55 text. Cached: a keccak in Python costs more than encoding the rest of a call."""
    return str(to_checksum_address(raw))


def checksummed(value: str) -> str:
    """Any address, also a reserved one, as EIP-55. Raises AddressError.

    Mixed case must carry the right checksum, which guards against typos; all lower case carries none.
    """
    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", value):
        raise AddressError("An address is 0x and 40 hexadecimal digits.")
    parsed = checksum(bytes.fromhex(value[2:]))
    if value not in (parsed, parsed.lower()):
        raise AddressError("The address fails its checksum (EIP-55): a digit or a letter's case is wrong.")
    return parsed


def address(value: str) -> str:
    """An address that may receive something, as EIP-55: no zero, no precompile. Raises AddressError."""
    parsed = checksummed(value)
    number = int(parsed, 16)
    if number == 0:
        raise AddressError("The zero address cannot receive anything.")
    if number <= LAST_PRECOMPILE or number == P256_PRECOMPILE:
        raise AddressError("That address is a precompiled contract: what it receives is lost.")
    return parsed


# -- calldata --------------------------------------------------------------------------------------


class _ChecksumDecoder(decoding.AddressDecoder):
    """`eth_abi` hands out lower case; everything of ours is EIP-55."""

    decoder_fn = staticmethod(checksum)  # type: ignore[assignment]  # it returns a plain str


# Parts of eth_abi that have no annotations, named once.
_Stream: Any = decoding.ContextFramesBytesIO
_is_address: Any = cast(Any, BaseEquals)("address")
_registry: Any = cast(Any, registry).copy()
_registry.unregister_decoder(_is_address)
_registry.register_decoder(_is_address, _ChecksumDecoder)


@lru_cache(maxsize=1024)
def _encoder(types: tuple[str, ...]) -> Callable[[Sequence[Any]], bytes]:
    return cast(Callable[[Sequence[Any]], bytes], _registry.get_tuple_encoder(*types))


@lru_cache(maxsize=1024)
def _decoder(types: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    # strict=False reads as Solidity does: padding is not looked at (Vyper and assembly leave dirt there).
    return cast(Callable[[Any], tuple[Any, ...]], _registry.get_tuple_decoder(*types, strict=False))


def encode(types: Sequence[str], values: Sequence[Any]) -> bytes:
    """ABI-encode values, without a selector. Raises CodecError."""
    try:
        return _encoder(tuple(types))(values)
    except (EncodingError, ValueError, TypeError, AttributeError) as error:
        raise CodecError(f"The values do not fit ({', '.join(types)}): {error}") from error


def decode(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """ABI-decode data that has no selector; addresses come out as EIP-55. Raises CodecError."""
    try:
        return _decoder(tuple(types))(_Stream(data))
    except (DecodingError, ValueError, OverflowError) as error:
        raise CodecError(f"The data is not ({', '.join(types)}).") from error


# -- signatures ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signature:
    """A function, event or error: `claim(address,(bytes32[],uint256))`.

    `names` holds "" where none was written.
    """

    name: str
    types: tuple[str, ...]
    indexed: tuple[bool, ...]
    names: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "Signature":
        """Read a signature the way people copy it out of Solidity or an explorer. Raises SignatureError."""
        name, parameters = grammar.parse(text)
        return cls(
            name,
            types=tuple(parameter.type for parameter in parameters),
            indexed=tuple(parameter.indexed for parameter in parameters),
            names=tuple(parameter.name for parameter in parameters),
        )

    @property
    def text(self) -> str:
        """The canonical form that is hashed: no names, no spaces, `uint` written out."""
        return f"{self.name}({','.join(self.types)})"

    @property
    def selector(self) -> bytes:
        """The four bytes in front of calldata and of revert data."""
        return _hash(self.text)[:4]

    @property
    def topic(self) -> str:
        """An event's first topic: 0x and 64 lower-case hexadecimal digits."""
        return "0x" + _hash(self.text).hex()

    def encode(self, values: Sequence[Any]) -> bytes:
        """Selector and arguments. Raises CodecError."""
        return self.selector + encode(self.types, values)

    def decode(self, data: bytes) -> tuple[Any, ...]:
        """The arguments of calldata or revert data that begin with this selector. Raises CodecError."""
        if data[:4] != self.selector:
            raise CodecError(f"The data does not begin with the selector of {self.text}.")
        return decode(self.types, data[4:])


@lru_cache(maxsize=4096)
def _hash(text: str) -> bytes:
    return bytes(keccak(text.encode()))
