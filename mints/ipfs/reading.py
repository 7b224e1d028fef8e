"""Files and folders out of a store: the way along a path, a folder's names, any part of a file, piece by piece."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mints.ipfs.blocks import BlockError, Kind, Link, Node, decode
from mints.ipfs.cid import Cid, Codec
from mints.ipfs.murmur import murmur3
from mints.ipfs.store import Store

_DEEPEST = 32  # blocks above one another; ours are three deep at the most


class NoSuchPath(Exception):
    """The folder has no such file."""


def resolve(store: Store, root: Cid, path: Sequence[str]) -> Cid:
    """What lies at a path below a root. Raises NoSuchPath, StoreError, BlockError."""
    for name in path:
        root = _step(store, root, name)
    return root


def is_folder(store: Store, cid: Cid) -> bool:
    """Whether a CID is a folder's. Raises StoreError, BlockError."""
    return cid.codec is Codec.DAG_PB and decode(store.read(cid)).kind in (Kind.FOLDER, Kind.SHARD)


def entries(store: Store, folder: Cid) -> Iterator[Link]:
    """A folder's links by their names, whether it is sharded or not. Raises StoreError, BlockError."""
    node = decode(store.read(folder))
    for link in node.links:
        if node.kind is not Kind.SHARD:
            yield link
        elif len(link.name) > 2:
            yield Link(link.cid, link.size, link.name[2:])
        else:
            yield from entries(store, link.cid)


def _step(store: Store, folder: Cid, name: str) -> Cid:
    if folder.codec is not Codec.DAG_PB:
        raise NoSuchPath(f"{folder} is a file and has nothing below it.")
    node = decode(store.read(folder))
    if node.kind is Kind.SHARD:
        return _step_in_shard(store, node, name)
    found = next((link.cid for link in node.links if link.name == name and node.kind is Kind.FOLDER), None)
    if found is None:
        raise NoSuchPath(f"There is no {name!r} in {folder}.")
    return found


def _step_in_shard(store: Store, node: Node, name: str) -> Cid:
    """The name's hash says which slot to take at each level. A slot without a name is the way further down."""
    for byte in murmur3(name.encode()) if name else b"":
        links = {link.name: link.cid for link in node.links}
        if found := links.get(f"{byte:02X}{name}"):
            return found
        if (deeper := links.get(f"{byte:02X}")) is None:
            break
        node = decode(store.read(deeper))
    raise NoSuchPath(f"There is no {name!r} in that folder.")


@dataclass(frozen=True, slots=True)
class File:
    """A file in a store."""

    store: Store
    cid: Cid
    length: int  # bytes

    @classmethod
    def open(cls, store: Store, cid: Cid) -> "File":
        """Raises StoreError, BlockError: also where the CID is no file's."""
        data = store.read(cid)
        if cid.codec is Codec.RAW:
            return cls(store, cid, len(data))
        node = _file_node(data)
        return cls(store, cid, len(node.data) + sum(node.sizes))

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to `stop`, a block's worth at a time. Raises StoreError, BlockError on the way."""
        stop = self.length if stop is None else min(stop, self.length)
        if start < stop:
            yield from _parts(self.store, self.cid, start, stop, _DEEPEST)


def _parts(store: Store, cid: Cid, start: int, stop: int, depth: int) -> Iterator[bytes]:
    data = store.read(cid)
    if cid.codec is Codec.RAW:
        yield data[start:stop]
        return
    if not depth:
        raise BlockError("The file's blocks are nested too deeply.")
    node = _file_node(data)
    if part := node.data[start:stop]:
        yield part
    position = len(node.data)
    for link, size in zip(node.links, node.sizes, strict=True):
        if start < position + size and position < stop:
            yield from _parts(store, link.cid, max(start - position, 0), min(stop - position, size), depth - 1)
        position += size


def _file_node(data: bytes) -> Node:
    node = decode(data)
    if node.kind not in (Kind.FILE, Kind.RAW) or len(node.links) != len(node.sizes):
        raise BlockError("The block is no file's.")
    return node
