"""Staff accounts, roles and the background tasks, in the theme's clothes and with the dangerous doors shut."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django_q.models import Failure, OrmQ, Schedule, Success

from desk import lockout
from desk.models import LoginFailure
from look.accounts import GroupAdmin, UserAdmin
from look.admin import ShownAdmin
from look.badges import Tone
from look.staff_actions import Refused, StaffAction

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


def unlock(_request: HttpRequest, row: LoginFailure, _answers: Mapping[str, Any]) -> None:
    if not LoginFailure.objects.filter(pk=row.pk).delete()[0]:
        raise Refused("It is open already.")


@admin.register(LoginFailure)
class LoginFailureAdmin(ShownAdmin[LoginFailure]):
    """Who cannot get in. An empty name counts all names that were tried from one place."""

    list_display = ["username", "ip", "failures", "is_locked", "last_at"]
    search_fields = ["=username", "=ip"]
    fields = ["username", "ip", "failures", "is_locked", "last_at"]
    staff_actions = [
        StaffAction(
            "unlock", "Unlock", "Passwords may be tried again at once. Make sure that it is your colleague who asked for it.",
            "unlocked", "auth.change_user", unlock, tone=Tone.GOOD,
        )
    ]  # fmt: skip

    @admin.display(description="locked", boolean=True)
    def is_locked(self, row: LoginFailure) -> bool:
        return lockout.is_locked(row)
