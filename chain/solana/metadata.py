"""What a compressed NFT says of itself, as Bubblegum writes and hashes it."""

from dataclasses import dataclass

from eth_hash.auto import keccak
from solders.pubkey import Pubkey

from chain.solana import borsh

_NON_FUNGIBLE = 0  # TokenStandard
_ORIGINAL = 0  # TokenProgramVersion


@dataclass(frozen=True, slots=True)
class Creator:
    """Who gets a share (per cent) of the royalties; verified only if he signs the mint."""

    address: Pubkey
    share: int
    verified: bool = False

    def encode(self) -> bytes:
        return bytes(self.address) + borsh.boolean(self.verified) + borsh.u8(self.share)


@dataclass(frozen=True, slots=True)
class Metadata:
    """An item's metadata. `royalty` in basis points. With a collection, V1's leaf says the collection is verified."""

    name: str
    symbol: str
    uri: str
    royalty: int = 0
    creators: tuple[Creator, ...] = ()
    collection: Pubkey | None = None
    mutable: bool = True
    sold: bool = False

    def encode_v1(self) -> bytes:
        collection = borsh.option(self.collection, lambda key: borsh.boolean(True) + bytes(key))
        none = b"\x00"
        standard = borsh.option(_NON_FUNGIBLE, borsh.u8)
        return self._head() + none + standard + collection + none + borsh.u8(_ORIGINAL) + self._creators()

    def encode_v2(self) -> bytes:
        standard = borsh.option(_NON_FUNGIBLE, borsh.u8)
        return self._head() + standard + self._creators() + borsh.option(self.collection, bytes)

    def data_hash(self, encoded: bytes) -> bytes:
        """Of either encoding. The royalty is hashed once more outside, where programs can read it alone."""
        return keccak(keccak(encoded) + borsh.u16(self.royalty))

    def creator_hash(self) -> bytes:
        return keccak(b"".join(creator.encode() for creator in self.creators))

    def _head(self) -> bytes:
        texts = b"".join(map(borsh.string, (self.name, self.symbol, self.uri)))
        return texts + borsh.u16(self.royalty) + borsh.boolean(self.sold) + borsh.boolean(self.mutable)

    def _creators(self) -> bytes:
        return borsh.vector(self.creators, Creator.encode)
