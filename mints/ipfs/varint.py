"""Numbers of variable length (unsigned LEB128): seven bits a byte, the lowest first."""

LONGEST = 9  # bytes, as multiformats allows


def encode(number: int) -> bytes:
    """The bytes of a number that is not negative."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def decode(data: bytes, position: int = 0) -> tuple[int, int]:
    """The number at a position, and the position behind it. Raises ValueError where none ends in time."""
    number = 0
    for shift, byte in enumerate(data[position : position + LONGEST]):
        number |= (byte & 0x7F) << 7 * shift
        if not byte & 0x80:
            return number, position + shift + 1
    raise ValueError("the bytes end in the middle of a number")
