"""Mint jobs: shown, paused, resumed and cancelled. `mints.jobs` decides and carries out; this is only the door."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from look.admin import ShownAdmin, status_column
from look.badges import Tone, badge
from look.staff_actions import Refused as NotNow
from look.staff_actions import StaffAction
from mints import jobs
from mints.admin.bars import bar
from mints.models import MintJob
from mints.states import ENDED, JOB_MOVES, JobStatus
from orders.admin import page
from orders.admin.actions import OPERATE
from orders.intake import Refused

TONES = {
    JobStatus.RUNNING: Tone.BUSY,
    JobStatus.PAUSED: Tone.WAIT,
    JobStatus.FAILED: Tone.BAD,
    JobStatus.COMPLETED: Tone.GOOD,
    JobStatus.CANCELLED: Tone.PLAIN,
}
SHOWN = {JobStatus.FAILED: 50, **dict.fromkeys(ENDED, 100)}  # the latest so many, unless all are asked for

Act = Callable[..., MintJob]
ON = "It goes on where it stopped, with new tries. What is uploaded or minted already is not done again."
OFF = "Nothing more of it is uploaded or signed until somebody resumes it. Items that are on their way go to their end."
OVER = (
    "All items that wait are cancelled with it, and this cannot be undone. Items that are on their way go to their end, and "
    "what is minted stays minted."
)
EXPLAINED: list[tuple[Act, JobStatus, str, str, Tone]] = [
    (jobs.resume, JobStatus.RUNNING, "set going again", ON, Tone.GOOD),
    (jobs.pause, JobStatus.PAUSED, "paused", OFF, Tone.WAIT),
    (jobs.cancel, JobStatus.CANCELLED, "cancelled", OVER, Tone.BAD),
]


def who(request: HttpRequest) -> str:
    return f"staff:{request.user.get_username()}"


def carried_out(act: Act) -> Callable[[HttpRequest, MintJob, Mapping[str, Any]], None]:
    def do(request: HttpRequest, job: MintJob, answers: Mapping[str, Any]) -> None:
        try:
            act(job, actor=who(request), reason=answers["reason"])
        except Refused as refused:
            raise NotNow(refused.message) from refused

    return do


def may_become(job: MintJob, to: JobStatus) -> bool:
    return to in JOB_MOVES[JobStatus(job.status)]


def _offered(to: JobStatus) -> Callable[[MintJob], bool]:
    return lambda job: may_become(job, to)


class LatestFilter(admin.SimpleListFilter):
    """What runs, and of what has ended the latest; nothing is ever deleted, and all of it can be asked for."""

    title = "how far back"
    parameter_name = "past"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "All")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        latest, *others = super().choices(changelist)
        yield {**latest, "display": "The latest"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[MintJob]) -> QuerySet[MintJob]:
        if self.value():
            return queryset
        wanted = list(queryset.order_by().filter(status__in=[JobStatus.RUNNING, JobStatus.PAUSED]).values_list("pk", flat=True))
        for status, most in SHOWN.items():
            wanted += queryset.filter(status=status).order_by("-created").values_list("pk", flat=True)[:most]
        return queryset.filter(pk__in=wanted)


@admin.register(MintJob)
class MintJobAdmin(ShownAdmin[MintJob]):
    list_display = ["short_id", "status_badge", "progress", "collection", "stage", "message", "created", "ended_at"]
    list_filter = [LatestFilter, "status", "stage", "client"]
    list_select_related = ["collection"]
    search_fields = ["pk", "collection__pk"]
    search_help_text = "Whole id of the job or of its collection"
    fields = [
        "status_badge", "progress", "collection_link", "stage", "message", "said", "attempts", "next_at", "client", "status_by",
        "created", "moved_at", "ended_at",
    ]  # fmt: skip
    status_badge = status_column(TONES)
    staff_actions = [
        StaffAction(act.__name__, act.__name__.capitalize(), text, done, OPERATE, carried_out(act), _offered(to), tone=tone)
        for act, to, done, text, tone in EXPLAINED
    ]

    def head(self, row: MintJob) -> tuple[str, str]:
        return badge(row.get_status_display(), TONES[JobStatus(row.status)]), row.message

    @admin.display(description="job")
    def short_id(self, job: MintJob) -> str:
        return f"…{str(job.pk)[-8:]}"

    @admin.display(description="progress", ordering="percentage")
    def progress(self, job: MintJob) -> str:
        return bar(job.percentage, TONES[JobStatus(job.status)])

    @admin.display(description="collection")
    def collection_link(self, job: MintJob) -> str:
        return page.row_link(job.collection)

    @admin.display(description="errors")
    def said(self, job: MintJob) -> str:
        return " ".join(map(str, job.errors)) or "None."
