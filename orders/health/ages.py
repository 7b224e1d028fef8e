"""How old things are, by the database's clock: that of the web process's host may be wrong."""

from datetime import timedelta

from django.db.models import DurationField, ExpressionWrapper
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

OLD = timedelta(minutes=10)  # whatever has waited longer than this is not normal, whatever the cause


def ago(moment: Combinable) -> Combinable:
    """To annotate with: how long ago it was, as a timedelta; None where there is no moment."""
    return ExpressionWrapper(Now() - moment, output_field=DurationField())


def words(spell: timedelta) -> str:
    """As people say it: 95 s, 12 minutes, 3 hours, 2 days."""
    seconds = spell.total_seconds()
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
