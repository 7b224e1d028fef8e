"""Compute units, as measured with the real programs. They are near, not equal: how near says `tests/solana/test_model.py`."""

from collections.abc import Iterable

DERIVE = 1_500  # for each address that is tried on the way to one off the curve
ENTRY = 3_500  # before Bubblegum knows which instruction it is
ARGUMENTS, PER_CREATOR = 2_000, 350
ACCOUNTS, SECOND_VERSION = 3_000, 1_000
CREATE, CREATED, CHECKED = 1_100, 6_000, 1_600
COLLECTION_ACCOUNTS, COLLECTION = 4_300, 700
CORE = 11_400
V2_FEE = 2_300
CORE_CREATE, CORE_PLUGIN, CORE_COUNT = 5_100, 9_100, 2_500
ASSOCIATED = 11_300
METADATA_BEGIN, METADATA_CREATE, METADATA_MINT = 2_500, 81_000, 39_900


TABLE, TABLE_CREATE, TABLE_GROW = 1_700, 8_300, 4_900
COMPRESSION, EXPLAIN = 3_500, 23_600  # addresses in a log line are dear


def item(size: int) -> int:
    """Checking and hashing an item of `size` bytes."""
    return 17_000 + 10 * size


def initialize(depth: int) -> int:
    """For each level the empty nodes below it are computed."""
    return 4_600 + 300 * depth + 307 * depth * depth


def append(depth: int, index: int, canopy: int) -> int:
    """A leaf that closes a subtree computes the empty nodes next to it."""
    if index == 0:
        return 5_100 + 870 * depth + 27 * canopy
    joins = (index & -index).bit_length() - 1
    return 4_200 + 250 * depth + 27 * canopy + 150 * joins * joins + 120 * joins


def verify(depth: int, empty: Iterable[int]) -> int:
    """Climbing up to the root; `empty` are the levels whose empty nodes the canopy does not have."""
    return 3_100 + 507 * depth + sum(310 * level for level in empty)
