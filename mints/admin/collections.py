"""A collection's page: how far it is, why what waits does, and the buttons of its job."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, When
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse

from look.badges import Tone
from look.staff_actions import Button, StaffAction
from look.staff_actions import Refused as NotNow
from look.values import NOTHING, full, link, short, units
from mints import costs, jobs, uploads
from mints.admin.bars import bar
from mints.admin.items import thumbnail
from mints.admin.jobs import EXPLAINED, TONES, Act, carried_out, may_become, who
from mints.admin.presses import EVM, HOW, SOLANA
from mints.models import Asset, Collection, Item, MintJob
from mints.states import ENDED, JobStatus
from orders.admin import page
from orders.admin.actions import OPERATE
from orders.admin.groups import ACTIONS, GroupAdmin
from orders.groundwork import Groundwork
from orders.intake import Refused
from orders.states import Status
from orders.waiting import sentences

_ITEMS = 60  # on the page; the list has all
_SOL = 9  # decimals
# Those that need somebody come first.
_URGENCY = {Status.FAILED: 0, Status.HELD: 1, Status.BUSY: 2, Status.PENDING: 3, Status.COMPLETED: 4, Status.CANCELLED: 5}
STAYS = (
    "name", "symbol", "description", "external_url", "default_recipient", "royalty", "creators", "wallet", "standard",
    "contract", "program", "canopy", "file_names", "base_uri_function",
)  # fmt: skip


def job_of(collection: Collection) -> MintJob | None:
    """Its latest."""
    return collection.jobs.order_by("-created").first()


def start(request: HttpRequest, collection: Collection, _answers: Mapping[str, Any]) -> None:
    try:
        jobs.start(collection, collection.client, actor=who(request))
    except Refused as refused:
        raise NotNow(refused.message) from refused


def may_start(collection: Collection) -> bool:
    job = job_of(collection)
    return (job is None or job.status in ENDED) and jobs.startable(collection).exists()


def _steered(act: Act) -> Callable[[HttpRequest, Collection, Mapping[str, Any]], None]:
    def do(request: HttpRequest, collection: Collection, answers: Mapping[str, Any]) -> None:
        job = job_of(collection)
        if job is None:
            raise NotNow("It has no job.")
        carried_out(act)(request, job, answers)

    return do


def _offered(to: JobStatus) -> Callable[[Collection], bool]:
    def offered(collection: Collection) -> bool:
        job = job_of(collection)
        return job is not None and may_become(job, to)

    return offered


STARTED: Sequence[StaffAction[Any]] = [
    StaffAction(
        "mint", "Mint", "Its files are uploaded and its items minted by the collection's wallet, which pays for all of it.",
        "being minted", OPERATE, start, may_start, tone=Tone.GOOD,
    ),
    *(
        StaffAction(
            f"{act.__name__}-job", f"{act.__name__.capitalize()} the job", text, done, OPERATE, _steered(act), _offered(to),
            tone=tone,
        )
        for act, to, done, text, tone in EXPLAINED
    ),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """An item as the page shows it."""

    item: Item
    thumbnail: str
    badge: str
    why: str
    link: str
    recipient: str


@admin.register(Collection)
class CollectionAdmin(GroupAdmin[Collection]):
    details = "items"
    stays = STAYS
    change_form_outer_before_template = "mints/collection_page.html"
    list_display = ["name", "symbol", "standard", "wallet", "client", "created", "progress"]
    list_filter = ["standard", "wallet", "client"]
    list_select_related = ["wallet", "client"]
    search_fields = ["name", "=external_id", "=contract", "=pk"]
    search_help_text = "Name, external id, contract or whole id"
    readonly_fields = ["client", "press", "external_id", "images", "metadata"]
    staff_actions = [*STARTED, *ACTIONS]
    fieldsets = [
        (None, {"fields": ["name", "symbol", "description", "external_url", "default_recipient", "royalty", "creators"]}),
        ("From whom", {"fields": ["client", "press", "external_id"]}),
        ("Who mints, and how", {"fields": [*HOW, *EVM, *SOLANA]}),
        ("Its folders in IPFS", {"fields": ["images", "metadata"]}),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """It comes in with its sheet and its pictures, by REST or by `import_collection`."""
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.picture_view)
        return [
            path("<uuid:collection_id>/pictures/<int:asset_id>/", view, name="mints_collection_picture"), *super().get_urls(),
        ]  # fmt: skip

    def picture_view(self, request: HttpRequest, collection_id: UUID, asset_id: int) -> HttpResponse:
        """A thumbnail, which is made here and never what somebody has sent."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        asset = Asset.objects.filter(pk=asset_id, collection=collection_id).first()
        if asset is None or asset.thumbnail is None:
            raise Http404
        headers = {"Cache-Control": "private, max-age=86400"}
        return HttpResponse(bytes(asset.thumbnail), content_type="image/webp", headers=headers)

    def buttons(self, request: HttpRequest, row: Collection) -> list[Button]:
        items = f"{reverse('admin:mints_item_changelist')}?collection__id__exact={row.pk}"
        listed = f"{reverse('admin:mints_mintjob_changelist')}?q={row.pk}"
        return [Button("Its items", items), Button("Its jobs", listed), *super().buttons(request, row)]

    def page_context(self, request: HttpRequest, row: Collection) -> dict[str, Any]:
        job, tally = job_of(row), jobs.counts(row)
        return {
            "job": job,
            "job_link": page.row_link(job) if job else "",
            "job_bar": bar(job.percentage, TONES[JobStatus(job.status)]) if job else "",
            "tally": [(page.status_badge(status), count) for status in Status if (count := tally.get(status, 0))],
            "groundwork": [_ground(work) for work in Groundwork.objects.filter(group=row.pk)],
            "plan": _plan(row),
            "warnings": row.warnings,
            "rows": _rows(row),
            "total": sum(tally.values()),
        }

    @admin.display(description="progress")
    def progress(self, collection: Collection) -> str:
        job = job_of(collection)
        return bar(job.percentage, TONES[JobStatus(job.status)]) if job else NOTHING

    @admin.display(description="pictures")
    def images(self, collection: Collection) -> str:
        return _folder(collection.images_cid)

    @admin.display(description="metadata")
    def metadata(self, collection: Collection) -> str:
        return _folder(collection.metadata_cid)


def _folder(cid: str) -> str:
    return link(uploads.link(cid), cid) if cid else NOTHING


def _ground(work: Groundwork) -> tuple[str, str, str]:
    state = "done" if work.done_at else "on its way" if work.transaction_id else "to be done"
    return work.get_work_display(), state, full(work.address) if work.address else ""


def _plan(collection: Collection) -> list[tuple[str, str]]:
    plan = costs.plan(collection)
    if plan is None:
        return []
    coin = collection.network.currency
    said = plan.estimate
    amounts = [
        ("Rent of the tree", said.rent), ("The collection's own NFT", said.collection), ("Signatures", said.signatures),
        ("The program's fee", said.mints), ("All of it", said.total), ("Priority at most, on top", said.priority_at_most),
    ]  # fmt: skip
    shape = f"depth {plan.shape.depth}, buffer {plan.shape.buffer}, canopy {plan.shape.canopy}: {plan.shape.capacity:,} leaves"
    return [("Tree", shape), *((name, units(amount, _SOL, coin)) for name, amount in amounts if amount)]


def _rows(collection: Collection) -> list[Row]:
    urgency = Case(*(When(order__status=status, then=place) for status, place in _URGENCY.items()), output_field=IntegerField())
    items = collection.items.select_related("order__wallet__network", "order__transaction", "image").defer("image__thumbnail")
    found = list(items.order_by(urgency, "number")[:_ITEMS])
    why = sentences([item.order for item in found])
    return [
        Row(
            item, thumbnail(item), page.status_badge(item.order.status), item.order.fail_reason or why[item.order_id],
            page.row_link(item.order), short(item.recipient),
        )
        for item in found
    ]  # fmt: skip
