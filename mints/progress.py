"""How far a job is, read from the tables whenever somebody asks: the percentage, and a sentence."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count

from mints.models import Collection, JobStatus, MintJob, Stage
from orders.models import Order
from orders.states import Status

# Where each stage begins and ends, in percent.
SPANS = {Stage.UPLOAD: (0, 10), Stage.METADATA: (10, 20), Stage.MINT: (20, 90), Stage.CLEANUP: (90, 100)}


@dataclass(frozen=True, slots=True)
class Tally:
    """The items of a collection: all, minted, ended without being minted, and waiting for a person."""

    total: int
    minted: int
    failed: int
    cancelled: int
    held: int

    @property
    def settled(self) -> int:
        return self.minted + self.failed + self.cancelled

    @property
    def sentence(self) -> str:
        others = [(self.failed, "failed"), (self.cancelled, "cancelled"), (self.held, "held for a person")]
        more = "".join(f", {number:,} {word}" for number, word in others if number)
        return f"{self.minted:,} of {self.total:,} items minted{more}"


@dataclass(frozen=True, slots=True)
class Progress:
    """What the status of a job answers; steps are files or items of the current stage."""

    percentage: int
    message: str
    current_step: str
    total_steps: int
    completed_steps: int
    minted: int
    total: int
    errors: list[str]


def tally(collection: Collection) -> Tally:
    rows = Order.objects.filter(group=collection.pk).order_by().values_list("status").annotate(Count("pk"))
    counts: Counter[str] = Counter(dict(rows))
    ended = (Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.HELD)
    return Tally(counts.total(), *(counts[status] for status in ended))


def progress(job: MintJob) -> Progress:
    """Reads only. While items are minted this is ahead of the job's own row."""
    counts = tally(job.collection)
    minting = job.stage == Stage.MINT
    done, total = (counts.settled, counts.total) if minting else (job.done, job.total)
    message = counts.sentence if minting and job.status == JobStatus.RUNNING else job.message
    return Progress(
        max(job.percentage, percent(job, done, total)),
        message,
        _step(job),
        total,
        done,
        counts.minted,
        counts.total,
        job.errors,
    )


def percent(job: MintJob, done: int, total: int) -> int:
    if job.status == JobStatus.COMPLETED:
        return 100
    start, end = SPANS[Stage(job.stage)]
    return start + ((end - start) * done // total if total else 0)


def _step(job: MintJob) -> str:
    return job.stage if job.status == JobStatus.RUNNING else job.status
