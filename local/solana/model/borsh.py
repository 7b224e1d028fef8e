"""Reading and writing Borsh. Numbers are little-endian."""

from collections.abc import Callable
from hashlib import sha256
from typing import TypeVar

from solders.pubkey import Pubkey

T = TypeVar("T")


class Malformed(ValueError):
    """The bytes end too early, or mean nothing."""


class Reader:
    """From the front of some bytes. All methods raise Malformed."""

    def __init__(self, data: bytes) -> None:
        self.rest = data

    def take(self, size: int) -> bytes:
        if len(self.rest) < size:
            raise Malformed
        taken, self.rest = self.rest[:size], self.rest[size:]
        return bytes(taken)

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def boolean(self) -> bool:
        return bool(self.choice(2))

    def choice(self, most: int) -> int:
        """The number of a variant of an enum of `most`."""
        if (number := self.number(1)) >= most:
            raise Malformed
        return number

    def key(self) -> Pubkey:
        return Pubkey.from_bytes(self.take(32))

    def text(self) -> bytes:
        """A string's bytes, which must be UTF-8."""
        encoded = self.take(self.number(4))
        try:
            encoded.decode()
        except UnicodeDecodeError:
            raise Malformed from None
        return encoded

    def option(self, read: Callable[[], T]) -> T | None:
        return read() if self.boolean() else None

    def vector(self, read: Callable[[], T]) -> list[T]:
        return [read() for _ in range(self.number(4))]


def number(value: int, size: int) -> bytes:
    return value.to_bytes(size, "little")


def text(encoded: bytes) -> bytes:
    return number(len(encoded), 4) + encoded


def discriminator(space: str, name: str) -> bytes:
    """Anchor's eight bytes for an instruction (`global`) or an account (`account`)."""
    return sha256(f"{space}:{name}".encode()).digest()[:8]
