"""A folder on its way to the uploader, and the note that it is there."""

from collections.abc import Mapping

from chain import crash
from mints import uploads
from mints.ipfs.folders import NameRefused
from mints.ipfs.tree import Source
from mints.models import Collection, MintJob
from mints.progress import Progress
from mints.uploaders.base import Folder, NeedsPerson


def send(job: MintJob, what: str, files: Mapping[str, Source], column: str) -> None:
    """Store a folder and note its CID in a column of the collection. What is up already costs a question.

    Raises RetryLater, NeedsPerson, Interrupted.
    """
    collection = job.collection
    progress = Progress(job, f"Uploading the {what}")
    progress.tell(0, len(files))
    try:
        pinned = uploads.uploader().upload(Folder(f"{collection.name} ({what})", files), progress.share(len(files)))
    except NameRefused as refused:
        raise NeedsPerson(f"A file cannot be stored under its name: {refused}") from refused
    crash.point(f"{what}_up")
    Collection.objects.filter(pk=collection.pk).update(**{column: str(pinned.cid)})
    setattr(collection, column, str(pinned.cid))
    if pinned.warned:
        _warn(collection, pinned.warned)
    crash.point(f"{what}_noted")


def _warn(collection: Collection, said: str) -> None:
    """Kept with the other sentences on what looks odd about it."""
    if said not in collection.warnings:
        collection.warnings.append(said)
        Collection.objects.filter(pk=collection.pk).update(warnings=collection.warnings)
