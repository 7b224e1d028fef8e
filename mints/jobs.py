"""Mint jobs: started, paused, resumed and cancelled by clients and staff. What they do is in `mints.stages`."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from django.db import IntegrityError
from django.db.models import Count, QuerySet
from django.db.models.functions import Now
from django.db.transaction import atomic, on_commit

from chain import crash
from mints import costs
from mints.models import Collection, Item, MintJob
from mints.states import ENDED, JOB_MOVES, JobStatus, Stage
from orders import actions
from orders.intake import KEY_REUSED, Refusal, Refused, invalid
from orders.models import Client, Order, Stop
from orders.notify import call, notify
from orders.states import Reason, Status

WAKE = "mint job"  # what the pulse hears
OPEN = (Status.PENDING, Status.HELD, Status.BUSY)
_CHUNK = 5000  # orders in one statement


@dataclass(frozen=True, slots=True)
class Started:
    """A job; `replayed` when an earlier request with the same key had started it."""

    job: MintJob
    replayed: bool = False


def start(
    collection: Collection, client: Client | None, *, actor: str, key: str | None = None, request_hash: str = "",
    max_cost: int | None = None,
) -> Started:  # fmt: skip
    """Let a collection go through its stages. `max_cost` in lamports. Raises Refused."""
    if earlier := _earlier(client, key, request_hash):
        return Started(earlier, replayed=True)
    _check_cost(collection, max_cost)
    job = MintJob(
        collection=collection, client=client, idempotency_key=key, request_hash=request_hash, status_by=actor,
        message="Waits for a worker.",
    )  # fmt: skip
    try:
        with atomic():
            job.save(force_insert=True)
            if not startable(collection).exists():
                raise Refused(Refusal.NOTHING_TO_MINT, "None of its items waits to be minted.")
            on_commit(wake)
            crash.point("job_starting")
    except IntegrityError as error:
        if earlier := _earlier(client, key, request_hash):
            return Started(earlier, replayed=True)
        raise _open_already(collection) from error
    crash.point("job_started")
    job.refresh_from_db()
    return Started(job)


def startable(collection: Collection) -> QuerySet[Item]:
    """Items that were never let go."""
    return collection.items.filter(order__status=Status.HELD, order__reason=Reason.NOT_RELEASED)


def pause(job: MintJob, *, actor: str, reason: str) -> MintJob:
    """Sign nothing more of it. What is on its way goes to its end. Raises Refused."""
    with atomic():
        _move(job, JobStatus.PAUSED, actor, message=f"Paused: {reason}"[:300])
        stop, ours = Stop.objects.get_or_create(
            group=job.collection_id,
            defaults={"wallet": job.collection.wallet, "reason": f"Its mint job is paused: {reason}", "by": actor},
        )
        if ours:
            stop.refresh_from_db(fields=["since"])
            MintJob.objects.filter(pk=job.pk).update(stopped_at=stop.since)
    return _fresh(job)


def resume(job: MintJob, *, actor: str, reason: str) -> MintJob:
    """Go on where it stopped, with new tries. Lifts the stop that its own pause has set, and no other. Raises Refused."""
    with atomic():
        _move(job, JobStatus.RUNNING, actor, message=f"Goes on: {reason}"[:300], attempts=0, next_at=None)
        _lift(job)
        on_commit(wake)
    return _fresh(job)


def cancel(job: MintJob, *, actor: str, reason: str) -> MintJob:
    """Cancel the items that wait; those that are on their way go to their end. Raises Refused."""
    with atomic():
        _move(job, JobStatus.CANCELLED, actor, ended_at=Now(), next_at=None)
        # The trail has the job's own move and who asked for it; a line for each of its orders would be fifty thousand.
        why = f"Its mint job was cancelled by {actor}: {reason}"
        cancelled = sum(actions.cancel_waiting(orders, actor="lane", reason=why) for orders in _chunks(job.collection))
        _lift(job)
        said = f"Cancelled, and {cancelled:,} items with it: {reason}"
        MintJob.objects.filter(pk=job.pk).update(message=said[:300])
    return _fresh(job)


def counts(collection: Collection) -> dict[str, int]:
    """How many of its items are in each status; a status that none has is not there."""
    rows = collection.items.order_by().values_list("order__status").annotate(Count("pk"))
    return {str(status): count for status, count in rows}


def wake() -> None:
    """Let the pulse look for jobs now. A lost call costs seconds."""
    call(WAKE)


# -- inside ----------------------------------------------------------------------------------------------------------------


def _move(job: MintJob, to: JobStatus, actor: str, **more: Any) -> None:
    """One guarded move. Raises Refused where the job's status does not allow it now."""
    legal = [before for before, after in JOB_MOVES.items() if to in after]
    jobs = MintJob.objects.filter(pk=job.pk, status__in=legal)
    if not jobs.update(status=to, status_by=actor, moved_at=Now(), **more):
        now = MintJob.objects.get(pk=job.pk)
        raise Refused(Refusal.JOB_MOVED, f"A job that is {now.status} cannot become {to}.", job=str(job.pk))


def _lift(job: MintJob) -> None:
    stopped = Stop.objects.filter(group=job.collection_id, since__in=MintJob.objects.filter(pk=job.pk).values("stopped_at"))
    if stopped.delete()[0]:
        notify([job.collection.wallet_id])
    MintJob.objects.filter(pk=job.pk).update(stopped_at=None)


def _fresh(job: MintJob) -> MintJob:
    return MintJob.objects.select_related("collection").get(pk=job.pk)


def _chunks(collection: Collection) -> Iterator[list[Order]]:
    """The orders of items that wait, in parts, in the sheet's order."""
    orders = Order.objects.filter(item__collection=collection, status__in=[Status.PENDING, Status.HELD])
    rows = orders.order_by("item__number").iterator(_CHUNK)
    while part := list(islice(rows, _CHUNK)):
        yield part


def _earlier(client: Client | None, key: str | None, request_hash: str) -> MintJob | None:
    """The job that the same key has started. Raises Refused when that was another request."""
    if key is None:
        return None
    earlier = MintJob.objects.select_related("collection").filter(client=client, idempotency_key=key).first()
    if earlier and earlier.request_hash != request_hash:
        raise Refused(Refusal.KEY_REUSED, KEY_REUSED)
    return earlier


def _open_already(collection: Collection) -> Refused:
    job = MintJob.objects.filter(collection=collection).exclude(status__in=ENDED).first()
    return Refused(Refusal.JOB_OPEN, "The collection has a job that has not ended.", job=str(job.pk) if job else "")


def _check_cost(collection: Collection, most: int | None) -> None:
    if most is None:
        return
    plan = costs.plan(collection)
    if plan is None:
        raise invalid("max_cost", "What a mint costs is known beforehand on Solana only.")
    if plan.estimate.total > most:
        said = f"It would cost {plan.estimate.total:,} lamports, more than {most:,}."
        facts = {**asdict(plan.shape), **asdict(plan.estimate), "total": plan.estimate.total}
        raise Refused(Refusal.COST_ABOVE_MAXIMUM, said, plan=facts)


__all__ = ["OPEN", "Stage", "Started", "cancel", "counts", "pause", "resume", "start", "startable", "wake"]
