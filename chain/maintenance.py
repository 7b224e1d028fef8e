"""Whether anything may be sent from this database at all. After a restore or a failover nothing is, until a person has looked.

A database that has gone back in time does not know what was signed since, and would pay it again. It gives itself away by
another identity (PostgreSQL's cluster, timeline and database are not those of before), or by lacking what this host's journal
says was sent from it last. Neither is certain to show, so the chain's nonces are compared as well, by the lane.
"""

import logging

from django.db import ProgrammingError, connection
from django.db.models import F
from django.db.models.functions import Now
from django.db.transaction import atomic

from chain import journal
from chain.models import Attempt, Installation, Wallet

log = logging.getLogger(__name__)

# Whoever held a lane in the time that is lost had fences that this database would give out again.
FENCES_LOST = 1_000_000

_IDENTITY = """
SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)
    || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def reason() -> str:
    """Why nothing is sent now; empty when everything may go."""
    return str(Installation.objects.exclude(maintenance_since=None).values_list("maintenance_reason", flat=True).first() or "")


def check(wallet: Wallet) -> str:
    """As `reason`, after looking whether this database is the one of before. For whoever opens a lane."""
    here, _ = Installation.objects.get_or_create(pk=1)
    identity = database_identity()
    if here.identity != identity and here.identity:
        begin(f"The database is not the one of before: it was {here.identity}, and is {identity}.", by="lane")
    if here.identity != identity:
        Installation.objects.filter(pk=1).update(identity=identity)
    sent = journal.last_hash(wallet.pk)
    if sent is not None and not Attempt.objects.filter(hash=sent).exists():
        begin(f"The database is older than the journal of this host: it has no {sent}, sent from {wallet.name}.", by="lane")
    return reason()


def database_identity() -> str:
    """Cluster, timeline and database by PostgreSQL's own numbers; where the role may not ask, what it may."""
    with connection.cursor() as cursor:
        try:
            with atomic():
                cursor.execute(_IDENTITY)
        except ProgrammingError:  # insufficient privilege, on some hosted servers
            cursor.execute("SELECT '?/?/' || oid FROM pg_database WHERE datname = current_database()")
        return str(cursor.fetchone()[0])


def begin(reason: str, *, by: str) -> bool:
    """Send nothing more from now on. False when maintenance is on already; then the first reason stays."""
    Installation.objects.get_or_create(pk=1)
    with atomic():
        began = Installation.objects.filter(pk=1, maintenance_since=None)
        if not began.update(maintenance_since=Now(), maintenance_reason=reason[:300], maintenance_by=by):
            return False
        Wallet.objects.update(fence=F("fence") + FENCES_LOST)
    log.critical("maintenance_began", extra={"reason": reason})
    return True


def end(*, by: str, reason: str) -> bool:
    """Let the lanes send again. False when maintenance was not on."""
    on = Installation.objects.filter(pk=1).exclude(maintenance_since=None)
    ended = bool(on.update(maintenance_since=None, maintenance_reason="", maintenance_by=by, maintenance_ended=Now()))
    if ended:
        log.warning("maintenance_ended", extra={"by": by, "reason": reason})
    return ended
