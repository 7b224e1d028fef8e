"""The audit that runs by itself, each hour: what is new since the last one. What it finds is kept until a person has looked.

A run ends within its time. What it had no time for, or what no node answered for, the next one goes on with.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import Count
from django.db.models.functions import Now
from django.db.transaction import atomic

from chain.audit import Course, Scope
from chain.findings import ChainCode, Finding
from chain.locks import lock_connection
from chain.models import Wallet
from orders.audit.examine import examine
from orders.models import AuditFinding, AuditRun, Order

SECONDS = 120.0  # for blocks; django-q2 ends a task after 180
OVERLAP = 256  # blocks that the last run has looked at already
ROWS_OVERLAP = timedelta(hours=1)
AUDIT_LOCK = 0x4175646974  # "Audit"


def run(seconds: float = SECONDS) -> str:
    """Look at what is new, and keep what is found. One at a time."""
    with _alone() as alone:
        if not alone:
            return "another audit runs"
        ends = time.monotonic() + seconds
        return _audit(Course(goes_on=lambda: time.monotonic() < ends))


@contextmanager
def _alone() -> Iterator[bool]:
    with lock_connection() as lock:
        yield lock.execute("SELECT pg_try_advisory_lock(%s)", [AUDIT_LOCK]).fetchone() == (True,)


def _audit(course: Course) -> str:
    last = AuditRun.objects.filter(finished__isnull=False).first()
    now = AuditRun.objects.create()
    findings = list(examine(_scope(last), course))
    missed = [finding for finding in findings if finding.code == ChainCode.INCOMPLETE]
    found = [finding for finding in findings if finding.code != ChainCode.INCOMPLETE]
    with atomic():
        _keep(found, now)
        AuditRun.objects.filter(pk=now.pk).update(
            finished=Now(), complete=not missed, problem="\n".join(finding.sentence for finding in missed), found=len(found),
            reached={**(last.reached if last else {}), **{str(key): block for key, block in course.reached.items()}},
            totals=totals(),
        )  # fmt: skip
    return f"{len(found)} found, {now.news.count()} of them new" + (", incomplete" if missed else "")


def _scope(last: AuditRun | None) -> Scope:
    wallets = list(Wallet.objects.select_related("network"))
    if last is None:
        return Scope(wallets)
    blocks = {int(network): max(0, block + 1 - OVERLAP) for network, block in last.reached.items()}
    return Scope(wallets, blocks, last.started - ROWS_OVERLAP)


def _keep(findings: Sequence[Finding], now: AuditRun) -> None:
    """One row for each thing, whenever it was first found; one that was looked at stays looked at."""
    rows = {finding.key: _row(finding, now) for finding in findings}
    AuditFinding.objects.bulk_create(
        rows.values(), batch_size=500, update_conflicts=True, unique_fields=["key"],
        update_fields=["last_run", "severity", "sentence", "evidence"],
    )  # fmt: skip


def _row(finding: Finding, now: AuditRun) -> AuditFinding:
    return AuditFinding(
        key=finding.key, code=finding.code.value, severity=finding.severity, sentence=finding.sentence, wallet=finding.wallet,
        order_id=finding.order, transaction_id=finding.transaction, tx_hash=finding.tx_hash, evidence=finding.evidence,
        first_run=now, last_run=now,
    )  # fmt: skip


def totals() -> Mapping[str, Mapping[str, int]]:
    """Orders by kind and status. Every order is in exactly one of these."""
    found: dict[str, dict[str, int]] = {}
    for kind, status, count in Order.objects.order_by().values_list("kind", "status").annotate(count=Count("pk")):
        found.setdefault(kind, {})[status] = count
    return found


def look_at(finding: AuditFinding, *, by: str, reason: str) -> bool:
    """Somebody has looked at it and says why nothing more is to be done. False when somebody had before."""
    rows = AuditFinding.objects.filter(pk=finding.pk, looked_at__isnull=True)
    return bool(rows.update(looked_at=Now(), looked_at_by=by, looked_at_reason=reason))
