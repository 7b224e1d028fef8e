"""The Merkle tree as the compression programs keep it: known leaves from the left, the rest empty (32 zeros)."""

from collections.abc import Sequence
from typing import Self

from eth_hash.auto import keccak

EMPTY = bytes(32)


class TreeFull(ValueError):
    """The tree takes no further leaf."""


class MerkleTree:
    """All leaves, so that every proof can be given without asking an indexer."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self._empty = [EMPTY]
        for level in range(depth):
            self._empty.append(keccak(self._empty[level] * 2))
        self._levels: list[list[bytes]] = [[] for _ in range(depth + 1)]

    @classmethod
    def of(cls, depth: int, leaves: Sequence[bytes]) -> Self:
        """With all of them at once, each node hashed once. Raises TreeFull."""
        tree = cls(depth)
        if len(leaves) > 1 << depth:
            raise TreeFull(f"{len(leaves)} leaves do not fit into {depth} levels.")
        tree._levels[0] = list(leaves)
        for level in range(depth):
            pairs = range(0, len(tree._levels[level]), 2)
            tree._levels[level + 1] = [keccak(tree._node(level, at) + tree._node(level, at + 1)) for at in pairs]
        return tree

    def __len__(self) -> int:
        return len(self._levels[0])

    @property
    def root(self) -> bytes:
        return self._node(self.depth, 0)

    def append(self, leaf: bytes) -> int:
        """The leaf's index. Raises TreeFull."""
        index = len(self)
        if index >= 1 << self.depth:
            raise TreeFull(f"The tree has {index} leaves, all that fit into {self.depth} levels.")
        self._put(0, index, leaf)
        for level in range(self.depth):
            pair = index >> level & ~1
            self._put(level + 1, pair >> 1, keccak(self._node(level, pair) + self._node(level, pair + 1)))
        return index

    def proof(self, index: int, canopy: int = 0) -> list[bytes]:
        """The siblings from the leaf up, without the topmost `canopy`, which the chain has itself. Raises IndexError."""
        if not 0 <= index < len(self):
            raise IndexError(f"The tree has no leaf {index}.")
        return [self._node(level, index >> level ^ 1) for level in range(self.depth - canopy)]

    def _node(self, level: int, position: int) -> bytes:
        row = self._levels[level]
        return row[position] if position < len(row) else self._empty[level]

    def _put(self, level: int, position: int, node: bytes) -> None:
        row = self._levels[level]
        row[position : position + 1] = [node]
