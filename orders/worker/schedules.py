"""Which tasks django-q2 starts by itself. Everything else is asked for by the pulse."""

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.transaction import atomic
from django.utils import timezone
from django_q.models import Schedule

from chain import crash

log = logging.getLogger(__name__)

SCHEDULES_LOCK = 0x5363686564  # "Sched"


def ensure_schedules() -> None:
    """Make the schedules what `config/q.py` says and remove any other: a schedule names code to run, so code names it.

    One that django-q2 cannot read would keep it from starting any.
    """
    with atomic(), connection.cursor() as cursor:
        # django-q2 has no unique constraint on names; the lock keeps two starting hosts from making a schedule twice.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SCHEDULES_LOCK])
        others, _ = Schedule.objects.exclude(name__in=settings.SCHEDULES).delete()
        mended = [name for name, (function, minutes) in settings.SCHEDULES.items() if _mend(name, _wanted(function, minutes))]
        crash.point("scheduling")
    if others or mended:
        log.warning("schedules_put_right", extra={"removed": others, "written": mended})


def _wanted(function: str, minutes: int) -> dict[str, Any]:
    return {
        "func": function, "hook": None, "schedule_type": Schedule.MINUTES, "minutes": minutes, "repeats": -1, "cluster": None,
        "args": None, "kwargs": None, "intended_date_kwarg": None,
    }  # fmt: skip


def _mend(name: str, wanted: dict[str, Any]) -> bool:
    """Leave one row of this name, with these values; whether there was one that had others."""
    first, *doubles = Schedule.objects.filter(name=name).order_by("pk") or [Schedule(name=name)]
    for double in doubles:
        double.delete()
    is_new = first.pk is None
    right = not is_new and all(getattr(first, field) == value for field, value in wanted.items())
    soon = timezone.now() + timedelta(minutes=wanted["minutes"])
    if first.next_run > soon:  # by a hand, or by a clock that was wrong
        first.next_run, right = soon, False
    if not right:
        for field, value in wanted.items():
            setattr(first, field, value)
        first.save()
    return bool(doubles) or not (right or is_new)
