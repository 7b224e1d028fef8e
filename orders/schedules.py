"""Which tasks django-q2 starts by itself. Everything else is asked for by the pulse."""

from django.conf import settings
from django.db import connection
from django.db.transaction import atomic
from django_q.models import Schedule

from chain import crash

SCHEDULES_LOCK = 0x5363686564  # "Sched"


def ensure_schedules() -> None:
    """Make the schedules what `config/q.py` says and remove any other: a schedule names code to run, so code names it."""
    with atomic(), connection.cursor() as cursor:
        # django-q2 has no unique constraint on names; the lock keeps two starting hosts from making a schedule twice.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SCHEDULES_LOCK])
        Schedule.objects.exclude(name__in=settings.SCHEDULES).delete()
        for name, (function, minutes) in settings.SCHEDULES.items():
            wanted = {
                "func": function,
                "schedule_type": Schedule.MINUTES,
                "minutes": minutes,
                "repeats": -1,
                "args": None,
                "kwargs": None,
            }
            first, *doubles = Schedule.objects.filter(name=name).order_by("pk") or [Schedule(name=name)]
            for double in doubles:
                double.delete()
            for field, value in wanted.items():
                setattr(first, field, value)
            first.save()
        crash.point("scheduling")
