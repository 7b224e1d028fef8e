"""What a transaction minted, read from the calls to noop inside it: the chain assigns the index, no row number does."""

from collections.abc import Iterable
from dataclasses import dataclass

from solders.pubkey import Pubkey

# Application data (1), its version (0), u32 length; then event type (1: a leaf), version of the event, the leaf's schema.
_HEAD = b"\x01\x00"
_LEAF_EVENT = 1
_HASH_AT = {0: 177, 1: 242}  # by schema: V1, V2


@dataclass(frozen=True, slots=True)
class Minted:
    """One leaf as the program reported it."""

    asset: Pubkey
    owner: Pubkey
    delegate: Pubkey
    index: int
    leaf: bytes


def read(noop_calls: Iterable[bytes]) -> list[Minted]:
    """The leaves in the data of calls to noop, in order. What reports something else is passed over."""
    return [_leaf(data) for data in noop_calls if _is_leaf(data)]


def _is_leaf(data: bytes) -> bool:
    whole = len(data) > 8 and data[:2] == _HEAD and int.from_bytes(data[2:6], "little") == len(data) - 6
    return whole and data[6] == _LEAF_EVENT and len(data) == _HASH_AT.get(data[8], -1) + 32


def _leaf(data: bytes) -> Minted:
    asset, owner, delegate = (Pubkey.from_bytes(data[at : at + 32]) for at in (9, 41, 73))
    return Minted(asset, owner, delegate, int.from_bytes(data[105:113], "little"), data[-32:])
