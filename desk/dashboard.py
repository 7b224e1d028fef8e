"""The first page: how many orders are where, and what needs a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import Now
from django.http import HttpRequest
from django.urls import reverse

from chain import maintenance
from chain.models import Network, Wallet
from chain.states import Waiting, WalletStatus
from claims.leftovers import Leftover
from look.badges import Tone, badge
from look.paging import COUNT_UP_TO
from orders.admin.audit import TONES as FINDING_TONES
from orders.admin.page import TONES
from orders.audit.codes import CODES
from orders.health.asking import ask, registered
from orders.health.chains import levels
from orders.models import AuditFinding, Heartbeat, Order, Stop
from orders.states import Status
from orders.worker.heartbeat import late
from stakes.inbox import StreamMessage

# Lines of the monitor of which this page tells more than they do: each wallet, each worker, each finding.
TOLD_HERE = {"maintenance", "workers", "waits", "balance", "wallets", "audit"}


@dataclass(frozen=True, slots=True)
class Tile:
    badge: str
    count: str
    url: str


@dataclass(frozen=True, slots=True)
class Need:
    """Something a person should look at."""

    badge: str
    text: str
    url: str


def add_overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Put the overview into the index page's context; the theme calls this."""
    if request.user.has_perm("orders.view_order"):
        context |= {"tiles": tiles(), "needs": needs()}
    return context


def tiles() -> list[Tile]:
    return [
        Tile(badge(status.label, TONES[status]), _up_to(Order.objects.filter(status=status)), _orders(status=status))
        for status in Status
    ]


def needs() -> list[Need]:
    needing = (
        _maintenance,
        _red_lines,
        _findings,
        _orders_in_need,
        _unreadable,
        _wallets_in_need,
        _wallets_short_of_coin,
        _stops,
        _networks_in_need,
        _workers_in_need,
    )
    return [need for find in needing for need in find()]


def _maintenance() -> list[Need]:
    why = maintenance.reason()
    return [Need(badge("maintenance", Tone.BAD), f"Nothing is sent: {why}", _wallets())] if why else []


def _red_lines() -> list[Need]:
    """What is red in the monitor and has no row of its own here, in the monitor's words."""
    asked = {name: check for name, check in registered().items() if name not in TOLD_HERE}
    url = f"{reverse('monitor')}?format=text"
    return [Need(badge(line.name, Tone.BAD), f"Monitor: {line.detail}", url) for line in ask(asked) if not line.ok]


def _findings() -> list[Need]:
    """By code, the grave ones first."""
    counts = AuditFinding.objects.filter(looked_at__isnull=True).order_by("severity", "code").values_list("severity", "code")
    url = reverse("admin:orders_auditfinding_changelist")
    return [
        Need(
            badge(severity, FINDING_TONES[severity]),
            f"Audit: {dict(CODES)[code]} ({count:,})",
            f"{url}?open=yes&code__exact={code}",
        )
        for severity, code, count in counts.annotate(count=Count("pk"))
    ]


def _orders_in_need() -> list[Need]:
    held = Order.objects.filter(status=Status.HELD)
    failed = Order.objects.filter(status=Status.FAILED, moved_at__gte=Now() - timedelta(days=1))
    found = [
        (held, "held", Tone.WAIT, "waiting for somebody to release or cancel them", Status.HELD),
        (failed, "failed", Tone.BAD, "that failed in the last 24 hours", Status.FAILED),
    ]
    return [
        Need(badge(word, tone), f"Orders {text}: {_up_to(rows)}", _orders(status=status))
        for rows, word, tone, text, status in found
        if rows.exists()
    ]


def _unreadable() -> list[Need]:
    """What came out of Redis and is no order."""
    found = [
        (StreamMessage, "Messages of the stream", "stakes_streammessage"),
        (Leftover, "Entries of the claim queue", "claims_leftover"),
    ]
    return [
        Need(
            badge("unreadable", Tone.BAD),
            f"{what} that nobody could read: {_up_to(model._default_manager.exclude(problem=''))}",
            f"{reverse(f'admin:{page}_changelist')}?read=no",
        )
        for model, what, page in found
        if model._default_manager.exclude(problem="").exists()
    ]


def _wallets_in_need() -> list[Need]:
    rows = Wallet.objects.filter(~Q(status=WalletStatus.ACTIVE) | ~Q(waiting=""))
    return [_wallet(wallet) for wallet in rows[:50]]


def _wallet(wallet: Wallet) -> Need:
    url = reverse("admin:chain_wallet_change", args=[wallet.pk])
    if wallet.status == WalletStatus.ACTIVE:
        word = badge("waiting", Tone.WAIT)
        return Need(word, f"Wallet {wallet.name}: {wallet.get_waiting_display()} {wallet.waiting_detail}".strip(), url)
    tone = Tone.BAD if wallet.status == WalletStatus.QUARANTINED else Tone.WAIT
    return Need(badge(wallet.status, tone), f"Wallet {wallet.name}: {wallet.status_reason}", url)


def _wallets_short_of_coin() -> list[Need]:
    """In the monitor's words. Those that wait for coin already are told of by their waiting."""
    low = [(wallet, why) for wallet, why in levels() if why and wallet.waiting != Waiting.FUNDS]
    return [
        Need(badge("low", Tone.WAIT), f"Wallet {wallet.name}: {why}", reverse("admin:chain_wallet_change", args=[wallet.pk]))
        for wallet, why in low[:50]
    ]


def _stops() -> list[Need]:
    return [
        Need(badge("stopped", Tone.BAD), f"Orders on wallet {stop.wallet.name}: {stop.reason}", _orders(group=stop.group))
        for stop in Stop.objects.select_related("wallet")[:50]
    ]


def _networks_in_need() -> list[Need]:
    resting = Network.objects.filter(rests_until__gt=Now())
    return [Need(badge("no node", Tone.BAD), f"No node of {network} answers.", _network(network)) for network in resting]


def _workers_in_need() -> Iterator[Need]:
    """Those that are silent, and those that had to be helped within the last hour."""
    url = reverse("monitor")
    silent = Heartbeat.objects.filter(late())
    for beat in silent:
        yield Need(
            badge("silent", Tone.BAD),
            f"Worker {beat.worker}: nothing heard from its {beat.part} since {beat.at:%H:%M:%S}.",
            url,
        )
    helped = Heartbeat.objects.filter(restarts__gt=0, started__gte=Now() - timedelta(hours=1))
    for beat in helped.exclude(late()):
        text = f"Worker {beat.worker} started its {beat.part} again at {beat.started:%H:%M:%S}: {beat.restarted_because}."
        yield Need(badge(f"restarted {beat.restarts}×", Tone.WAIT), text, url)


def _network(network: Network) -> str:
    return reverse("admin:chain_network_change", args=[network.pk])


def _wallets() -> str:
    return reverse("admin:chain_wallet_changelist")


def _up_to(rows: Any) -> str:
    count = rows.order_by()[:COUNT_UP_TO].count()
    return f"{count:,}" if count < COUNT_UP_TO else f"{COUNT_UP_TO:,}+"


def _orders(*, status: Status | None = None, group: Any = None) -> str:
    query = f"status__exact={status.value}" if status else f"group={group}"
    return f"{reverse('admin:orders_order_changelist')}?{query}"
