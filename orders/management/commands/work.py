import signal
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections
from django_q.cluster import Cluster
from django_q.tasks import async_task

from chain.models import Wallet
from chain.signing import unlock_all
from orders.runner import stopping
from orders.schedules import ensure_schedules


class Command(BaseCommand):
    help = "Run the worker: the django-q2 cluster whose tasks are the pulse and the lanes. SIGTERM drains it within seconds."

    def get_check_kwargs(self, options: Any) -> Any:
        """Not on a database that may forget what it has said is stored."""
        return super().get_check_kwargs(options) | {"databases": ["default"]}

    def handle(self, *args: Any, **options: Any) -> None:
        ensure_schedules()
        cluster = Cluster()

        def drain(number: int, frame: FrameType | None) -> None:
            stopping.value = True
            cluster.sig_handler(number, frame)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, drain)
        # Ticks that a killed cluster had taken from the queue are lost. Asking for one twice changes nothing.
        Wallet.objects.filter(tick_asked_at__isnull=False).update(tick_asked_at=None)
        unlock_all()
        connections.close_all()  # a connection must not be shared with the workers that fork now
        cluster.start()
        # The scheduler's first pass comes half a minute after the start; work that waits is not kept waiting for it.
        async_task("orders.runner.pulse", save=False, task_name="pulse")
