"""From the alarm clock to the jobs: each is driven by one runner at a time, as far as it can go now.

A lost or doubled message changes nothing: the pulse looks at the table, and the job's lock decides who works.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django_q.tasks import async_task
from redis.exceptions import RedisError

from chain import crash
from chain.locks import lock_connection
from mints.models import MintJob
from mints.progress import SHARES, Interrupted
from mints.stages import CLEANUP_AFTER, TRIES, Run, after, cleanup, metadata, mint, pause, upload
from mints.states import JobStatus, Stage
from mints.uploaders.base import NeedsPerson, RetryLater
from orders.worker.runner import ASKED_ANEW, stopping

log = logging.getLogger(__name__)

LOCKS = 0x4D696E74  # "Mint": the space of the jobs' advisory locks, which have two numbers; a lane's has one
TASK_SECONDS = 6 * 3600  # a large folder takes its time; a task that is killed goes on where it was
TAKEN = "another runner has this job"  # what `work` says then
_MOST_ERRORS = 20  # sentences that a job keeps
_MOST_LOOKED_AT = 50  # jobs, at one look

STAGES: dict[Stage, Run] = {
    Stage.UPLOAD: upload.run,
    Stage.METADATA: metadata.run,
    Stage.MINT: mint.run,
    Stage.CLEANUP: cleanup.run,
}


# -- the pulse -------------------------------------------------------------------------------------------------------------


def look() -> int:
    """Ask for a runner for each job that is due and has none; how many. Called by the pulse, and by a schedule each minute.

    At most half of the workers drive jobs, so that a large upload never keeps the lanes waiting.
    """
    jobs = list(due()[:_MOST_LOOKED_AT])
    held = _held_locks() if jobs else set()
    room = max(1, settings.Q_WORKERS // 2) - len(held)
    unheld = [job for job in jobs if _key(job.pk) not in held]
    return sum(_ask(job) for job in unheld[: max(room, 0)])


def due() -> QuerySet[MintJob]:
    """Jobs that somebody should drive now, those that have waited longest first."""
    unasked = Q(asked_at=None) | Q(asked_at__lt=Now() - ASKED_ANEW)
    return MintJob.objects.filter(_now(), unasked, status=JobStatus.RUNNING).order_by("moved_at")


def waits() -> bool:
    """Whether a runner was asked for that no worker has begun: `orders.worker.runner` has warm lanes make room for it."""
    return MintJob.objects.filter(status=JobStatus.RUNNING, asked_at__isnull=False).exists()


def _now() -> Q:
    return Q(next_at=None) | Q(next_at__lte=Now())


def _ask(job: MintJob) -> bool:
    """Guarded, so that two pulses at once ask once."""
    if not MintJob.objects.filter(pk=job.pk, asked_at=job.asked_at).update(asked_at=Now()):
        return False
    crash.point("job_asked")
    try:
        async_task("mints.runner.work", str(job.pk), save=False, timeout=TASK_SECONDS, task_name=f"mint {job.pk}")
    except (RedisError, OperationalError):
        log.warning("broker_lost")
        _never_came(job.pk)
        return False
    return True


def _held_locks() -> set[int]:
    """The jobs' locks that are held in this database now, as `_key` gives them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND classid = %s AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [LOCKS],
        )
        return {row[0] for row in cursor.fetchall()}


def _key(job: UUID) -> int:
    """32 of the random bits of its UUIDv7, as PostgreSQL shows them."""
    return int.from_bytes(job.bytes[12:])


# -- the runner --------------------------------------------------------------------------------------------------------------


def work(job_id: str) -> str:
    """Drive one job until it has ended, waits, or this worker is to stop. A database that breaks off ends it as well."""
    try:
        with _locked(UUID(job_id)) as mine:
            if not mine:
                return TAKEN
            MintJob.objects.filter(pk=job_id).update(asked_at=None)
            return drive(UUID(job_id))
    except (OperationalError, InterfaceError, psycopg.OperationalError) as error:
        log.warning("database_lost", extra={"job": job_id, "error": str(error)})
        connection.close_if_unusable_or_obsolete()
        return "the database was lost"
    finally:
        _never_came(UUID(job_id))


def drive(job_id: UUID) -> str:
    """Stage after stage, inside the job's lock. In tests and commands: under it as well."""
    crash.point("job_opened")
    while not stopping.value:
        job = MintJob.objects.select_related("collection__wallet__network").filter(pk=job_id).filter(_now()).first()
        if job is None or job.status != JobStatus.RUNNING:
            return "waits" if job is None else job.status
        try:
            _step(job)
        except Interrupted:
            return "interrupted"
    return "stopping"


@contextmanager
def _locked(job: UUID) -> Iterator[bool]:
    """Whether the job is ours until the end of the block of code. Its lock dies with this process."""
    number = int.from_bytes(job.bytes[12:], signed=True)
    with lock_connection() as lock:
        yield lock.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCKS, number]).fetchone() == (True,)


def _never_came(job: UUID) -> None:
    """Let a runner be asked for again at once; where the database is gone, that is in a minute."""
    with suppress(OperationalError, InterfaceError):
        MintJob.objects.filter(pk=job).update(asked_at=None)


def _step(job: MintJob) -> None:
    """One stage, as far as it goes. What goes wrong is noted, and tried again or left to people. Raises Interrupted."""
    stage = Stage(job.stage)
    try:
        outcome = STAGES[stage](job)
    except (Interrupted, OperationalError, InterfaceError, psycopg.OperationalError):
        raise
    except NeedsPerson as needed:
        _fail(job, str(needed))
    except RetryLater as later:
        _again(job, str(later), later.seconds or 0.0)
    except Exception as error:  # whatever it is, the job must say so and not vanish; logged
        log.exception("mint_stage_broke", extra={"job": str(job.pk), "stage": stage})
        _again(job, f"Something broke here ({type(error).__name__}); the log of the worker has more.", 0.0)
    else:
        if outcome is not None:
            _update(job, next_at=_in(outcome.seconds))
        else:
            _advance(job, after(stage))


def _advance(job: MintJob, stage: Stage | None) -> None:
    """The next stage, or the end."""
    fresh: dict[str, Any] = {"attempts": 0, "next_at": None, "moved_at": Now()}
    if stage is None:
        minted = job.message or "Completed."
        _update(job, status=JobStatus.COMPLETED, percentage=100, ended_at=Now(), message=minted, **fresh)
        crash.point("job_ended")
        return
    if stage == Stage.CLEANUP:
        fresh["next_at"] = _in(CLEANUP_AFTER)
    _update(job, stage=stage, done=0, total=0, percentage=SHARES[stage][0], **fresh)
    crash.point("stage_ended")


def _again(job: MintJob, why: str, seconds: float) -> None:
    """One try less. After the last of them the job has failed, until somebody resumes it."""
    stage, attempts = Stage(job.stage), job.attempts + 1
    if attempts >= TRIES[stage]:
        _fail(job, why, attempts)
        return
    wait = max(pause(stage, attempts), seconds)
    said = f"Try {attempts} of {TRIES[stage]} came to nothing, the next follows in {wait:.0f} s: {why}"
    _update(job, attempts=attempts, next_at=_in(wait), message=said[:300], errors=_with(job, why), moved_at=Now())


def _fail(job: MintJob, why: str, attempts: int | None = None) -> None:
    tries = job.attempts + 1 if attempts is None else attempts
    said = f"Failed at {job.get_stage_display().lower()}: {why}"
    _update(job, status=JobStatus.FAILED, attempts=tries, message=said[:300], errors=_with(job, why), moved_at=Now())


def _with(job: MintJob, why: str) -> list[str]:
    return [*(said for said in job.errors if said != why), why][-_MOST_ERRORS:]


def _update(job: MintJob, **values: Any) -> None:
    """Guarded: whoever has paused or cancelled the job meanwhile has the last word. Raises Interrupted."""
    if not MintJob.objects.filter(pk=job.pk, status=JobStatus.RUNNING, stage=job.stage).update(**values):
        raise Interrupted


def _in(seconds: float) -> Any:
    """By the clock of the database."""
    return Now() + timedelta(seconds=seconds)
