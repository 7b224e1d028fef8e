"""Jobs of small collections, an uploader that does as it is told, and items that come to their ends without a chain."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chain.states import Outcome, TransactionStatus
from mints import runner
from mints.intake import Offer, accept
from mints.ipfs.cid import Cid
from mints.ipfs.files import KUBO_V1
from mints.ipfs.reading import File, resolve
from mints.ipfs.store import Store
from mints.ipfs.tree import add_tree
from mints.models import Collection, Item, MintJob, Press
from mints.uploaders.base import Folder, Pinned, UploadError
from mints.uploads import store
from orders.models import Client
from orders.moves import Move, move
from orders.states import Status
from tests.admin.conftest import bind
from tests.mints.offered import about, incoming, make_press, pictures, rows


@dataclass
class FakeUploader:
    """Keeps folders in the store here. `troubles` are raised instead, one an upload; `during` is called in its middle."""

    troubles: list[UploadError] = field(default_factory=list)
    during: Callable[[], None] = lambda: None
    uploads: list[Folder] = field(default_factory=list)
    warned: str = ""

    def upload(self, folder: Folder, told: Callable[[float], None]) -> Pinned:
        if self.troubles:
            raise self.troubles.pop(0)
        self.uploads.append(folder)
        told(0.5)
        self.during()
        told(0.6)
        added = add_tree(store(), folder.files, KUBO_V1)
        return Pinned(added.root.cid, added.root.size, self.warned)

    def has(self, cid: Cid) -> bool:
        return store().is_kept(cid)


def make_collection(press: Press | None = None, count: int = 3, client: Client | None = None, **over: Any) -> Collection:
    """As the intake stores it, with its pictures on the disk."""
    press = press or make_press()
    line = over.pop("line", {})
    lines = [{**each, **line} for each in rows(count)]
    said = {name: value for name, value in about(press, **over).items() if name != "press"}
    return accept(Offer(client, press, said, incoming(pictures(count)), lines)).collection


def drive(job: MintJob) -> MintJob:
    """As far as it goes now; whatever it waits for is over before."""
    MintJob.objects.filter(pk=job.pk).update(next_at=None)
    runner.work(str(job.pk))
    job.refresh_from_db()
    return job


def finish(job: MintJob) -> MintJob:
    """Let it come to its end, each item with it."""
    drive(job)
    complete(*job.collection.items.all())
    for _ in range(3):
        drive(job)
    return job


def complete(*items: Item) -> None:
    """As if each was minted by a transaction of its own."""
    for item in items:
        order = item.order
        order.refresh_from_db()
        if order.status == Status.PENDING:
            transaction = bind(order, TransactionStatus.FINAL, Outcome.SUCCEEDED)
            move([Move(order.pk, Status.BUSY, Status.COMPLETED, transaction=transaction.pk)], actor="lane")


def fail(item: Item, why: str = "no") -> None:
    item.order.refresh_from_db()
    move([Move(item.order_id, Status(item.order.status), Status.FAILED, fail_reason=why)], actor="lane")


def published(store: Store, collection: Collection, path: str) -> bytes:
    """A file out of the folder of metadata."""
    cid = resolve(store, Cid.parse(collection.metadata_cid), [path])
    return b"".join(File.open(store, cid).read())


def statuses(collection: Collection) -> Mapping[str, int]:
    return {status: collection.items.filter(order__status=status).count() for status in Status}
