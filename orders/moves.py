"""The one door through which an order's status changes: one guarded UPDATE of any number of orders, with their history."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from orders.states import Reason, Status


@dataclass(frozen=True, slots=True)
class Move:
    """One order's wish to go from one status to another. `revision` set: only if nobody has moved it since."""

    order: UUID
    frm: Status
    to: Status
    reason: Reason | None = None
    note: str = ""
    fail_reason: str = ""
    transaction: UUID | None = None
    tried: int = 0
    gas_used: int | None = None
    held_by: str = ""
    held_until: datetime | None = None
    revision: int | None = None
    evidence: dict[str, Any] | None = field(default=None, hash=False)


# `transaction` is the one the order is bound to afterwards; the event keeps whichever it was bound to last.
_MOVE = """
WITH wish AS (
    SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::uuid[],
                         %s::int[], %s::bigint[], %s::text[], %s::timestamptz[], %s::int[], %s::jsonb[])
    AS w(id, frm, "to", reason, note, fail_reason, transaction_id, tried, gas_used, held_by, held_until, revision, evidence)
), before AS (
    SELECT o.id, o.transaction_id FROM orders_order o JOIN wish w USING (id)
    WHERE o.status = w.frm AND (w.revision IS NULL OR w.revision = o.revision)
    ORDER BY o.id FOR NO KEY UPDATE OF o
), moved AS (
    UPDATE orders_order o SET
        status = w."to", reason = w.reason, fail_reason = w.fail_reason, transaction_id = w.transaction_id,
        tries = o.tries + w.tried, gas_used = COALESCE(o.gas_used + w.gas_used, w.gas_used, o.gas_used),
        held_by = w.held_by, held_until = w.held_until, revision = o.revision + 1, moved_at = now()
    FROM wish w JOIN before USING (id) WHERE o.id = w.id
    RETURNING o.id
), told AS (
    INSERT INTO orders_event (order_id, from_status, to_status, actor, reason, note, evidence, transaction_id)
    SELECT w.id, w.frm, w."to", %s, w.reason, COALESCE(NULLIF(w.note, ''), w.fail_reason), w.evidence,
           COALESCE(w.transaction_id, before.transaction_id)
    FROM moved JOIN wish w USING (id) JOIN before USING (id)
)
SELECT id FROM moved
"""


def move(moves: Sequence[Move], *, actor: str) -> set[UUID]:
    """Carry out those moves whose order is still where the move expects it; return the ids that moved.

    An id that is missing from the answer was moved by somebody else first. Raises `IntegrityError` for a move the database's
    own guard refuses; then nothing has moved.
    """
    if not moves:
        return set()
    columns: list[list[Any]] = [
        [m.order for m in moves],
        [m.frm for m in moves],
        [m.to for m in moves],
        [m.reason or "" for m in moves],
        [m.note for m in moves],
        [m.fail_reason for m in moves],
        [m.transaction for m in moves],
        [m.tried for m in moves],
        [m.gas_used for m in moves],
        [m.held_by for m in moves],
        [m.held_until for m in moves],
        [m.revision for m in moves],
        [None if m.evidence is None else json.dumps(m.evidence) for m in moves],
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_MOVE, [*columns, actor])
        return {row[0] for row in cursor.fetchall()}
