"""The account a tree lives in: how large it must be, what that costs, and what stands in it."""

from dataclasses import dataclass

from chain.errors import RpcUnavailable

_HEADER = 56  # bytes before the tree itself
_COUNTERS = 24  # sequence number, active index, number of changes: u64 each
_UNCANOPIED = 17  # levels that Bubblegum lets stand without a canopy
_CONFIG = 96  # bytes of Bubblegum's own account beside it
_LONGEST_PROOF = 10  # nodes that a transfer brings along; with more, markets' own transactions grow too large
_RENT = 6_960  # lamports a byte, for good; an account's own 128 bytes of overhead count too
_OVERHEAD = 128
# The depths and buffers that the compression programs know (else 6003).
PAIRS = {
    3: (8,), 5: (8,), 6: (16,), 7: (16,), 8: (16,), 9: (16,), 10: (32,), 11: (32,), 12: (32,), 13: (32,),
    14: (64, 256, 1024, 2048), 15: (64,), 16: (64,), 17: (64,), 18: (64,), 19: (64,), 20: (64, 256, 1024, 2048),
    24: (64, 256, 512, 1024, 2048), 26: (512, 1024, 2048), 30: (512, 1024, 2048),
}  # fmt: skip


class NoTree(ValueError):
    """No tree has so many leaves, or the wanted one is none that the programs know."""


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

    @property
    def rent(self) -> int:
        """Lamports that opening it takes besides the fee, with mainnet's rent; Bubblegum's own account is in it."""
        return _RENT * (self.size + _OVERHEAD) + _RENT * (_CONFIG + _OVERHEAD)


def plan(items: int) -> Shape:
    """The smallest tree with room for so many, and a canopy that leaves transfers short proofs. Raises NoTree."""
    for depth, buffers in PAIRS.items():
        if items <= 1 << depth:
            return Shape(depth, buffers[0], max(depth - _LONGEST_PROOF, 0))
    raise NoTree(f"No tree has room for {items:,} items.")


def check(shape: Shape, items: int) -> None:
    """That the programs know this shape, and that it has room. Raises NoTree."""
    if shape.buffer not in PAIRS.get(shape.depth, ()):
        raise NoTree(f"There is no tree of depth {shape.depth} and buffer {shape.buffer}.")
    if not shape.least_canopy <= shape.canopy <= shape.depth:
        raise NoTree(f"A tree of depth {shape.depth} needs a canopy of {shape.least_canopy} to {shape.depth}.")
    if shape.capacity < items:
        raise NoTree(f"A tree of depth {shape.depth} has room for {shape.capacity:,} items, and these are {items:,}.")


def root(account: bytes, shape: Shape) -> bytes:
    """The tree's root now."""
    active = int.from_bytes(account[_HEADER + 8 : _HEADER + 16], "little")
    at = _HEADER + _COUNTERS + active * (32 * shape.depth + 40)
    return account[at : at + 32]


def minted(config: bytes) -> int:
    """How many leaves were ever minted, by Bubblegum's account beside the tree. Raises RpcUnavailable for other bytes."""
    if len(config) != _CONFIG:
        raise RpcUnavailable("The node's account of the tree has not the form of one.")
    return int.from_bytes(config[80:88], "little")
