"""Compute units, as measured with the real programs. They are near, not equal: how near says `tests/solana/test_model.py`."""

DERIVE = 1_500  # for each address that is tried on the way to one off the curve
ENTRY = 3_500
CREATE = 4_000
MINT = 5_000
COLLECTION = 6_000
CORE = 6_000
CORE_CREATE = 4_500
CORE_PLUGIN = 8_000
CORE_COUNT = 2_500
ASSOCIATED = 10_000
METADATA_CREATE = 50_000
METADATA_MINT = 30_000


def item(size: int) -> int:
    """Checking and hashing an item of `size` bytes."""
    return 12_000 + 10 * size


def initialize(depth: int) -> int:
    return 3_000 + 300 * depth * depth


def append(depth: int, leaves: int) -> int:
    return 3_000 + 150 * depth + (600 * depth if leaves == 0 else 0)


def verify(depth: int) -> int:
    return 3_000 + 300 * depth
