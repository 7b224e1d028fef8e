"""Cleanup: the pictures on this installation's own disk go; what is published stays, and so does every row."""

from chain import crash
from mints.files import discard
from mints.stages.work import Work


def cleanup(work: Work) -> float | None:
    """Raises Stopped."""
    work.tell(0, 1, "Cleaning up")
    crash.point("cleaning")
    discard(work.job.collection_id)
    crash.point("cleaned")
    return None
