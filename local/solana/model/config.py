"""A tree's config: whose the tree is, how many leaves it takes and how many it has taken."""

from dataclasses import dataclass

from solders.pubkey import Pubkey

from local.solana.model import ids
from local.solana.model.borsh import Reader, discriminator, number
from local.solana.model.faults import Code, fault
from local.solana.model.machine import State

SIZE = 96  # bytes
DISCRIMINATOR = discriminator("account", "TreeConfig")
_NOT_DECOMPRESSIBLE = 1


@dataclass(slots=True)
class Config:
    """`version` is the leaves': 1 or 2."""

    creator: Pubkey
    delegate: Pubkey
    capacity: int
    minted: int
    public: bool
    decompressible: int
    version: int

    @classmethod
    def new(cls, creator: Pubkey, depth: int, *, public: bool, version: int) -> "Config":
        return cls(creator, creator, 1 << depth, 0, public, _NOT_DECOMPRESSIBLE, version)

    @classmethod
    def read(cls, state: State) -> "Config":
        reader = Reader(bytes(state.data[8:]))
        keys, counts = (reader.key(), reader.key()), (reader.number(8), reader.number(8))
        return cls(*keys, *counts, reader.boolean(), reader.number(1), reader.number(1) + 1)

    def write(self, state: State) -> None:
        counts = number(self.capacity, 8) + number(self.minted, 8)
        flags = bytes([self.public, self.decompressible, self.version - 1])
        encoded = DISCRIMINATOR + bytes(self.creator) + bytes(self.delegate) + counts + flags
        state.data[: len(encoded)] = encoded

    def check(self, authority: Pubkey, version: int) -> None:
        """That this authority may mint one more leaf of this version. Raises Custom."""
        if self.version != version:
            raise fault(Code.UnsupportedSchemaVersion)
        if not self.public and authority not in {self.creator, self.delegate}:
            raise fault(Code.TreeAuthorityIncorrect)
        if self.minted >= self.capacity:
            raise fault(Code.InsufficientMintCapacity)


def address(tree: Pubkey) -> tuple[Pubkey, int]:
    return ids.derived(ids.BUBBLEGUM, bytes(tree))
