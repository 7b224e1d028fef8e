from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from chain.models import Wallet
from mints import runner
from mints.models import MintJob
from mints.serializers import signatures
from mints.states import JobStatus
from orders.commands import ProcessCommand
from orders.states import Kind


class Command(ProcessCommand):
    help = "Drive the open mint jobs and mint their items by hand, with the very code of the scheduled tasks; safe beside them."
    kind = Kind.ITEM
    signatures = staticmethod(signatures)

    def _wallets(self) -> list[Wallet]:
        """Also those whose items nobody has let go yet."""
        of_jobs = Wallet.objects.filter(collection__jobs__status=JobStatus.RUNNING).values("pk")
        mine = Q(pk__in=of_jobs) | Q(pk__in=[wallet.pk for wallet in super()._wallets()])
        return list(Wallet.objects.select_related("network").filter(mine))

    def _work(self, wallets: Sequence[Wallet], limit: int | None, *, once: bool, as_json: bool) -> None:
        """The jobs let items go, the lanes mint them, and the jobs hear of their ends."""
        self._drive(wallets, as_json=as_json)
        super()._work(wallets, limit, once=once, as_json=as_json)
        if not once:
            self._drive(wallets, as_json=as_json)

    def _drive(self, wallets: Sequence[Wallet], *, as_json: bool) -> None:
        for job in MintJob.objects.filter(status=JobStatus.RUNNING, collection__wallet__in=wallets).order_by("created"):
            said = runner.work(str(job.pk))
            job.refresh_from_db()
            told: dict[str, Any] = {"job": job.pk, "status": job.status, "stage": job.stage, "percentage": job.percentage}
            text = f"job {job.pk}: {job.get_stage_display()}, {job.percentage} %: {job.message}"
            self._say(told, f"job {job.pk}: {said}" if said.startswith("another") else text, as_json=as_json)
