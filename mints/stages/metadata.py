"""Metadata: one file an item and one for the collection, written from what is stored, to IPFS as one folder."""

from chain import crash
from mints import published, uploads
from mints.models import Collection
from mints.stages.work import Work
from mints.uploaders.base import Folder


def metadata(work: Work) -> float | None:
    """Ends at once where the folder is up. Raises RetryLater, NeedsPerson, Stopped, OSError."""
    collection = work.job.collection
    if collection.metadata_cid:
        return None
    total = collection.items.count()
    said = f"Storing the metadata of {total} items"
    work.tell(0, total, said)
    folder = Folder(f"{collection.name}: metadata", dict(published.files(collection)))
    crash.point("describing")
    pinned = uploads.uploader().upload(folder, lambda share: work.share(share, total, said))
    crash.point("described")
    Collection.objects.filter(pk=collection.pk, metadata_cid="").update(metadata_cid=str(pinned.cid))
    work.warn(pinned.warned)
    crash.point("metadata_noted")
    return None
