"""What a stage is given: its job, and a way to say how far it is that is also where it learns that it must stop."""

import time
from dataclasses import dataclass, field

from mints.models import JobStatus, MintJob
from orders.worker.runner import stopping

MOST_ERRORS = 20  # sentences that are kept
_TELL_EVERY = 0.5  # seconds


class Stopped(Exception):
    """This process is to end, or somebody has paused or cancelled the job. The stage goes on another time."""


@dataclass(slots=True)
class Work:
    """One stage of one job, being done."""

    job: MintJob
    _told_at: float = field(default=float("-inf"))

    def tell(self, done: int, total: int, message: str = "") -> None:
        """Write down how far it is, not more often than people can read. Raises Stopped."""
        if stopping.value:
            raise Stopped
        now = time.monotonic()
        if done < total and now - self._told_at < _TELL_EVERY:
            return
        self._told_at = now
        rows = MintJob.objects.filter(pk=self.job.pk, status=JobStatus.RUNNING)
        if not rows.update(done=done, total=total, message=message or self.job.message):
            raise Stopped

    def share(self, share: float, total: int, message: str = "") -> None:
        """The same by the share that is done, 0 to 1."""
        self.tell(int(share * total), total, message)

    def warn(self, sentence: str) -> None:
        """What people should know of it although it went on. Nothing where there is nothing to say."""
        if sentence:
            self.job.errors = [*self.job.errors, f"Warning: {sentence}"][-MOST_ERRORS:]
            MintJob.objects.filter(pk=self.job.pk).update(errors=self.job.errors)
