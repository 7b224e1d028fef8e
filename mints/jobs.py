"""Mint jobs, as people and clients begin, pause, resume and cancel them. `mints.driving` carries them through their stages."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now
from django.db.transaction import atomic, on_commit

from mints.models import Collection, JobStatus, MintJob
from orders.intake import Refusal, Refused
from orders.models import Client, Order, Stop
from orders.moves import Move, move
from orders.notify import call, notify
from orders.states import Reason, Status

CHUNK = 1000  # items cancelled in one commit


class NotAllowed(Exception):
    """The job does not allow this now. The message is for people."""


@atomic
def start(collection: Collection, *, client: Client | None, actor: str, key: str | None, request_hash: str) -> MintJob:
    """A new job. Raises Refused where one is open or nothing is left to mint."""
    Collection.objects.select_for_update(no_key=True).get(pk=collection.pk)
    if collection.jobs.exclude(status__in=[JobStatus.COMPLETED, JobStatus.CANCELLED]).exists():
        raise Refused(Refusal.INVALID, "This collection is being minted already.")
    if not Order.objects.filter(group=collection.pk, status=Status.HELD, reason=Reason.NOT_RELEASED).exists():
        raise Refused(Refusal.INVALID, "Every item of this collection has been released already.")
    job = MintJob.objects.create(
        collection=collection, client=client, status_by=actor, idempotency_key=key, request_hash=request_hash,
        message="Waiting for a worker", total=collection.assets.count(),
    )  # fmt: skip
    _wake()
    return job


def pause(job_id: UUID, *, actor: str) -> MintJob:
    """Nothing new of it is uploaded or signed; what is on its way comes to its end. Raises NotAllowed."""
    with atomic():
        job = _locked(job_id)
        _check(job, JobStatus.RUNNING, allowed="Only a running job can be paused.")
        reason = "Its mint job was paused."
        stop, new = Stop.objects.get_or_create(
            group=job.collection_id, defaults={"wallet": job.collection.wallet, "reason": reason, "by": actor}
        )
        job.stopped_at = _since(stop) if new else None
        return _set(job, JobStatus.PAUSED, actor, "Paused")


def resume(job_id: UUID, *, actor: str) -> MintJob:
    """Go on where it stopped; a failed stage has all its tries again. Lifts no stop but its own. Raises NotAllowed."""
    with atomic():
        job = _locked(job_id)
        _check(job, JobStatus.PAUSED, JobStatus.FAILED, allowed="Only a paused or failed job can be resumed.")
        _lift(job)
        job.attempts, job.next_at = 0, None
        notify([job.collection.wallet_id])
        return _set(job, JobStatus.RUNNING, actor, "Resumed")


def cancel(job_id: UUID, *, actor: str) -> MintJob:
    """No further item of it is minted; those that are bound to a transaction come to their end. Raises NotAllowed."""
    with atomic():
        job = _locked(job_id)
        open_ = (JobStatus.RUNNING, JobStatus.PAUSED, JobStatus.FAILED)
        _check(job, *open_, allowed="This job has ended.")
        job.ended_at = Now()
        _set(job, JobStatus.CANCELLED, actor, "Cancelled")
    while orders := _waiting(job):
        with atomic():
            moves = [
                Move(pk, Status(status), Status.CANCELLED, note=f"Its job was cancelled by {actor}.") for pk, status in orders
            ]
            if not move(moves, actor=actor):
                break  # all of them have just been moved by somebody else
    _lift(job)
    job.refresh_from_db()
    return job


def _waiting(job: MintJob) -> list[tuple[UUID, str]]:
    """Items that are on no transaction; what is held for a person's judgement is left to that person."""
    unreleased = Q(status=Status.HELD, reason=Reason.NOT_RELEASED)
    rows = Order.objects.filter(Q(status=Status.PENDING) | unreleased, group=job.collection_id)
    return list(rows.order_by("pk").values_list("pk", "status")[:CHUNK])


def _locked(job_id: UUID) -> MintJob:
    return MintJob.objects.select_for_update(no_key=True, of=("self",)).select_related("collection__wallet").get(pk=job_id)


def _check(job: MintJob, *statuses: JobStatus, allowed: str) -> None:
    if job.status not in statuses:
        raise NotAllowed(f"{allowed} It is {job.status}.")


def _set(job: MintJob, status: JobStatus, actor: str, message: str) -> MintJob:
    job.status, job.status_by, job.message, job.moved_at = status, actor, message, Now()
    job.save(update_fields=["status", "status_by", "message", "moved_at", "attempts", "next_at", "ended_at", "stopped_at"])
    _wake()
    job.refresh_from_db()
    return job


def _lift(job: MintJob) -> None:
    """The stop that its own pause has set, and no other."""
    if job.stopped_at is not None:
        Stop.objects.filter(group=job.collection_id, since=job.stopped_at).delete()


def _since(stop: Stop) -> datetime:
    stop.refresh_from_db(fields=["since"])  # the database's own clock
    return stop.since


def _wake() -> None:
    """The pulse; web processes may not enqueue tasks."""
    on_commit(partial(call, "mints"))
