"""The two kinds of admin page this product has: what is shown, and what is configured."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.admin import display
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from look.badges import Tone, badge
from look.base import M, TabularInline
from look.paging import CappedPaginator
from look.staff_actions import StaffActionsAdmin


class PageAdmin(StaffActionsAdmin[M]):
    """A page with a head: badge, one sentence and buttons above everything else."""

    change_form_outer_before_template = "look/head.html"
    list_per_page = 50

    def head(self, row: M) -> tuple[str, str]:
        """The badge and the sentence for this row; either may be empty."""
        return "", ""

    def page_context(self, request: HttpRequest, row: M) -> dict[str, Any]:
        """What else the page's own template needs."""
        return {}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if row is not None and self.has_view_permission(request, row):
            head_badge, sentence = self.head(row)
            context |= {
                "head_badge": head_badge,
                "head_sentence": sentence,
                "head_buttons": self.buttons(request, row),
                **self.page_context(request, row),
            }
        return super().change_view(request, object_id, form_url, context)


class ShownAdmin(PageAdmin[M]):
    """Everything is shown and nothing can be added, edited or deleted here, whoever asks.

    Made for tables of millions of rows: rows are counted up to a limit only.
    """

    paginator = CappedPaginator
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


class ConfiguredAdmin(PageAdmin[M]):
    """Configuration: edited by those who may, and deleted only while nothing refers to it, one at a time."""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or not is_used(obj))

    def save_model(self, request: HttpRequest, obj: M, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's own signature
        """Of a row that exists, only what was edited is written: its lane counts in the same row (nonces, what was taken)."""
        if not change:
            return super().save_model(request, obj, form, change)
        edited = [name for name in form.changed_data if name in {field.name for field in obj._meta.concrete_fields}]
        return obj.save(update_fields=edited)


class ShownInline(TabularInline[Any, Any]):
    """Rows of a related table on a page, to look at."""

    extra = 0
    can_delete = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def is_used(row: Model) -> bool:
    """Whether a row of any table refers to this one."""
    return any(
        relation.related_model._default_manager.filter(**{relation.field.name: row}).exists()
        for relation in row._meta.related_objects
    )


def status_column(tones: Mapping[Any, Tone], field: str = "status", title: str = "Status") -> Callable[[Any, Any], str]:
    """A list column that shows a choice field as a badge."""

    @display(description=title, ordering=field)
    def column(_admin: Any, row: Any) -> str:
        value = getattr(row, field)
        return badge(getattr(row, f"get_{field}_display")(), tones.get(value, Tone.PLAIN)) if value else ""

    return column
