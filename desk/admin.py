"""Staff accounts, roles and the background tasks, in the theme's clothes and with the dangerous doors shut."""

from contextlib import suppress

from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.auth.models import Group, User
from django_q.models import Failure, OrmQ, Schedule, Success

from look.accounts import GroupAdmin, UserAdmin
from look.admin import ShownAdmin

admin.site.index_title = "Overview"

# django-q2's own pages run tasks again blindly and let a schedule's function be edited. OrmQ is there with the ORM broker only.
for model in (Schedule, Success, Failure, OrmQ, User, Group):
    with suppress(NotRegistered):
        admin.site.unregister(model)

admin.site.register(User, UserAdmin)
admin.site.register(Group, GroupAdmin)


@admin.register(Schedule)
class ScheduleAdmin(ShownAdmin[Schedule]):
    list_display = ["name", "func", "schedule_type", "minutes", "cluster", "next_run", "repeats"]
    search_fields = ["name", "func"]
    fields = ["name", "func", "schedule_type", "minutes", "cron", "cluster", "next_run", "repeats"]


@admin.register(Failure)
class FailureAdmin(ShownAdmin[Failure]):
    """What went wrong in a task. Nothing here runs it again: the next pulse finds whatever is left to do."""

    list_display = ["name", "func", "started", "stopped", "attempt_count", "cluster"]
    search_fields = ["name", "func"]
    fields = ["name", "func", "cluster", "started", "stopped", "attempt_count", "result"]
