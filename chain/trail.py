"""The trail: what people and programs have changed, kept by the database itself so that no path goes past it.

Triggers write it (see chain/migrations/0004_security.py), on networks, wallets, rewards, pools, clients, keys, staff, and on
every move of an order that was not the lane's. Each row carries the SHA-256 of the row before and of itself. Whoever rewrites
one must rewrite all that follow, and is found out by any copy that was exported before.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256

from django.db import connection, models

BEGINNING = "0" * 64  # what the first row has for a predecessor


class Trail(models.Model):
    """One change. Written by the database alone, and never changed again."""

    id = models.BigIntegerField(primary_key=True, help_text="Without gaps, in the order of the commits.")
    at = models.DateTimeField()
    actor = models.CharField(max_length=200, help_text="staff:NAME, client:NAME, command; else the database's own user.")
    role = models.CharField(max_length=64, help_text="The database's user: web process, worker or somebody at a console.")
    ip = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=12, help_text="insert, update, delete; move of an order; admin, as staff were told.")
    subject = models.CharField(max_length=63, db_index=True, help_text="The table.")
    subject_id = models.CharField(max_length=64, db_index=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = "change"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.action} {self.subject} {self.subject_id}"


@dataclass(frozen=True, slots=True)
class Link:
    """A row as it is hashed: `hash` is the SHA-256 of `previous` and `text`."""

    id: int
    text: str
    previous: str
    hash: str

    @property
    def line(self) -> str:
        return json.dumps(asdict(self))

    @property
    def holds(self) -> bool:
        return self.hash == sha256((self.previous + self.text).encode()).hexdigest() and json.loads(self.text)[0] == self.id


def links(after: int = 0) -> Iterator[Link]:
    """All rows with a greater id, in order; the text is made anew from what the columns say now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, chain_trail_text(t), previous, hash FROM chain_trail t WHERE id > %s ORDER BY id", [after])
        while rows := cursor.fetchmany(1000):
            yield from (Link(*row) for row in rows)


def faults(chain: Iterable[Link], *, first: int | None = 1) -> Iterator[str]:
    """What is wrong with a chain that should begin with the row `first` (None: with any) and have no gap."""
    last: Link | None = None
    for link in chain:
        expected = last.id + 1 if last else first or link.id
        if link.id != expected:
            yield f"changes {expected} to {link.id - 1} are missing"
        elif link.previous != (last.hash if last else BEGINNING if link.id == 1 else link.previous):
            yield f"change {link.id} does not follow the one before it"
        if not link.holds:
            yield f"change {link.id} was altered"
        last = link


def read(lines: Iterable[str]) -> Iterator[Link]:
    """An exported file, line by line. Raises ValueError or TypeError for what is none."""
    return (Link(**json.loads(line)) for line in lines if line.strip())


def tell(*, actor: str = "", ip: str = "", request_id: str = "", reason: str = "") -> None:
    """Tell the database who is at work on this connection, until told otherwise. Without arguments: nobody in particular."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('claimdesk.actor', %s, false), set_config('claimdesk.ip', %s, false), "
            "set_config('claimdesk.request_id', %s, false), set_config('claimdesk.reason', %s, false)",
            [actor[:200], ip[:45], request_id[:64], reason[:300]],
        )
