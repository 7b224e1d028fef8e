"""Blocks that link to others: DAG-PB (the links) with UnixFS inside (whether they make a file or a folder).

A block's bytes are its name, so they are written in the one canonical order: links first, then data.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from mints.ipfs import protobuf
from mints.ipfs.cid import Cid

FANOUT = 256  # slots of a shard
MURMUR3 = 0x22  # the hash that shards go by: murmur3-x64-64


class BlockError(ValueError):
    """The bytes are no block that can be read here."""


class Block(NamedTuple):
    """Bytes under their name."""

    cid: Cid
    data: bytes


Sink = Callable[[Block], None]  # where blocks go while a file or folder is being read


class Kind(IntEnum):
    """What a UnixFS block is (a part of its numbers: symbolic links and metadata blocks are not made here)."""

    RAW = 0
    FOLDER = 1
    FILE = 2
    SHARD = 5


@dataclass(frozen=True, slots=True)
class Link:
    """To another block: its name here, and how many bytes it and all below it take, blocks included."""

    cid: Cid
    size: int
    name: str = ""

    def encode(self) -> bytes:
        """As a DAG-PB link."""
        parts = protobuf.string(1, bytes(self.cid)), protobuf.string(2, self.name.encode()), protobuf.number(3, self.size)
        return b"".join(parts)


@dataclass(frozen=True, slots=True)
class Node:
    """A block of links.

    `sizes`: how many bytes of the file are below each link; `data`: a piece of a file, or which slots of a shard are taken.
    """

    kind: Kind
    links: Sequence[Link] = ()
    data: bytes = b""
    filesize: int | None = None
    sizes: Sequence[int] = ()

    def encode(self) -> bytes:
        """The block's bytes."""
        links = b"".join(protobuf.string(2, link.encode()) for link in self.links)
        return links + protobuf.string(1, self._unixfs())

    def _unixfs(self) -> bytes:
        shard = protobuf.number(5, MURMUR3) + protobuf.number(6, FANOUT) if self.kind is Kind.SHARD else b""
        return b"".join((
            protobuf.number(1, self.kind),
            protobuf.string(2, self.data) if self.data else b"",
            b"" if self.filesize is None else protobuf.number(3, self.filesize),
            *(protobuf.number(4, size) for size in self.sizes),
            shard,
        ))  # fmt: skip


def decode(data: bytes) -> Node:
    """A block of links. Raises BlockError."""
    try:
        links, unixfs = [], b""
        for field, value in protobuf.fields(data):
            if field == 2 and isinstance(value, bytes):
                links.append(_link(value))
            elif field == 1 and isinstance(value, bytes):
                unixfs = value
        return _node(links, unixfs)
    except (ValueError, KeyError, IndexError) as error:
        raise BlockError(f"The block cannot be read: {error}.") from error


def _link(data: bytes) -> Link:
    parts = dict(protobuf.fields(data))
    cid, name, size = parts[1], parts.get(2, b""), parts.get(3, 0)
    if not (isinstance(cid, bytes) and isinstance(name, bytes) and isinstance(size, int)):
        raise BlockError("a link's fields are of other types")
    return Link(Cid.unpack(cid), size, name.decode())


def _node(links: Sequence[Link], data: bytes) -> Node:
    found = list(protobuf.fields(data))
    last = dict(found)
    kind, content, filesize = last.get(1), last.get(2, b""), last.get(3)
    if not (isinstance(kind, int) and isinstance(content, bytes) and isinstance(filesize, int | None)):
        raise BlockError("the fields are of other types")
    if kind == Kind.SHARD and (last.get(5), last.get(6)) != (MURMUR3, FANOUT):
        raise BlockError("a shard of another hash or width")
    sizes = [value for field, value in found if field == 4 and isinstance(value, int)]
    return Node(Kind(kind), links, content, filesize, sizes)
