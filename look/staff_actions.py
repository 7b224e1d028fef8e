"""What a person may do to a row that nobody edits: a button on its page and an entry in the list's menu, both by way of a page
that says what will happen and asks why.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from look.badges import Tone
from look.base import M, ModelAdmin
from look.forms import ReasonForm

MOST_AT_ONCE = 500  # rows; each is carried out by itself, all in one request


class Refused(Exception):
    """The row does not allow this now; the message says why, to the person who asked."""


@dataclass(frozen=True, slots=True)
class StaffAction(Generic[M]):
    """`act(request, row, answers)` carries it out or raises Refused. `offered(row)`: whether the row's page has the button.

    `explanation` is read by somebody who has never seen a block explorer. `done` completes "3 orders …". `show(row)` is what
    they must see before they confirm it for one row, as HTML.
    """

    name: str
    label: str
    explanation: str
    done: str
    permission: str
    act: Callable[[HttpRequest, M, Mapping[str, Any]], None]
    offered: Callable[[M], bool] = lambda _row: True
    form: type[ReasonForm] = ReasonForm
    tone: Tone = Tone.PLAIN
    in_lists: bool = True
    show: Callable[[M], str] = lambda _row: ""


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    url: str
    tone: Tone = Tone.PLAIN


class StaffActionsAdmin(ModelAdmin[M]):
    """Carries the `staff_actions` of a model and writes each into Django's log."""

    staff_actions: Sequence[StaffAction[M]] = ()

    def permitted(self, request: HttpRequest) -> list[StaffAction[M]]:
        return [action for action in self.staff_actions if request.user.has_perm(action.permission)]

    def buttons(self, request: HttpRequest, row: M) -> list[Button]:
        """The buttons of the row's page: what this person may do and the row allows."""
        return [
            Button(action.label, self._page("do", row.pk, action.name), action.tone)
            for action in self.permitted(request)
            if action.offered(row)
        ]

    # -- on the row's page -----------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.staff_action_view)
        return [path("<path:object_id>/do/<slug:name>/", view, name=self._name("do")), *super().get_urls()]

    def staff_action_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        action = next((action for action in self.staff_actions if action.name == name), None)
        row = self.get_object(request, object_id)
        if action is None or row is None:
            raise Http404
        if not (request.user.has_perm(action.permission) and self.has_view_permission(request, row)):
            raise PermissionDenied
        answers = self._ask(request, action, [row], {"revision": [str(getattr(row, "revision", ""))]})
        if isinstance(answers, HttpResponse):
            return answers
        self._carry_out(request, action, [row], answers)
        return HttpResponseRedirect(self._page("change", row.pk))

    # -- in the list ------------------------------------------------------------------------------------------------

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        offered = [action for action in self.permitted(request) if action.in_lists]
        return {
            **super().get_actions(request),
            **{action.name: (self._in_list(action), action.name, f"{action.label} the selected") for action in offered},
        }

    def _in_list(self, action: StaffAction[M]) -> Callable[..., HttpResponse | None]:
        def run(_admin: object, request: HttpRequest, rows: QuerySet[M]) -> HttpResponse | None:
            chosen = list(rows[: MOST_AT_ONCE + 1])
            if len(chosen) > MOST_AT_ONCE:
                messages.error(request, f"Choose at most {MOST_AT_ONCE:,} at a time. Nothing was done.")
                return None
            carried = {"action": [action.name], ACTION_CHECKBOX_NAME: [str(row.pk) for row in chosen]}
            answers = self._ask(request, action, chosen, carried)
            if isinstance(answers, HttpResponse):
                return answers
            self._carry_out(request, action, chosen, answers)
            return None

        return run

    # -- both ---------------------------------------------------------------------------------------------------------

    def _ask(
        self, request: HttpRequest, action: StaffAction[M], rows: Sequence[M], carried: Mapping[str, list[str]]
    ) -> dict[str, Any] | HttpResponse:
        """The answers, if this request brings them and they are valid; else the page that asks for them."""
        confirmed = "confirmed" in request.POST
        form = action.form(request.POST if confirmed else None)
        if confirmed and form.is_valid():
            return {**form.cleaned_data, "revision": request.POST.get("revision") or None}
        again = {name: request.POST.getlist(name) or values for name, values in carried.items()} if confirmed else carried
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{action.label}: {self._named(rows)}",
            "action": action,
            "rows": rows[:20],
            "more": max(0, len(rows) - 20),
            "form": form,
            "shown": action.show(rows[0]) if len(rows) == 1 else "",
            "carried": [(name, value) for name, values in again.items() for value in values],
            "back": self._page("change", rows[0].pk) if len(rows) == 1 else self._page("changelist"),
        }
        return TemplateResponse(request, "look/confirm.html", context)

    def _carry_out(self, request: HttpRequest, action: StaffAction[M], rows: Sequence[M], answers: Mapping[str, Any]) -> None:
        """Each row by itself: one that refuses does not stop the others."""
        refused: list[tuple[M, str]] = []
        for row in rows:
            try:
                action.act(request, row, answers)
            except Refused as refusal:
                refused.append((row, str(refusal)))
                self.log_change(request, row, f"{action.label} was refused: {refusal} The reason given: {answers['reason']}")
            else:
                self.log_change(request, row, f"{action.label}: {answers['reason']}")
        if done := len(rows) - len(refused):
            messages.success(request, f"{done} {self._noun(done)} {action.done}.")
        if refused:
            messages.warning(request, self._refusals(refused))

    def _refusals(self, refused: Sequence[tuple[M, str]]) -> str:
        """How many were refused and why, each reason once, with the first row it was given for."""
        firsts = {why: row for row, why in reversed(refused)}
        counts = Counter(why for _, why in refused)
        whys = [f"{why} ({count}, such as {firsts[why]})" for why, count in counts.most_common()]
        return f"{len(refused)} {self._noun(len(refused))} refused: " + " ".join(whys)

    def _named(self, rows: Sequence[M]) -> str:
        return str(rows[0]) if len(rows) == 1 else f"{len(rows)} {self._noun(len(rows))}"

    def _noun(self, count: int) -> str:
        return str(self.opts.verbose_name if count == 1 else self.opts.verbose_name_plural)

    def _name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def _page(self, page: str, *args: Any) -> str:
        return reverse(f"admin:{self._name(page)}", args=args)
