"""How often a reward may be claimed. The database decides, in the order's own transaction.

Nothing is checked first and written later.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Greatest, Now
from django.db.transaction import atomic
from django.utils import timezone

from claims.models import Allowance, Claim, Reward
from orders.intake import Refusal, Refused


class Limit(StrEnum):
    TOTAL = "total"
    RECIPIENT = "recipient"


class LimitReached(Refused):
    """So much is not left of a reward. `left` is in units."""

    def __init__(self, which: Limit, left: int) -> None:
        whose = "this reward" if which == Limit.TOTAL else "what this recipient may have of this reward"
        super().__init__(Refusal.LIMIT_REACHED, f"{left} left of {whose}.", limit=which, left=left)
        self.which = which
        self.left = left


def take(reward: Reward, recipient: str, quantity: int) -> None:
    """Take units of a reward that is open. Raises LimitReached, and Refused with REWARD_CLOSED; then nothing is taken."""
    if reward.limit_total is None:
        _check_open(reward)
        return _take_of_recipient(reward, recipient, quantity)
    with atomic():  # what was taken of the total is undone when the recipient has had enough
        _take_of_total(reward, quantity)
        _take_of_recipient(reward, recipient, quantity)
    return None


def give_back(claims: Sequence[Claim]) -> None:
    """Return what cancelled claims took, to the window they took it in."""
    # Always in the same order, so that two cancellations cannot block each other.
    for claim in sorted(claims, key=lambda claim: (claim.reward_id, claim.recipient)):
        left = Greatest(F("taken") - claim.quantity, 0)
        Reward.objects.filter(pk=claim.reward_id, limit_total__isnull=False).update(taken=left)
        window = _window(claim.reward.limit_window, claim.order.created)
        Allowance.objects.filter(reward=claim.reward_id, recipient=claim.recipient, window=window).update(taken=left)


def _check_open(reward: Reward) -> None:
    now = timezone.now()
    if reward.opens_later(now):
        raise Refused(Refusal.REWARD_CLOSED, f"The reward opens at {reward.opens_at:%Y-%m-%d %H:%M:%S %Z}.")
    if reward.has_closed(now):
        raise Refused(Refusal.REWARD_CLOSED, "The reward is closed.")


def _take_of_total(reward: Reward, quantity: int) -> None:
    opened = Q(opens_at=None) | Q(opens_at__lte=Now())
    unclosed = Q(closes_at=None) | Q(closes_at__gt=Now())
    room = Q(limit_total=None) | Q(limit_total__gte=F("taken") + quantity)
    row = Reward.objects.filter(pk=reward.pk)
    if not row.filter(opened, unclosed, room, is_open=True).update(taken=F("taken") + quantity):
        now = row.get()
        _check_open(now)
        raise LimitReached(Limit.TOTAL, max(0, (now.limit_total or 0) - now.taken))


# The guard reads the row as it is after any rival's commit, so that two requests at once cannot both take the last unit.
_TAKE = """
INSERT INTO claims_allowance AS a (reward_id, recipient, "window", taken)
SELECT %(reward)s, %(recipient)s, %(window)s, %(quantity)s WHERE %(quantity)s <= %(limit)s
ON CONFLICT (reward_id, recipient, "window") DO UPDATE SET taken = a.taken + excluded.taken, updated = now()
WHERE a.taken + excluded.taken <= %(limit)s
"""


def _take_of_recipient(reward: Reward, recipient: str, quantity: int) -> None:
    if reward.limit_per_recipient is None:
        return
    row: dict[str, Any] = {"reward": reward.pk, "recipient": recipient, "window": _this_window(reward)}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {**row, "quantity": quantity, "limit": reward.limit_per_recipient})
        if cursor.rowcount == 1:
            return
    taken = Allowance.objects.filter(**row).values_list("taken", flat=True).first() or 0
    raise LimitReached(Limit.RECIPIENT, max(0, reward.limit_per_recipient - taken))


def _this_window(reward: Reward) -> int:
    """By the database's clock at the start of the transaction, which is also the order's `created`."""
    if not reward.limit_window:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        return _window(reward.limit_window, cursor.fetchone()[0])


def _window(seconds: int | None, moment: datetime) -> int:
    """Which window since 1970 a moment falls in; 0 where a count never begins anew."""
    return int(moment.timestamp()) // seconds if seconds else 0
