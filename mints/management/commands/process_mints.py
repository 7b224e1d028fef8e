import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from chain.models import Wallet
from mints import runner
from mints.models import MintJob
from mints.serializers import signatures
from mints.states import JobStatus
from orders.commands import OPEN, ProcessCommand
from orders.models import Order
from orders.states import Kind
from orders.turn import Turn
from orders.worker.runner import drain, stopping

PATIENCE = 10.0  # seconds; a job that may go on later than that is left to the workers, or to a later run
_LOOK = 0.2  # seconds between two looks whether it may


class Command(ProcessCommand):
    help = "Work the open mint jobs and pending items by hand, with the very code of the worker; safe beside it."
    kind, article = Kind.ITEM, "an"
    signatures = staticmethod(signatures)

    def _wallets(self) -> list[Wallet]:
        """Also those of jobs whose items wait until the files are stored."""
        items = Order.objects.filter(wallet=OuterRef("pk"), kind=self.kind, status__in=OPEN)
        jobs = MintJob.objects.filter(collection__wallet=OuterRef("pk"), status=JobStatus.RUNNING)
        return list(Wallet.objects.select_related("network").filter(Exists(items) | Exists(jobs)))

    # -- working -------------------------------------------------------------------------------------------------------

    def _work(self, wallets: Sequence[Wallet], limit: int | None, *, once: bool, as_json: bool) -> None:
        jobs = [job.pk for job in _running().filter(collection__wallet__in=wallets)]
        super()._work(wallets, limit, once=once, as_json=as_json)
        self._tell(_jobs().filter(pk__in=jobs), as_json=as_json)

    def _turns(self, wallet: Wallet) -> Iterator[Turn]:
        """Jobs let items go, the lane mints them, and then the jobs see that it did."""
        jobs = _running().filter(collection__wallet=wallet)
        while True:
            taken = [job.pk for job in jobs.filter(_due(0)) if runner.work(str(job.pk)) == runner.TAKEN]
            jobs = jobs.exclude(pk__in=taken)
            turn = None
            for turn in drain(wallet, {self.kind}):
                yield turn
            if turn is None or turn.blocked or not _goes_on_soon(jobs):
                return

    # -- telling -------------------------------------------------------------------------------------------------------

    def _show_bills(self, wallets: Sequence[Wallet], limit: int | None, *, as_json: bool) -> None:
        super()._show_bills(wallets, limit, as_json=as_json)
        self._tell(_running().filter(collection__wallet__in=wallets), as_json=as_json)

    def _tell(self, jobs: QuerySet[MintJob], *, as_json: bool) -> None:
        """How far each is; its items that were not let go yet are in no bill."""
        for job in jobs:
            self._say(_facts(job), f"job {job.pk} of {job.collection}: {_sentence(job)}", as_json=as_json)


def _jobs() -> QuerySet[MintJob]:
    return MintJob.objects.select_related("collection").order_by("created")


def _running() -> QuerySet[MintJob]:
    return _jobs().filter(status=JobStatus.RUNNING)


def _due(seconds: float) -> Q:
    """What may go on within so many seconds."""
    return Q(next_at=None) | Q(next_at__lte=Now() + timedelta(seconds=seconds))


def _goes_on_soon(jobs: QuerySet[MintJob]) -> bool:
    """Wait until one of them may go on; False if that is not soon."""
    while not stopping.value and jobs.filter(_due(PATIENCE)).exists():
        if jobs.filter(_due(0)).exists():
            return True
        time.sleep(_LOOK)
    return False


def _sentence(job: MintJob) -> str:
    return f"{job.status} at {job.get_stage_display().lower()}, {job.percentage} %. {job.message}".rstrip()


def _facts(job: MintJob) -> dict[str, Any]:
    return {
        "job": str(job.pk), "collection": str(job.collection_id), "status": job.status, "stage": job.stage,
        "percentage": job.percentage, "message": job.message,
    }  # fmt: skip
