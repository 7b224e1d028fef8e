"""MurmurHash3, x64, 128 bits, seed 0: of it the first 64 bits, by which IPFS spreads the names of a large folder.

Not a cryptographic hash; it is here because CIDs of large folders depend on it (multihash 0x22).
"""

_MASK = (1 << 64) - 1
_C1, _C2 = 0x87C37B91114253D5, 0x4CF5AD432745937F


def murmur3(data: bytes) -> bytes:
    """Eight bytes, the highest first."""
    one = two = 0
    whole = len(data) // 16 * 16
    for start in range(0, whole, 16):
        one = _mixed(one ^ _first(_number(data[start : start + 8])), two, 27, 0x52DCE729)
        two = _mixed(two ^ _second(_number(data[start + 8 : start + 16])), one, 31, 0x38495AB5)
    tail = data[whole:]
    one ^= _first(_number(tail[:8])) ^ len(data)
    two ^= _second(_number(tail[8:])) ^ len(data)
    one = (one + two) & _MASK
    two = (two + one) & _MASK
    return ((_avalanche(one) + _avalanche(two)) & _MASK).to_bytes(8)


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _turn(value: int, bits: int) -> int:
    return (value << bits | value >> 64 - bits) & _MASK


def _first(value: int) -> int:
    return _turn(value * _C1 & _MASK, 31) * _C2 & _MASK


def _second(value: int) -> int:
    return _turn(value * _C2 & _MASK, 33) * _C1 & _MASK


def _mixed(half: int, other: int, bits: int, addend: int) -> int:
    return ((_turn(half, bits) + other) * 5 + addend) & _MASK


def _avalanche(value: int) -> int:
    value = (value ^ value >> 33) * 0xFF51AFD7ED558CCD & _MASK
    value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53 & _MASK
    return value ^ value >> 33
