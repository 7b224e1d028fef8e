"""The account a tree lives in: how large it is, and the root in it."""

from dataclasses import dataclass

_HEADER = 56  # bytes before the tree itself
_COUNTERS = 24  # sequence number, active index, number of changes: u64 each
_UNCANOPIED = 17  # levels that Bubblegum lets stand without a canopy


@dataclass(frozen=True, slots=True)
class Shape:
    """Levels, changes kept, and the levels from the top whose nodes the account keeps (canopy)."""

    depth: int
    buffer: int
    canopy: int = 0

    @property
    def capacity(self) -> int:
        """Leaves."""
        return 1 << self.depth

    @property
    def least_canopy(self) -> int:
        """Levels that Bubblegum demands (else 6041)."""
        return max(self.depth - _UNCANOPIED, 0)

    @property
    def size(self) -> int:
        """Bytes."""
        path = 32 * self.depth + 40  # nodes, then root or leaf, then index and padding
        canopy = 32 * max((2 << self.canopy) - 2, 0)
        return _HEADER + _COUNTERS + (self.buffer + 1) * path + canopy


def root(account: bytes, shape: Shape) -> bytes:
    """The tree's root now."""
    active = int.from_bytes(account[_HEADER + 8 : _HEADER + 16], "little")
    at = _HEADER + _COUNTERS + active * (32 * shape.depth + 40)
    return account[at : at + 32]
