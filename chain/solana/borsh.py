"""Borsh, the little of it that these programs need, and Anchor's discriminators. Numbers are little-endian."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import TypeVar

_T = TypeVar("_T")


def discriminator(instruction: str) -> bytes:
    """The eight bytes by which an Anchor program knows its instruction (snake_case)."""
    return sha256(f"global:{instruction}".encode()).digest()[:8]


def u8(number: int) -> bytes:
    return number.to_bytes(1, "little")


def u16(number: int) -> bytes:
    return number.to_bytes(2, "little")


def u32(number: int) -> bytes:
    return number.to_bytes(4, "little")


def u64(number: int) -> bytes:
    return number.to_bytes(8, "little")


def boolean(value: bool) -> bytes:  # noqa: FBT001 - one value, as in the others
    return u8(int(value))


def string(text: str) -> bytes:
    encoded = text.encode()
    return u32(len(encoded)) + encoded


def option(value: _T | None, encode: Callable[[_T], bytes]) -> bytes:
    return b"\x00" if value is None else b"\x01" + encode(value)


def vector(values: Sequence[_T], encode: Callable[[_T], bytes]) -> bytes:
    return u32(len(values)) + b"".join(map(encode, values))


class Reader:
    """Bytes read from their beginning on. Each method raises ValueError where there are too few of them."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) != size:
            raise ValueError("The bytes end too early.")
        self._at += size
        return taken

    def u8(self) -> int:
        return int.from_bytes(self.take(1), "little")

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def u64(self) -> int:
        return int.from_bytes(self.take(8), "little")

    def string(self) -> str:
        return self.take(self.u32()).decode()
