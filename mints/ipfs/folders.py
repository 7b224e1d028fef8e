"""A folder's CID: a block of named links, or, where that would grow large, a tree of shards along the hashes of the names."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mints.ipfs.blocks import Kind, Link, Node, Sink
from mints.ipfs.files import Entry, Profile, store_node
from mints.ipfs.murmur import murmur3

SHARDED_ABOVE = 256 << 10  # bytes of names and CIDs together: about 5,800 files


class NameRefused(ValueError):
    """A name that no file in a folder may have."""


def add_folder(entries: Mapping[str, Entry], profile: Profile, sink: Sink) -> Entry:
    """Hand over the blocks of a folder whose files have theirs already, the root last. Raises NameRefused."""
    for name in entries:
        _check(name)
    if _weight(entries) > SHARDED_ABOVE:
        return _shard([_Item(murmur3(name.encode()), name, entry) for name, entry in entries.items()], 0, profile, sink)
    ordered = sorted(entries.items(), key=lambda item: item[0].encode())
    links = [Link(entry.cid, entry.size, name) for name, entry in ordered]
    return store_node(Node(Kind.FOLDER, links), sum(link.size for link in links), profile.version, sink)


def _check(name: str) -> None:
    if not name or name in (".", "..") or "/" in name or "\0" in name:
        raise NameRefused(f"{name!r} is no name of a file.")


def _weight(entries: Mapping[str, Entry]) -> int:
    return sum(len(name.encode()) + len(bytes(entry.cid)) for name, entry in entries.items())


class _Item(NamedTuple):
    way: bytes  # the hash of the name: one byte a level
    name: str
    entry: Entry


def _shard(items: Sequence[_Item], depth: int, profile: Profile, sink: Sink) -> Entry:
    """One block with up to 256 slots; names that share one are told apart by the next byte of their hashes, one level down."""
    slots = defaultdict(list)
    for item in items:
        slots[item.way[depth]].append(item)
    links = [_slot(slot, slots[slot], depth, profile, sink) for slot in sorted(slots)]
    taken = sum(1 << slot for slot in slots)
    node = Node(Kind.SHARD, links, data=taken.to_bytes((taken.bit_length() + 7) // 8))
    return store_node(node, sum(link.size for link in links), profile.version, sink)


def _slot(slot: int, items: Sequence[_Item], depth: int, profile: Profile, sink: Sink) -> Link:
    if len(items) == 1:
        return Link(items[0].entry.cid, items[0].entry.size, f"{slot:02X}{items[0].name}")
    below = _shard(items, depth + 1, profile, sink)
    return Link(below.cid, below.size, f"{slot:02X}")
