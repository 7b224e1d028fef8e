"""How far a stage has come, for people; and where a runner learns that it is to stop."""

import time
from typing import Any

from django.db.models.functions import Greatest, Now

from mints.models import MintJob
from mints.states import JobStatus, Stage
from orders.worker.runner import stopping

EVERY = 0.3  # seconds between two notes of one runner
# Where each stage begins and ends, in per cent of the whole.
SHARES = {Stage.UPLOAD: (0, 10), Stage.METADATA: (10, 20), Stage.MINT: (20, 90), Stage.CLEANUP: (90, 100)}
LONGEST = 300  # letters of a message


class Interrupted(Exception):
    """The worker is to stop, or somebody has paused or cancelled the job. What was done stays."""


class Progress:
    """Of one stage of one job. Notes at most a few times a second, and never that less was done."""

    def __init__(self, job: MintJob, what: str) -> None:
        """`what` is the message, such as "Uploading pictures"."""
        self._job, self._what = job, what
        self._noted = -EVERY

    def tell(self, done: int, total: int) -> None:
        """So many of so many are done. Raises Interrupted."""
        if stopping.value:
            raise Interrupted
        now = time.monotonic()
        if now - self._noted >= EVERY or done == total:
            self._noted = now
            if not note(self._job, done, total, f"{self._what}: {done:,} of {total:,}."):
                raise Interrupted

    def share(self, total: int) -> Any:
        """The same for whoever tells a share from 0 to 1."""
        return lambda share: self.tell(min(total, int(share * total)), total)


def note(job: MintJob, done: int, total: int, message: str, **more: Any) -> bool:
    """Write it down; False where the job does not run any more, or is in another stage."""
    running = MintJob.objects.filter(pk=job.pk, status=JobStatus.RUNNING, stage=job.stage)
    percentage = Greatest("percentage", percent(Stage(job.stage), done, total))
    values = {"done": done, "total": total, "message": message[:LONGEST], "percentage": percentage, "moved_at": Now()}
    return bool(running.update(**values, **more))


def percent(stage: Stage, done: int, total: int) -> int:
    """Of the whole job, rounded down."""
    begin, end = SHARES[stage]
    return begin + (end - begin) * done // total if total else begin
