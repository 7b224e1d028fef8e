"""Carrying mint jobs through their stages: one worker a job at a time, each stage going on where it stopped.

A lost or doubled message changes nothing: the pulse looks at the table every few seconds, and the job's lock, which dies with
its holder, decides who works. What a stage has done is in other tables or on IPFS; the job's row only says where it is.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import OperationalError
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django_q.tasks import async_task
from redis.exceptions import RedisError

from chain import crash
from chain.locks import lock_connection, lock_key
from mints.models import JobStatus, MintJob, Stage
from mints.progress import SPANS
from mints.stages.cleanup import cleanup
from mints.stages.metadata import metadata
from mints.stages.mint import mint
from mints.stages.upload import upload
from mints.stages.work import MOST_ERRORS, Stopped, Work
from mints.uploaders.base import NeedsPerson, RetryLater
from orders.worker.runner import held_lanes, stopping

log = logging.getLogger(__name__)

ASKED_ANEW = timedelta(seconds=60)  # a run that was asked for and never came is asked for again
CLEANUP_AFTER = 60.0  # seconds
LONGEST_PAUSE = 300.0  # seconds between two tries


@dataclass(frozen=True, slots=True)
class _Step:
    """A stage, how often it is tried, and the pause after its first failure, in seconds; each further one is twice as long."""

    do: Callable[[Work], float | None]
    attempts: int = 3
    pause: float = 2.0


STEPS = {
    Stage.UPLOAD: _Step(upload),
    Stage.METADATA: _Step(metadata),
    Stage.MINT: _Step(mint, attempts=5, pause=5.0),
    Stage.CLEANUP: _Step(cleanup),
}
NEXT = {Stage.UPLOAD: Stage.METADATA, Stage.METADATA: Stage.MINT, Stage.MINT: Stage.CLEANUP}


# -- from the pulse to a worker ----------------------------------------------------------------------------------------------


def ask() -> int:
    """Ask a worker for each job that is due and that nobody is at. Returns how many were asked for."""
    due = Q(next_at=None) | Q(next_at__lte=Now())
    unasked = Q(asked_at=None) | Q(asked_at__lt=Now() - ASKED_ANEW)
    asked, held = 0, held_lanes()
    for job in MintJob.objects.filter(due, unasked, status=JobStatus.RUNNING).order_by("created"):
        if lock_key(job.pk) in held:
            continue
        if MintJob.objects.filter(pk=job.pk, asked_at=job.asked_at).update(asked_at=Now()):
            asked += _enqueue(job)
    return asked


def _enqueue(job: MintJob) -> int:
    try:
        async_task("mints.driving.run", str(job.pk), save=False, task_name=f"mint job {job.pk}"[:100])
    except (RedisError, OperationalError):
        log.warning("broker_lost")
        MintJob.objects.filter(pk=job.pk).update(asked_at=None)
        return 0
    return 1


def run(job_id: str) -> str:
    """Carry a job on until it has to wait, or has ended, or this process is to stop."""
    with _held(UUID(job_id)) as mine:
        if not mine:
            return "another worker has this job"
        steps = 0
        while not stopping.value and (job := _due(UUID(job_id))) and _step(job):
            steps += 1
    return f"{steps} stages"


@contextmanager
def _held(job_id: UUID) -> Iterator[bool]:
    lock = lock_connection()
    try:
        yield lock.execute("SELECT pg_try_advisory_lock(%s)", [lock_key(job_id)]).fetchone() == (True,)
    finally:
        lock.close()


def _due(job_id: UUID) -> MintJob | None:
    MintJob.objects.filter(pk=job_id).update(asked_at=None)
    due = Q(next_at=None) | Q(next_at__lte=Now())
    jobs = MintJob.objects.select_related("collection__wallet__network")
    return jobs.filter(due, pk=job_id, status=JobStatus.RUNNING).first()


def _step(job: MintJob) -> bool:
    """One stage, or a part of it; whether the next one may follow at once."""
    step = STEPS[Stage(job.stage)]
    try:
        wait = step.do(Work(job))
    except Stopped:
        return False
    except NeedsPerson as error:
        _give_up(job, str(error))
        return False
    except (RetryLater, OSError) as error:
        _try_again(job, step, str(error), getattr(error, "seconds", None))
        return False
    except Exception:
        log.exception("mint_job_failed", extra={"job": str(job.pk), "stage": job.stage})
        _try_again(job, step, "Something went wrong that nobody foresaw; the log has it.")
        return False
    crash.point("stage_done")
    if wait is not None:
        _running(job).update(next_at=Now() + timedelta(seconds=wait), attempts=0)
        return False
    return _advance(job)


def _advance(job: MintJob) -> bool:
    following = NEXT.get(Stage(job.stage))
    reached = SPANS[Stage(job.stage)][1]
    if following is None:
        _running(job).update(
            status=JobStatus.COMPLETED, percentage=100, message="Completed", ended_at=Now(), moved_at=Now(), next_at=None
        )
        return False
    later = Now() + timedelta(seconds=CLEANUP_AFTER) if following == Stage.CLEANUP else None
    moved = _running(job).update(
        stage=following, done=0, total=0, percentage=reached, attempts=0, next_at=later, moved_at=Now()
    )
    crash.point("stage_noted")
    return bool(moved) and later is None


def _try_again(job: MintJob, step: _Step, why: str, seconds: float | None = None) -> None:
    if job.attempts + 1 >= step.attempts:
        _give_up(job, f"{why} Given up after {step.attempts} tries.")
        return
    pause_ = min(LONGEST_PAUSE, max(seconds or 0.0, step.pause * 2**job.attempts))
    _running(job).update(
        attempts=F("attempts") + 1, next_at=Now() + timedelta(seconds=pause_), errors=_errors(job, why),
        message=f"Will be tried again in {pause_:.0f} s: {why}"[:300],
    )  # fmt: skip


def _give_up(job: MintJob, why: str) -> None:
    log.warning("mint_job_needs_a_person", extra={"job": str(job.pk), "stage": job.stage, "why": why})
    _running(job).update(status=JobStatus.FAILED, errors=_errors(job, why), message=why[:300], moved_at=Now())


def _errors(job: MintJob, why: str) -> list[str]:
    return [*job.errors, why][-MOST_ERRORS:]


def _running(job: MintJob) -> QuerySet[MintJob]:
    """Guarded: whoever has paused or cancelled it meanwhile is not overruled."""
    return MintJob.objects.filter(pk=job.pk, status=JobStatus.RUNNING, stage=job.stage)
