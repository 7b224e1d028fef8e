"""The hash that stands in the tree for one item."""

from dataclasses import dataclass

from eth_hash.auto import keccak
from solders.pubkey import Pubkey

from chain.solana import borsh, ids
from chain.solana.metadata import Metadata


@dataclass(frozen=True, slots=True)
class Place:
    """Which leaf of which tree, and whose. The index is a u64 that the chain assigns."""

    tree: Pubkey
    index: int
    owner: Pubkey
    delegate: Pubkey

    def encode(self) -> bytes:
        asset = ids.asset_id(self.tree, self.index)
        return bytes(asset) + bytes(self.owner) + bytes(self.delegate) + borsh.u64(self.index)


def leaf_v1(place: Place, item: Metadata) -> bytes:
    return keccak(b"\x01" + place.encode() + item.data_hash(item.encode_v1()) + item.creator_hash())


def leaf_v2(place: Place, item: Metadata) -> bytes:
    """V2 also names the collection, further data (we write none) and flags (frozen, not transferable: neither)."""
    collection = keccak(bytes(item.collection or Pubkey.default()))
    head = b"\x02" + place.encode() + item.data_hash(item.encode_v2()) + item.creator_hash()
    return keccak(head + collection + keccak(b"") + b"\x00")
