"""All of a store read again: what is damaged, what is missing, what does not belong there."""

from collections.abc import Iterator

from mints.ipfs.blocks import BlockError, Link, decode
from mints.ipfs.cid import Cid, CidError, Codec
from mints.ipfs.store import BlockMissing, Store, StoreError


def problems(store: Store) -> Iterator[str]:
    """A sentence, or nothing where all is well, for each block that is here and for each that should be."""
    for path in sorted((store.folder / "blocks").glob("*/*")):
        yield _problem(store, path.name)
    yield from _missing(store, set(store.roots()))


def _problem(store: Store, name: str) -> str:
    try:
        _links(store, Cid.parse(name))
    except CidError:
        return f"{name} is no block, and nothing of ours."
    except (StoreError, BlockError) as error:
        return f"{name}: {error}" if isinstance(error, BlockError) else str(error)
    return ""


def _missing(store: Store, waiting: set[Cid]) -> Iterator[str]:
    """Below what is kept. Others' damage has been told; nothing can be followed through it."""
    seen: set[Cid] = set()
    while waiting:
        cid = waiting.pop()
        seen.add(cid)
        try:
            waiting |= {link.cid.modern for link in _links(store, cid)} - seen
        except BlockMissing as missing:
            yield str(missing)
        except (StoreError, BlockError):
            continue


def _links(store: Store, cid: Cid) -> tuple[Link, ...]:
    """Raises StoreError, BlockError."""
    data = store.read(cid)
    return tuple(decode(data).links) if cid.codec is Codec.DAG_PB else ()
