"""MINT: what the collection needs on the chain is planned once, its items are let go, and all of them come to an end.

The minting itself is the wallet's lane's. An item that failed does not hold up the others: staff may retry it at any time.
"""

from collections.abc import Mapping
from typing import Any

from django.db.transaction import atomic

from chain import crash
from chain.solana.trees import NoTree
from chain.solana.wanted import Program
from mints import costs, files
from mints.jobs import OPEN, counts, startable
from mints.models import Collection, MintJob
from mints.progress import Interrupted, Progress, note, percent
from mints.stages import Wait
from mints.states import JobStatus, Stage
from mints.uploaders.base import NeedsPerson
from orders.actions import release_stored
from orders.groundwork import Groundwork, Work
from orders.models import Stop
from orders.states import Status

_CHUNK = 5000  # items let go in one commit
_MOST_ERRORS = 20  # sentences of items that failed
_SOON, _LATE = 2.0, 30.0  # seconds between two looks, while items come to their ends and while people are waited for
_FILED = {Program.MINT_TO_COLLECTION_V1: Work.METADATA_COLLECTION, Program.MINT_V2_TO_CORE: Work.CORE_COLLECTION}


def run(job: MintJob) -> Wait | None:
    """Raises NeedsPerson, Interrupted."""
    if startable(job.collection).exists():
        _plan(job.collection)
        _release(job)
    return _look(job)


# -- groundwork ------------------------------------------------------------------------------------------------------------


def _plan(collection: Collection) -> None:
    """In the order in which it is to be done: what is planned already stays as it is."""
    with atomic():
        for work, spec in _needed(collection).items():
            Groundwork.objects.get_or_create(
                group=collection.pk, work=work, defaults={"wallet": collection.wallet, "spec": spec}
            )
        crash.point("ground_planned")


def _needed(collection: Collection) -> dict[Work, dict[str, Any]]:
    """Raises NeedsPerson."""
    if not collection.is_compressed:
        spec = {"to": collection.contract, "function": collection.base_uri_function, "uri": collection.base_uri}
        return {Work.BASE_URI: spec} if collection.base_uri_function else {}
    program = Program(collection.program)
    filed = {_FILED[program]: _own(collection)} if program in _FILED else {}
    return {**filed, Work.TREE: _tree(collection, program)}


def _own(collection: Collection) -> dict[str, Any]:
    uri = f"ipfs://{collection.metadata_cid}/{files.OF_COLLECTION}"
    return {"name": collection.name, "symbol": collection.symbol, "uri": uri}


def _tree(collection: Collection, program: Program) -> dict[str, Any]:
    try:
        shape = costs.shape_of(collection, collection.items.count())
    except NoTree as error:
        raise NeedsPerson(str(error)) from error
    return {"version": program.version, "depth": shape.depth, "buffer": shape.buffer, "canopy": shape.canopy}


# -- letting go ------------------------------------------------------------------------------------------------------------


def _release(job: MintJob) -> None:
    """Held items become pending, in the sheet's order, some thousand in one commit."""
    total = job.collection.items.count()
    progress = Progress(job, "Letting the items go")
    while part := list(startable(job.collection).select_related("order").order_by("number")[:_CHUNK]):
        progress.tell(0, total)
        with atomic():
            _still_running(job)
            release_stored([item.order for item in part], actor="lane", reason="Its mint job has come to it.")
            crash.point("releasing")
        crash.point("released")


def _still_running(job: MintJob) -> None:
    """Locks the job's row: a cancel comes before all of this commit, or after it and sees what it has let go."""
    if not MintJob.objects.select_for_update(no_key=True).filter(pk=job.pk, status=JobStatus.RUNNING).exists():
        raise Interrupted


# -- waiting for their ends --------------------------------------------------------------------------------------------------


def live(job: MintJob, tally: Mapping[str, int]) -> MintJob:
    """The job as it is this moment, by its items, and not as a runner saw it last: for whoever asks. Nothing is stored."""
    if job.stage == Stage.MINT and job.status == JobStatus.RUNNING:
        job.total = sum(tally.values())
        job.done = job.total - _left(tally)
        job.percentage = max(job.percentage, percent(Stage.MINT, job.done, job.total))
        job.message = _sentence(tally, _stop(job))
    return job


def _left(tally: Mapping[str, int]) -> int:
    """Items that have not come to an end."""
    return sum(tally.get(status, 0) for status in OPEN)


def _look(job: MintJob) -> Wait | None:
    """Whether all have come to an end; else when to look again."""
    tally = counts(job.collection)
    total, left, stop = sum(tally.values()), _left(tally), _stop(job)
    if not note(
        job, total - left, total, _sentence(tally, stop), errors=_errors(job.collection) if tally.get(Status.FAILED) else []
    ):
        raise Interrupted
    if not left:
        return None
    moves_by_itself = stop is None and left > tally.get(Status.HELD, 0)
    return Wait(_SOON if moves_by_itself else _LATE)


def _stop(job: MintJob) -> Stop | None:
    return Stop.objects.filter(group=job.collection_id).first()


def _sentence(tally: Mapping[str, int], stop: Stop | None) -> str:
    minted, failed, held = (tally.get(status, 0) for status in (Status.COMPLETED, Status.FAILED, Status.HELD))
    others = [(failed, "failed"), (held, "wait for a person"), (tally.get(Status.CANCELLED, 0), "were cancelled")]
    parts = [f"{minted:,} of {sum(tally.values()):,} are minted", *(f"{count:,} {what}" for count, what in others if count)]
    return f"{', '.join(parts)}." + (f" Stopped: {stop.reason}" if stop else "")


def _errors(collection: Collection) -> list[str]:
    """Why items failed, one sentence each."""
    failed = collection.items.filter(order__status=Status.FAILED).select_related("order").order_by("number")[:_MOST_ERRORS]
    return [f"Item {item.number}, {item.name}: {item.order.fail_reason}" for item in failed]
