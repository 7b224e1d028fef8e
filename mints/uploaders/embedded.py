"""The store here and nothing else: no account, no other host. The web process serves it under /ipfs/."""

from dataclasses import dataclass

from mints.ipfs.cid import Cid
from mints.ipfs.store import Store
from mints.uploaders.base import Folder, Pinned, Told, keep, tell_nobody


@dataclass(frozen=True, slots=True)
class Embedded:
    """An `Uploader`."""

    store: Store

    def upload(self, folder: Folder, told: Told = tell_nobody) -> Pinned:
        root = keep(self.store, folder, told=told).root
        return Pinned(root.cid, root.size)

    def has(self, cid: Cid) -> bool:
        return self.store.is_kept(cid)
