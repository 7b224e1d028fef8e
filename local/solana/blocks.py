"""Blocks, what stands in them, and the recent hashes that a transaction may be bound to."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from local.solana.bank import Result
from local.solana.posted import Keys, Posted

MOST_BLOCKS = 150  # between a transaction's block and the one before the block it enters


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction in a block; balances in lamports, for each of its keys."""

    posted: Posted
    keys: Keys
    result: Result
    before: tuple[int, ...]
    after: tuple[int, ...]


@dataclass(slots=True)
class Block:
    """Slots may be skipped, heights never. `time` in seconds since 1970."""

    slot: int
    height: int
    hash: bytes
    time: int
    entries: list[Entry] = field(default_factory=list)


class Chain:
    """The blocks of one fork, never empty, and where each of its transactions stands."""

    def __init__(self, first: Block) -> None:
        self._blocks = [first]
        self._hashes: dict[bytes, int] = {first.hash: first.height}
        self._places: dict[str, tuple[Block, Entry]] = {}

    @property
    def last(self) -> Block:
        return self._blocks[-1]

    def at(self, slot: int) -> Block:
        """The last block up to a slot; the first one if all are later."""
        return self._blocks[max(bisect_right(self._blocks, slot, key=lambda block: block.slot) - 1, 0)]

    def newest_first(self) -> Iterator[Block]:
        return reversed(self._blocks)

    def add(self, block: Block) -> None:
        self._blocks.append(block)
        self._hashes[block.hash] = block.height

    def enter(self, block: Block, entry: Entry) -> None:
        block.entries.append(entry)
        self._places[entry.posted.signature] = (block, entry)

    def find(self, signature: str, slot: int) -> tuple[Block, Entry] | None:
        """Where a transaction stands, for one who sees up to a slot."""
        found = self._places.get(signature)
        return found if found and found[0].slot <= slot else None

    def height_of(self, blockhash: bytes) -> int | None:
        return self._hashes.get(blockhash)

    def accepts(self, blockhash: bytes, height: int) -> bool:
        """Whether a transaction bound to this hash may enter the block that follows the one of `height`."""
        bound = self._hashes.get(blockhash)
        return bound is not None and 0 <= height - bound <= MOST_BLOCKS

    def cut(self, slot: int) -> list[Block]:
        """Take away what is later than a slot, and give it back, oldest first."""
        kept = [block for block in self._blocks if block.slot <= slot] or self._blocks[:1]
        gone, self._blocks = self._blocks[len(kept) :], kept
        for block in gone:
            del self._hashes[block.hash]
            for entry in block.entries:
                del self._places[entry.posted.signature]
        return gone
