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
