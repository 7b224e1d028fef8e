"""The states of a mint job, as data. `docs/state_machine.md` draws them; a test compares that and the database's own guard."""

from django.db.models import TextChoices


class Stage(TextChoices):
    """What a job does, in this order.

    UPLOAD    the folder of pictures is stored where the settings say.
    METADATA  one file an item, and one of the collection, stored in the same way.
    MINT      what the collection needs on the chain is planned, its items are let go, and all of them come to an end.
    CLEANUP   what was sent here is removed from the disk.
    """

    UPLOAD = "upload"
    METADATA = "metadata"
    MINT = "mint"
    CLEANUP = "cleanup"


class JobStatus(TextChoices):
    """RUNNING while anything is to be done, also between two tries; FAILED when a stage's tries are used up, until resumed."""

    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


ENDED = (JobStatus.COMPLETED, JobStatus.CANCELLED)

JOB_MOVES: dict[JobStatus, tuple[JobStatus, ...]] = {
    JobStatus.RUNNING: (JobStatus.PAUSED, JobStatus.FAILED, JobStatus.COMPLETED, JobStatus.CANCELLED),
    JobStatus.PAUSED: (JobStatus.RUNNING, JobStatus.CANCELLED),
    JobStatus.FAILED: (JobStatus.RUNNING, JobStatus.CANCELLED),
    JobStatus.COMPLETED: (),
    JobStatus.CANCELLED: (),
}
