"""Checks of what Claimdesk stands on: database, broker, clocks, the worker's processes, and the audit."""

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from django.utils import timezone
from django_q.brokers import get_broker

from chain import maintenance as upkeep
from chain.findings import Severity
from chain.models import Wallet
from orders.health.ages import ago, words
from orders.health.asking import Check
from orders.models import AuditFinding, AuditRun, Heartbeat
from orders.states import Part
from orders.worker.heartbeat import late
from orders.worker.runner import PULSE_LOCK, held_lanes

SKEW = 2.0  # seconds
AUDIT_OLD = timedelta(hours=3)  # it runs each hour
LOOPS = (Part.PULSE, Part.TASKS)


def database() -> Check:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True, "answers"


def migrations() -> Check:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return not missing, f"{len(missing)} to be applied" if missing else "all applied"


def broker() -> Check:
    answers = bool(get_broker().ping())
    return answers, "answers" if answers else "does not answer"


def maintenance() -> Check:
    why = upkeep.reason()
    return not why, f"on: {why}" if why else "off"


def clock() -> Check:
    """Nothing about money goes by this host clock, but throttles, the task queue and logs do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        off = (timezone.now() - cursor.fetchone()[0]).total_seconds()
    return abs(off) < SKEW, f"{off:+.1f} s off the database clock"


def pulse() -> Check:
    """The pulse that looks for work holds this lock, in this database, for as long as it lives."""
    beats = PULSE_LOCK in held_lanes()
    return beats, "beats" if beats else "no worker runs it"


def workers() -> Check:
    """One that is well is enough: a wallet is anybody's. The silent are told, without their names."""
    silent = set(Heartbeat.objects.filter(late()).values_list("worker", flat=True))
    beating = set(Heartbeat.objects.values_list("worker", flat=True)) - silent
    return bool(beating), f"{len(beating)} beat" + (f", {len(silent)} silent" if silent else "")


def loop() -> Check:
    """The processor's loops go round: somewhere work is looked for, and somewhere tasks get done.

    Nothing of the chain and of money is in it, so that nobody starts a process again which only waits for coin.
    """
    rows = Heartbeat.objects.filter(part__in=LOOPS).values("part").annotate(age=ago(Max("at")))
    ages = dict(rows.values_list("part", "age"))
    limit = timedelta(milliseconds=settings.STAKING.loop_limit)
    said = [f"{part} {words(ages[part])} ago" if part in ages else f"{part} never seen" for part in LOOPS]
    lane = Wallet.objects.aggregate(age=ago(Max("last_tick_at")))["age"]
    said += [f"a lane {words(lane)} ago"] if lane is not None else []
    return all(ages.get(part, limit) < limit for part in LOOPS), ", ".join(said)


def audit() -> Check:
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
