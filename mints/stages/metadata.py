"""METADATA: a file for each item, and one for the collection, in one folder: the links that are minted resolve."""

from mints.files import Folder
from mints.models import MintJob
from mints.stages import Wait
from mints.stages.sending import send


def run(job: MintJob) -> Wait | None:
    """Raises RetryLater, NeedsPerson, Interrupted."""
    if not job.collection.metadata_cid:
        send(job, "metadata", Folder(job.collection), "metadata_cid")
    return None
