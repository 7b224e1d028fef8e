"""CLEANUP: what was sent here is removed from the disk, and whatever earlier requests have left behind."""

from uuid import UUID

from chain import crash
from mints import staging
from mints.models import Collection, MintJob
from mints.stages import Wait
from mints.states import ENDED


def run(job: MintJob) -> Wait | None:
    """What a collection's job has uploaded is not needed here any more."""
    staging.discard(job.collection_id)
    sweep()
    crash.point("cleaned")
    return None


def sweep() -> int:
    """Remove the folders of requests that never ended and of jobs that were cancelled; how many. Also a task of each day."""
    old = [collection for collection, age in staging.left() if age > staging.FORGOTTEN]
    for collection in (gone := [each for each in old if not _is_wanted(each)]):
        staging.discard(collection)
    return len(gone)


def _is_wanted(collection: UUID) -> bool:
    """Whether a job may still need its files: one that is open, or one that nobody has started."""
    jobs = MintJob.objects.filter(collection=collection)
    unended = jobs.exclude(status__in=ENDED).exists() or not jobs.exists()
    return unended and Collection.objects.filter(pk=collection).exists()
