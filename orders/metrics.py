"""`/metrics` in Prometheus's text form: read from the database whenever somebody asks, so that every web process says the same.

No secret is in it: numbers, and names of states.
"""

from collections.abc import Iterator

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from chain.models import Wallet
from chain.states import WalletStatus
from orders.audit.runs import totals
from orders.health.chains import sights
from orders.models import AuditFinding, AuditRun
from orders.states import Kind, Status


def metrics(request: HttpRequest) -> HttpResponse:
    registry = CollectorRegistry()
    registry.register(Database())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Database(Collector):
    """What the database says now. Each family is one query."""

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing, so that registering does not ask the database."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _orders()
        yield _wallets()
        yield from _levels()
        yield _heads()
        yield _findings()
        yield from _runs()


def _orders() -> GaugeMetricFamily:
    family = GaugeMetricFamily("claimdesk_orders", "Orders by kind and status.", labels=["kind", "status"])
    counted = totals()
    for kind in Kind:
        for status in Status:
            family.add_metric([kind, status], counted.get(kind, {}).get(status, 0))
    return family


def _wallets() -> GaugeMetricFamily:
    family = GaugeMetricFamily("claimdesk_wallets", "Wallets by status.", labels=["status"])
    counted = dict(Wallet.objects.order_by().values_list("status").annotate(count=Count("pk")))
    for status in WalletStatus:
        family.add_metric([status], counted.get(status, 0))
    return family


def _levels() -> Iterator[GaugeMetricFamily]:
    """In whole coins of the network: a float has no room for wei. A level that nobody has set is left out."""
    told = {
        "balance": "What a wallet had when it was last looked at.",
        "minimum_balance": "With less than this it signs nothing new.",
        "alert_balance": "With less than this the monitor is red.",
    }
    families = {
        name: GaugeMetricFamily(f"claimdesk_wallet_{name}_coins", text, labels=["wallet", "network"])
        for name, text in told.items()
    }
    for wallet in Wallet.objects.select_related("network").order_by("pk"):
        for name, family in families.items():
            if (wei := getattr(wallet, name)) is not None:
                family.add_metric([wallet.name, wallet.network.name], int(wei) / 10**wallet.network.decimals)
    yield from families.values()


def _heads() -> GaugeMetricFamily:
    """None of a network that no lane has looked at yet."""
    family = GaugeMetricFamily(
        "claimdesk_network_head_age_seconds", "Seconds since the newest block that a lane has seen.", labels=["network"]
    )
    for sight in sights():
        if sight.block is not None:
            family.add_metric([sight.name], sight.block.total_seconds())
    return family


def _findings() -> GaugeMetricFamily:
    """By code those that there are; the sum over none is none."""
    family = GaugeMetricFamily(
        "claimdesk_audit_open_findings", "What audits found and nobody has looked at.", labels=["code", "severity"]
    )
    rows = AuditFinding.objects.filter(looked_at__isnull=True).order_by().values_list("code", "severity")
    for code, severity, count in rows.annotate(count=Count("pk")):
        family.add_metric([code, severity], count)
    return family


def _runs() -> Iterator[GaugeMetricFamily]:
    """The age is that of the last audit that could look at everything; there is none before the first."""
    finished = AuditRun.objects.filter(finished__isnull=False)
    last, whole = finished.first(), finished.filter(complete=True).first()
    complete = GaugeMetricFamily("claimdesk_audit_complete", "Whether the last audit could look at everything.")
    age = GaugeMetricFamily("claimdesk_audit_age_seconds", "Seconds since the last complete audit ended.")
    if last is not None:
        complete.add_metric([], last.complete)
    if whole is not None and whole.finished is not None:
        age.add_metric([], (timezone.now() - whole.finished).total_seconds())
    yield complete
    yield age
