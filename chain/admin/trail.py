"""The trail of changes, to look at."""

import json

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html

from chain.trail import Trail
from look.admin import ShownAdmin


@admin.register(Trail)
class TrailAdmin(ShownAdmin[Trail]):
    """Who changed what, when and why. `manage.py trail verify` proves that nothing of it was altered."""

    list_display = ["id", "at", "actor", "action", "subject", "subject_id", "reason"]
    list_filter = ["action", "subject"]
    search_fields = ["=actor", "=subject_id", "=request_id", "=ip"]
    search_help_text = "Whole actor (staff:ana), id of what was changed, request id or address"
    fields = ["at", "actor", "role", "ip", "request_id", "action", "subject", "subject_id", "old", "new", "reason", "hash"]

    def has_view_permission(self, request: HttpRequest, obj: Trail | None = None) -> bool:
        return request.user.has_perm("chain.view_trail")

    @admin.display(description="before")
    def old(self, row: Trail) -> str:
        return _shown(row.before)

    @admin.display(description="after")
    def new(self, row: Trail) -> str:
        return _shown(row.after)


def _shown(values: object) -> str:
    return "" if values is None else format_html("<pre>{}</pre>", json.dumps(values, indent=2, ensure_ascii=False))
