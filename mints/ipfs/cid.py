"""Content identifiers: the name of a block is a hash of its bytes. SHA2-256 only, as every IPFS node makes them."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from chain import base58
from mints.ipfs import varint

_SHA2_256 = b"\x12\x20"  # multihash: the function's number, 32 bytes
_LONGEST = 100  # letters; what is longer is no CID and not worth decoding


class CidError(ValueError):
    """That is no CID, or one of a kind that is not made here."""


class Codec(IntEnum):
    """How a block is to be read."""

    RAW = 0x55  # a piece of a file, as it is
    DAG_PB = 0x70  # links to other blocks: a folder, or a file in several pieces


@dataclass(frozen=True, slots=True, order=True)
class Cid:
    """Names a block. Version 0 is the older way to write one of codec DAG_PB: `Qm…`; version 1 is written `bafy…`, `bafk…`."""

    version: int
    codec: Codec
    digest: bytes

    @classmethod
    def of(cls, block: bytes, codec: Codec, version: int) -> Self:
        """The name of these bytes."""
        return cls(version, codec, hashlib.sha256(block).digest())

    @classmethod
    def parse(cls, text: str) -> Self:
        """What a text names. Raises CidError."""
        if len(text) > _LONGEST:
            raise CidError("A CID is shorter.")
        try:
            found = cls.unpack(_decoded(text))
        except (ValueError, IndexError, binascii.Error) as error:
            raise CidError(f"{text} is no CID of SHA2-256.") from error
        if text not in (str(found), f"z{base58.encode(bytes(found))}"):
            raise CidError(f"{text} is not how that CID is written; write {found}.")
        return found

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """The CID of its bytes. Raises ValueError."""
        if len(data) == 34 and data[:2] == _SHA2_256:
            return cls(0, Codec.DAG_PB, data[2:])
        version, position = varint.decode(data)
        codec, position = varint.decode(data, position)
        hashed = data[position:]
        if version != 1 or len(hashed) != 34 or hashed[:2] != _SHA2_256:
            raise CidError("That is no CID of SHA2-256.")
        return cls(1, Codec(codec), hashed[2:])

    def __bytes__(self) -> bytes:
        hashed = _SHA2_256 + self.digest
        return hashed if self.version == 0 else bytes((self.version, self.codec)) + hashed

    def __str__(self) -> str:
        if self.version == 0:
            return base58.encode(bytes(self))
        return "b" + base64.b32encode(bytes(self)).decode().rstrip("=").lower()

    def fits(self, block: bytes) -> bool:
        """Whether these are the bytes it names."""
        return hashlib.sha256(block).digest() == self.digest

    @property
    def modern(self) -> Self:
        """The same block's CID of version 1."""
        return type(self)(1, self.codec, self.digest)


def _decoded(text: str) -> bytes:
    """The bytes of a CID's text. Raises ValueError."""
    match text[:1]:
        case "Q":
            return base58.decode(text)
        case "z":
            return base58.decode(text[1:])
        case "b":
            letters = text[1:].upper()
            return base64.b32decode(letters + "=" * (-len(letters) % 8))
        case _:
            raise CidError("A CID begins with Qm, b or z.")
