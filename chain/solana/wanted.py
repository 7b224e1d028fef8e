"""What is to be minted, in plain values: this is all that the rooms above know of Solana's side. No solders, no Django."""

from dataclasses import dataclass
from enum import StrEnum


class Program(StrEnum):
    """Bubblegum's instruction, and what the leaf is filed under."""

    MINT_V1 = "mint_v1"
    MINT_TO_COLLECTION_V1 = "mint_to_collection_v1"
    MINT_V2 = "mint_v2"
    MINT_V2_TO_CORE = "mint_v2_core"

    @property
    def version(self) -> int:
        """Which trees it mints into: 1 or 2."""
        return 1 if self in (Program.MINT_V1, Program.MINT_TO_COLLECTION_V1) else 2


@dataclass(frozen=True, slots=True)
class Creator:
    """Who shares the royalty: an address in base58 and whole percents."""

    address: str
    share: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """One compressed NFT to be, for one owner (base58). `royalty` in basis points; the URI of its metadata is complete."""

    program: Program
    owner: str
    name: str
    symbol: str
    uri: str
    royalty: int = 0
    creators: tuple[Creator, ...] = ()
