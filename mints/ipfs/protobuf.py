"""As much of Protocol Buffers as blocks are made of: numbers and byte strings."""

from collections.abc import Iterator

from mints.ipfs import varint

_NUMBER, _BYTES = 0, 2  # wire types


def number(field: int, value: int) -> bytes:
    """A field that is a number."""
    return bytes((field << 3 | _NUMBER,)) + varint.encode(value)


def string(field: int, value: bytes) -> bytes:
    """A field that is bytes, a text or a message of its own."""
    return bytes((field << 3 | _BYTES,)) + varint.encode(len(value)) + value


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Every field with its number, in the order they stand. Raises ValueError."""
    position = 0
    while position < len(data):
        tag, position = varint.decode(data, position)
        value, position = varint.decode(data, position)
        if tag & 7 == _NUMBER:
            yield tag >> 3, value
        elif tag & 7 == _BYTES and position + value <= len(data):
            yield tag >> 3, data[position : position + value]
            position += value
        else:
            raise ValueError("the bytes are no message that is known here")
