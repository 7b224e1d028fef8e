"""What an item looks like in REST, and what collections and their jobs do."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from rest_framework import serializers

from chain.calls import Signature
from mints import costs
from mints.jobs import counts
from mints.models import Collection, Item, MintJob, Standard
from mints.stages.mint import live
from mints.states import ENDED, JobStatus
from orders.api.fields import Strict, TextField, UintField
from orders.api.serializers import OrderAnswer
from orders.api.shapes import Shape
from orders.groundwork import Groundwork, Work
from orders.models import Stop
from orders.states import Kind, Status

# -- items -----------------------------------------------------------------------------------------------------------------


class ItemAnswer(OrderAnswer):
    """An item of a collection. What it became is null or empty until that is final."""

    collection = serializers.UUIDField(source="item.collection_id")
    number = serializers.IntegerField(source="item.number", help_text="Its place in the sheet, from 0.")
    name = serializers.CharField(source="item.name")
    recipient = serializers.CharField(source="item.recipient")
    quantity = serializers.IntegerField(source="item.quantity")
    token_id = UintField(source="item.token_id", allow_null=True, help_text="Which token of the contract it asks for.")
    uri = serializers.CharField(source="item.uri", help_text="Of its metadata; empty until that is stored.")
    token_ids = serializers.ListField(
        source="item.token_ids", child=UintField(), allow_null=True, help_text="On an EVM network: what was minted."
    )
    tree = serializers.CharField(source="item.tree", help_text="On Solana: the Merkle tree that has its leaf.")
    leaf_index = serializers.IntegerField(source="item.leaf_index", allow_null=True)
    leaf_hash = serializers.CharField(source="item.leaf_hash", help_text="Hexadecimal.")
    asset_id = serializers.CharField(source="item.asset_id", help_text="On Solana: by which wallets and markets know it.")


def signatures(item: Item) -> Sequence[Signature]:
    return [] if item.collection.is_compressed else [item.collection.signature]


SHAPE = Shape(
    kind=Kind.ITEM,
    related="item__collection",
    answer=ItemAnswer,
    filters={"recipient": "recipient", "collection": "collection"},
    signatures=signatures,
)


class ItemQuery(Strict):
    """Which items of a collection, in the sheet's order."""

    status = serializers.ChoiceField(Status.choices, required=False)
    start = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0, help_text="The first item's number.")
    limit = serializers.IntegerField(min_value=1, max_value=200, default=50)


class ItemPage(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True, help_text="The address of the following page; null on the last one.")
    results = ItemAnswer(many=True)


class ProofAnswer(serializers.Serializer[Any]):
    """Hashes in hexadecimal."""

    tree = serializers.CharField()
    root = serializers.CharField()  # type: ignore[assignment]  # shadows `.root`, of instances
    leaf = serializers.CharField()
    leaf_index = serializers.IntegerField()
    proof = serializers.ListField(
        child=serializers.CharField(), help_text="From the leaf up, without the levels that the tree's account keeps itself."
    )


# -- collections -------------------------------------------------------------------------------------------------------------


class CreatorBody(Strict):
    address = TextField(max_length=44)
    share = serializers.IntegerField(min_value=1, max_value=100, help_text="Per cent; all shares add up to 100.")


class CollectionBody(Strict):
    """What is said of a collection as a whole."""

    press = TextField(max_length=100, help_text="How it is minted: the press's id, external id or name. Staff set presses up.")
    name = TextField(max_length=100)
    symbol = TextField(max_length=10, default="", allow_blank=True)
    description = TextField(max_length=10_000, default="", allow_blank=True)
    external_url = serializers.URLField(max_length=200, default="", allow_blank=True)
    external_id = TextField(
        max_length=100, default="", allow_blank=True, help_text="Your own name for the collection; once per client."
    )
    default_recipient = TextField(max_length=44, default="", allow_blank=True, help_text="For rows that name no wallet.")
    royalty = serializers.IntegerField(min_value=0, max_value=10_000, default=0, help_text="Basis points of a resale.")
    creators = CreatorBody(many=True, default=list, help_text="Who share the royalty, at most five.")


class RowsBody(CollectionBody):
    """As JSON: the pictures are in IPFS already, and the rows name them."""

    rows = serializers.ListField(
        child=serializers.DictField(child=serializers.JSONField(allow_null=True)), min_length=1, max_length=50_000,
        help_text="The columns of a sheet: `name`, `image_filename` (here `ipfs://CID/PATH.png`), `recipient_wallet` and more; "
        "all others are attributes.",
    )  # fmt: skip


class FormBody(Strict):
    """As a form: a sheet and pictures, or a zip of both."""

    collection = serializers.JSONField(help_text="The JSON of a collection without rows: press, name and so on.")
    sheet = serializers.FileField(required=False, help_text="CSV in UTF-8.")
    rows = serializers.JSONField(required=False, help_text="Instead of a sheet: its rows as a JSON list.")
    images = serializers.ListField(child=serializers.FileField(), required=False, help_text="One part a picture.")
    archive = serializers.FileField(required=False, help_text="A zip of one CSV file and the pictures.")


class GroundworkAnswer(serializers.Serializer[Groundwork]):
    """What the collection needs on the chain before its first item."""

    work = serializers.ChoiceField(Work.choices)
    address = serializers.CharField(help_text="On Solana: the account that was opened for it.")
    transaction = serializers.UUIDField(source="transaction_id", allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)


class PlanAnswer(serializers.Serializer[costs.Plan]):
    """On Solana: what minting all of it costs, in lamports, by mainnet's fees."""

    depth = serializers.IntegerField(source="shape.depth", help_text="Levels of the tree.")
    buffer = serializers.IntegerField(source="shape.buffer", help_text="Changes that it keeps.")
    canopy = serializers.IntegerField(source="shape.canopy", help_text="Levels that its account keeps.")
    capacity = serializers.IntegerField(source="shape.capacity", help_text="Leaves.")
    transactions = serializers.IntegerField(source="estimate.transactions")
    rent = UintField(source="estimate.rent", help_text="Of the tree.")
    collection = UintField(source="estimate.collection", help_text="Of the NFT that the items are filed under.")
    signatures = UintField(source="estimate.signatures")
    mints = UintField(source="estimate.mints", help_text="The program's own fee.")
    total = UintField(source="estimate.total")
    priority_at_most = UintField(
        source="estimate.priority_at_most", allow_null=True, help_text="On top, if all went at the ceiling; null: no ceiling."
    )


class CollectionBrief(serializers.Serializer[Collection]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    symbol = serializers.CharField()


class CollectionLine(CollectionBrief):
    """A collection in a list."""

    external_id = serializers.CharField()
    press = serializers.UUIDField(source="press_id", allow_null=True)
    standard = serializers.ChoiceField(Standard.choices)
    created = serializers.DateTimeField()
    images_cid = serializers.CharField(help_text="Of the folder of pictures, once it is stored.")
    metadata_cid = serializers.CharField(help_text="Of the folder of metadata, once it is stored.")


class CollectionAnswer(CollectionLine):
    """A collection, and how far its items are."""

    description = serializers.CharField()
    external_url = serializers.CharField()
    default_recipient = serializers.CharField()
    royalty = serializers.IntegerField()
    creators = CreatorBody(many=True)
    contract = serializers.CharField(help_text="On an EVM network.")
    warnings = serializers.ListField(child=serializers.CharField(), help_text="What looked odd in the sheet.")
    items = serializers.SerializerMethodField(help_text="How many there are in each status.")
    total = serializers.SerializerMethodField(help_text="How many items it has.")
    stopped = serializers.SerializerMethodField(help_text="Why nothing of it is signed; empty where that is not so.")
    groundwork = serializers.SerializerMethodField()
    plan = serializers.SerializerMethodField()
    job = serializers.SerializerMethodField(help_text="Its latest job.")

    def get_items(self, collection: Collection) -> dict[str, int]:
        return {str(status): self.context["counts"].get(status, 0) for status in Status}

    def get_total(self, collection: Collection) -> int:
        return sum(self.context["counts"].values())

    def get_stopped(self, collection: Collection) -> str:
        stop = Stop.objects.filter(group=collection.pk).first()
        return stop.reason if stop else ""

    def get_groundwork(self, collection: Collection) -> list[dict[str, Any]]:
        return [dict(GroundworkAnswer(work).data) for work in Groundwork.objects.filter(group=collection.pk)]

    def get_plan(self, collection: Collection) -> dict[str, Any] | None:
        plan = costs.plan(collection)
        return dict(PlanAnswer(plan).data) if plan else None

    def get_job(self, collection: Collection) -> str | None:
        job = collection.jobs.order_by("-created").first()
        return str(job.pk) if job else None


class CollectionPage(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True)
    results = CollectionLine(many=True)


class CollectionQuery(Strict):
    external_id = serializers.CharField(max_length=100, required=False)
    before = serializers.UUIDField(required=False, help_text="The id of the last one of the page before.")
    limit = serializers.IntegerField(min_value=1, max_value=200, default=50)


# -- jobs --------------------------------------------------------------------------------------------------------------------


class MintBody(Strict):
    max_cost = UintField(
        required=False, help_text="Lamports, on Solana: with a plan whose total is above it nothing is started."
    )


class JobBody(Strict):
    reason = TextField(max_length=300, help_text="For the history.")


class JobAnswer(serializers.Serializer[MintJob]):
    """A job: what it does, how far it is, and what went wrong."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(JobStatus.choices)
    percentage = serializers.IntegerField(help_text="Of all stages; never falls.")
    message = serializers.CharField()
    current_step = serializers.SerializerMethodField(help_text="The stage; once it has ended, how.")
    total_steps = serializers.IntegerField(source="total", help_text="Of the stage: files or items.")
    completed_steps = serializers.IntegerField(source="done")
    attempts = serializers.IntegerField(help_text="Of the stage, that came to nothing.")
    next_at = serializers.DateTimeField(allow_null=True, help_text="Not before: the next try, or the cleanup.")
    errors = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]  # shadows `.errors`, of instances
    minted = serializers.SerializerMethodField(help_text="Items of the collection that are minted, for good.")
    failed = serializers.SerializerMethodField(help_text="Items of the collection that failed; they may be retried.")
    total = serializers.SerializerMethodField(help_text="Items of the collection.")
    collection = CollectionBrief()
    created = serializers.DateTimeField()
    moved_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)

    def get_current_step(self, job: MintJob) -> str:
        return job.status if job.status in ENDED else job.stage

    def get_minted(self, job: MintJob) -> int:
        return int(self.context["counts"].get(Status.COMPLETED, 0))

    def get_failed(self, job: MintJob) -> int:
        return int(self.context["counts"].get(Status.FAILED, 0))

    def get_total(self, job: MintJob) -> int:
        return sum(self.context["counts"].values())


def shown(collection: Collection) -> Any:
    """A collection as its client sees it, with how many of its items are in each status."""
    return CollectionAnswer(collection, context={"counts": counts(collection)}).data


def shown_job(job: MintJob) -> Any:
    tally = counts(job.collection)
    return JobAnswer(live(job, tally), context={"counts": tally}).data


def location(job: MintJob) -> str:
    return reverse("job", args=[job.pk])
