"""The concurrent Merkle tree in its account: the last changes, and the path to the rightmost leaf.

56 bytes of header; then sequence number, place of the newest change, number of changes (u64 each); the changes, as a ring of
root, path and index; the rightmost leaf's siblings, the leaf and the number of leaves; then the canopy.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from eth_hash.auto import keccak

EMPTY = bytes(32)
HEADER, _COUNTERS, _NODE = 56, 24, 32
_BUFFERS: dict[int, set[int]] = {
    3: {8},
    5: {8},
    **{depth: {16} for depth in range(6, 10)},
    **{depth: {32} for depth in range(10, 14)},
    14: {64, 256, 1024, 2048},
    **{depth: {64} for depth in range(15, 20)},
    20: {64, 256, 1024, 2048},
    24: {64, 256, 512, 1024, 2048},
    26: {512, 1024, 2048},
    30: {512, 1024, 2048},
}
_DEEPEST = 30

EMPTIES = [EMPTY]
for _ in range(_DEEPEST):
    EMPTIES.append(keccak(EMPTIES[-1] * 2))


class TreeError(ValueError):
    """The tree refuses; the message is the program's."""


def size(depth: int, buffer: int) -> int | None:
    """Bytes behind the header, without canopy; None for a pair that is not allowed."""
    return _COUNTERS + (buffer + 1) * _change(depth) if buffer in _BUFFERS.get(depth, ()) else None


def _change(depth: int) -> int:
    return _NODE * depth + 40


@dataclass(frozen=True, slots=True)
class Change:
    """The nodes from the leaf `index` up to below the root, as one operation left them."""

    root: bytes
    path: Sequence[bytes]
    index: int
    sequence: int

    def event(self, tree: bytes) -> bytes:
        """What is written down of it by way of noop."""
        depth = len(self.path)
        numbers = [(1 << depth - level) + (self.index >> level) for level in range(depth)]
        nodes = zip([*self.path, self.root], [*numbers, 1], strict=True)
        listed = b"".join(node + number.to_bytes(4, "little") for node, number in nodes)
        head = b"\x00\x00" + tree + (depth + 1).to_bytes(4, "little")
        return head + listed + self.sequence.to_bytes(8, "little") + self.index.to_bytes(4, "little")


class Tree:
    """A view on the bytes of an account that has room for it."""

    def __init__(self, data: bytearray, depth: int, buffer: int) -> None:
        self._data, self.depth, self.buffer = data, depth, buffer

    def initialize(self) -> Change:
        """An empty tree. Raises TreeError."""
        if any(self._number(place) for place in range(3)):
            raise TreeError("Tree already initialized")
        self._set_number(2, 1)
        self._write_nodes(self._rightmost, EMPTIES[: self.depth])
        return self._put(0, EMPTIES[self.depth], EMPTIES[: self.depth], 0)

    def append(self, leaf: bytes) -> Change:
        """Raises TreeError."""
        index = self.leaves
        if index >= 1 << self.depth:
            raise TreeError("Tree is full, cannot append")
        siblings, finished = self._nodes(self._rightmost), bytes(self._data[self._last_leaf : self._last_leaf + _NODE])
        joins = (index & -index).bit_length() - 1 if index else self.depth  # where its path meets the tree
        node, path = leaf, []
        for level in range(self.depth):
            path.append(node)
            if level < joins:
                finished = keccak(siblings[level] + finished)
                siblings[level] = EMPTIES[level]
            elif level == joins:
                siblings[level] = finished
            left = index >> level & 1
            node = keccak(siblings[level] + node if left else node + siblings[level])
        self._write_nodes(self._rightmost, [*siblings, leaf])
        self._data[self._last_leaf + _NODE : self._last_leaf + _NODE + 4] = (index + 1).to_bytes(4, "little")
        return self._advance(node, path, index)

    def prove(self, root: bytes, leaf: bytes, index: int, proof: Sequence[bytes]) -> None:
        """That the leaf stands there now, by a proof that may be as old as the changes kept. Raises TreeError."""
        if index > self.leaves:
            raise TreeError("Received an index larger than the rightmost index, or greater than (1 << max_depth)")
        siblings = [*proof, *EMPTIES[len(proof) : self.depth]]
        if self._forward(siblings, root, leaf, index) != leaf:
            raise TreeError("This tree's current leaf value does not match the supplied proof's leaf value")
        if climb(leaf, siblings, index) != self.root:
            raise TreeError("Invalid root recomputed from proof")

    def _forward(self, siblings: list[bytes], root: bytes, leaf: bytes, index: int) -> bytes:
        """Bring a proof up to date by the changes since its root; gives the leaf as they left it."""
        for change in self._since(root):
            if change.index == index:
                leaf = change.path[0]
            else:
                parts = (index ^ change.index).bit_length() - 1
                siblings[parts] = change.path[parts]
        return leaf

    def _since(self, root: bytes) -> list[Change]:
        """The changes after the one that made this root; all that are kept if none did."""
        kept = [self._change_at((self._active - back) % self.buffer) for back in range(self._number(2))]
        newer = next((back for back, change in enumerate(kept) if change.root == root), len(kept))
        return kept[:newer][::-1]

    @property
    def root(self) -> bytes:
        return self._change_at(self._active).root

    @property
    def leaves(self) -> int:
        at = self._last_leaf + _NODE
        return int.from_bytes(self._data[at : at + 4], "little")

    @property
    def _active(self) -> int:
        return self._number(1)

    @property
    def _rightmost(self) -> int:
        return HEADER + _COUNTERS + self.buffer * _change(self.depth)

    @property
    def _last_leaf(self) -> int:
        return self._rightmost + _NODE * self.depth

    def _advance(self, root: bytes, path: Sequence[bytes], index: int) -> Change:
        self._set_number(0, self._number(0) + 1)
        self._set_number(1, (self._active + 1) % self.buffer)
        self._set_number(2, min(self._number(2) + 1, self.buffer))
        return self._put(self._active, root, path, index)

    def _put(self, place: int, root: bytes, path: Sequence[bytes], index: int) -> Change:
        at = HEADER + _COUNTERS + place * _change(self.depth)
        self._write_nodes(at, [root, *path])
        end = at + _NODE * (self.depth + 1)
        self._data[end : end + 8] = index.to_bytes(8, "little")
        return Change(root, path, index, self._number(0))

    def _change_at(self, place: int) -> Change:
        at = HEADER + _COUNTERS + place * _change(self.depth)
        end = at + _NODE * (self.depth + 1)
        index = int.from_bytes(self._data[end : end + 4], "little")
        return Change(bytes(self._data[at : at + _NODE]), self._nodes(at + _NODE), index, 0)

    def _nodes(self, at: int) -> list[bytes]:
        return [bytes(self._data[place : place + _NODE]) for place in range(at, at + _NODE * self.depth, _NODE)]

    def _write_nodes(self, at: int, nodes: Sequence[bytes]) -> None:
        self._data[at : at + _NODE * len(nodes)] = b"".join(nodes)

    def _number(self, place: int) -> int:
        at = HEADER + 8 * place
        return int.from_bytes(self._data[at : at + 8], "little")

    def _set_number(self, place: int, value: int) -> None:
        at = HEADER + 8 * place
        self._data[at : at + 8] = value.to_bytes(8, "little")


def climb(leaf: bytes, siblings: Sequence[bytes], index: int) -> bytes:
    """The root over a leaf."""
    for level, sibling in enumerate(siblings):
        leaf = keccak(sibling + leaf if index >> level & 1 else leaf + sibling)
    return leaf
