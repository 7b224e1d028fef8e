"""Is it alive, is it ready, is it well: for process managers, load balancers and uptime tools. No secret in any of them."""

from collections.abc import Callable
from datetime import timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Exists, Max, Min, OuterRef
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django_q.brokers import get_broker

from chain import maintenance
from chain.findings import Severity
from chain.models import Transaction, Wallet
from chain.states import WalletStatus
from orders.models import AuditFinding, AuditRun, Heartbeat, Order, Stop
from orders.states import Status
from orders.worker.heartbeat import late
from orders.worker.runner import PULSE_LOCK

OLD = timedelta(minutes=10)  # whatever has waited longer than this is not normal, whatever the cause
SKEW = 2.0  # seconds

AUDIT_OLD = timedelta(hours=3)  # it runs each hour

Check = tuple[bool, str]


def alive(request: HttpRequest) -> HttpResponse:
    """This process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """Requests can be served: 200, else 503."""
    return _answer({"database": _database, "migrations": _migrations, "broker": _broker}, otherwise=503)


def monitor(request: HttpRequest) -> HttpResponse:
    """All goes well: 200, else 500."""
    checks = {
        "database": _database, "clock": _clock, "maintenance": _maintenance, "queue": _queue, "transactions": _transactions,
        "pulse": _pulse, "workers": _workers, "lanes": _lanes, "waits": _waits, "wallets": _wallets, "audit": _audit,
    }  # fmt: skip
    return _answer(checks, otherwise=500)


def _answer(checks: dict[str, Callable[[], Check]], otherwise: int) -> HttpResponse:
    results = {name: _safely(check) for name, check in checks.items()}
    ok = all(passed for passed, _ in results.values())
    lines = [{"name": name, "ok": passed, "detail": detail} for name, (passed, detail) in results.items()]
    return JsonResponse({"ok": ok, "checks": lines}, status=200 if ok else otherwise)


def _safely(check: Callable[[], Check]) -> Check:
    try:
        return check()
    except (DatabaseError, OSError) as error:
        return False, f"cannot be checked: {type(error).__name__}"  # the message may name hosts and users


def _database() -> Check:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True, "answers"


def _migrations() -> Check:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return not missing, f"{len(missing)} to be applied" if missing else "all applied"


def _broker() -> Check:
    answers = bool(get_broker().ping())
    return answers, "answers" if answers else "does not answer"


def _maintenance() -> Check:
    why = maintenance.reason()
    return not why, f"on: {why}" if why else "off"


def _clock() -> Check:
    """Nothing about money goes by this host clock, but throttles, the task queue and logs do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        off = (timezone.now() - cursor.fetchone()[0]).total_seconds()
    return abs(off) < SKEW, f"{off:+.1f} s off the database clock"


def _queue() -> Check:
    """Orders that staff have stopped may wait for as long as they like."""
    stopped = Stop.objects.values("group")
    oldest = Order.objects.filter(status=Status.PENDING).exclude(group__in=stopped).aggregate(oldest=Min("created"))["oldest"]
    if oldest is None:
        return True, "nothing pending"
    age = timezone.now() - oldest
    return age < OLD, f"the oldest pending order is {age.total_seconds():.0f} s old"


def _transactions() -> Check:
    """Unmined for long: evicted, too cheap under the ceiling, or unheard of, and sent again all the while."""
    oldest = Transaction.objects.unmined().aggregate(oldest=Min("created"))["oldest"]
    if oldest is None:
        return True, "none waits for a block"
    age = timezone.now() - oldest
    return age < OLD, f"the oldest without a block is {age.total_seconds():.0f} s old"


def _waits() -> Check:
    """Lanes that have been held up for long and have work: by dead nodes, dear gas, an empty wallet, a missing key."""
    pending = Exists(Order.objects.filter(wallet=OuterRef("pk"), status=Status.PENDING))
    in_flight = Exists(Transaction.objects.open().filter(wallet=OuterRef("pk")))
    wallets = Wallet.objects.filter(pending | in_flight, waiting_since__lt=Now() - OLD)
    words = [f"{wallet.name}: {wallet.get_waiting_display()}" for wallet in wallets.exclude(waiting="")]
    return not words, "; ".join(words) if words else "no lane is held up"


def _pulse() -> Check:
    """The pulse that looks for work holds this lock for as long as it lives; for a moment nobody may."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND (classid::bigint << 32) | objid::bigint = %s",
            [PULSE_LOCK],
        )
        beats = cursor.fetchone()[0] > 0
    return beats, "beats" if beats else "no worker runs it"


def _workers() -> Check:
    """One that is well is enough: a wallet is anybody's. The silent are told, without their names."""
    silent = set(Heartbeat.objects.filter(late()).values_list("worker", flat=True))
    beating = set(Heartbeat.objects.values_list("worker", flat=True)) - silent
    return bool(beating), f"{len(beating)} beat" + (f", {len(silent)} silent" if silent else "")


def _lanes() -> Check:
    last = Wallet.objects.aggregate(last=Max("last_tick_at"))["last"]
    return True, f"the last turn was {(timezone.now() - last).total_seconds():.0f} s ago" if last else "no turn yet"


def _wallets() -> Check:
    names = list(Wallet.objects.filter(status=WalletStatus.QUARANTINED).values_list("name", flat=True))
    return not names, f"quarantined: {', '.join(names)}" if names else "none is quarantined"


def _audit() -> Check:
    """Nothing critical that nobody has looked at, and the last audit that could look at everything is not long ago."""
    critical = AuditFinding.objects.filter(looked_at__isnull=True, severity=Severity.CRITICAL)
    if codes := sorted(set(critical.values_list("code", flat=True))):
        return False, f"found and not looked at: {', '.join(codes)}"
    if not AuditRun.objects.filter(finished__isnull=False).exists():
        return True, "has not run yet"
    whole = AuditRun.objects.filter(complete=True).first()
    if whole is None or whole.finished is None:
        return False, "no audit could look at everything yet"
    age = timezone.now() - whole.finished
    return age < AUDIT_OLD, f"the last complete one ended {age.total_seconds() / 60:.0f} minutes ago"
