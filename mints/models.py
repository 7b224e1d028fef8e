"""Mint collections: the files they show, one order an item, and the jobs that carry them through. `mints.presses`: how."""

from urllib.parse import unquote

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from chain.fields import AnyAddressField, Uint256Field, in_range
from mints.presses import PROBE, FileNames, Method, Press, Standard
from mints.states import ENDED, JobStatus, Stage
from orders.models import Client, Order

__all__ = [
    "ENDED", "PROBE", "Asset", "Collection", "FileNames", "Item", "JobStatus", "Method", "MintJob", "Press", "Stage",
    "Standard",
]  # fmt: skip

ROYALTY_MOST = 10_000  # basis points: all of it


class Collection(Method):
    """A sheet of items and their pictures, and where and by whom they are minted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="collections",
        help_text="Who sent it, and alone sees it in the API. Empty: entered by staff.",
    )  # fmt: skip
    press = models.ForeignKey(
        Press, on_delete=models.PROTECT, null=True, editable=False, related_name="collections",
        help_text="By which it came; what that says now counts for later ones only.",
    )  # fmt: skip
    external_id = models.CharField(max_length=100, blank=True, help_text="What other systems call it.")
    idempotency_key = models.CharField(max_length=255, null=True, editable=False)  # noqa: DJ001 - as an order's
    request_hash = models.CharField(max_length=64, blank=True, editable=False)
    name = models.CharField(max_length=100)
    symbol = models.CharField(max_length=10, blank=True)
    description = models.TextField(blank=True)
    external_url = models.URLField(blank=True)
    created = models.DateTimeField(db_default=Now(), editable=False)
    default_recipient = AnyAddressField(blank=True, help_text="For items whose row names nobody.")
    royalty = models.PositiveIntegerField(default=0, help_text="Basis points of a resale (seller_fee_basis_points).")
    creators = models.JSONField(
        default=list,
        blank=True,
        help_text='Who share the royalty: [{"address": "…", "share": 100}], the shares adding up to 100.',
    )
    warnings = models.JSONField(default=list, blank=True, editable=False, help_text="What looked odd in the sheet.")
    # What the stages found
    images_planned = models.CharField(max_length=100, blank=True, editable=False, help_text="The folder's CID, computed here.")
    images_cid = models.CharField(max_length=100, blank=True, editable=False)
    metadata_cid = models.CharField(max_length=100, blank=True, editable=False)

    class Meta(Method.Meta):
        ordering = ["-created"]
        constraints = [
            *Method.Meta.constraints,
            models.UniqueConstraint(name="collection_idempotency_key_once", fields=["client", "idempotency_key"]),
            models.UniqueConstraint(
                name="collection_external_id_once", fields=["client", "external_id"], condition=~models.Q(external_id="")
            ),
            # A second folder would become the first one's.
            models.UniqueConstraint(
                name="collection_base_uri_once", fields=["wallet", "contract"], condition=~models.Q(base_uri_function="")
            ),
            models.CheckConstraint(name="collection_royalty_basis_points", condition=models.Q(royalty__lte=ROYALTY_MOST)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def base_uri(self) -> str:
        """What the contract is told once: the folder; where files have hexadecimal names, a URI with ERC-1155's {id}, for which
        wallets put them. Empty before the metadata stage is through.
        """
        if not self.metadata_cid:
            return ""
        folder = f"ipfs://{self.metadata_cid}/"
        return f"{folder}{{id}}.json" if self.file_names == FileNames.HEX_JSON else folder


class Asset(models.Model):
    """A picture of a collection: a file in UPLOADS_DIR until the cleanup, then only what is known of it.

    Or one that is in IPFS already, of which nothing came here: then it is called by its URI.
    """

    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="assets")
    name = models.CharField(max_length=255, help_text="As the sheet calls it.")
    media_type = models.CharField(max_length=60, help_text="By its content.")
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the bytes that came in; its file here is called so.")
    cid = models.CharField(max_length=100, blank=True, help_text="Computed here, when it came.")
    thumbnail = models.BinaryField(null=True, help_text="WEBP, 96 pixels at most.")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(name="asset_name_once", fields=["collection", "name"])]

    def __str__(self) -> str:
        return self.name

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is in IPFS without our doing."""
        return self.name.startswith("ipfs://")

    def place(self, folder: str) -> tuple[str, str]:
        """The folder that it lies in, and its name there; `folder` is that of the collection's own pictures."""
        if not self.is_elsewhere:
            return folder, self.name
        above, _, name = self.name.removeprefix("ipfs://").rpartition("/")
        return above, unquote(name)


class Item(models.Model):
    """One order: one row of the sheet, minted once."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True)
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="items")
    number = models.PositiveIntegerField(help_text="Its place in the sheet, from 0.")
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    attributes = models.JSONField(default=list, help_text="[{trait_type, value}], from the sheet's other columns.")
    image = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="items")
    recipient = AnyAddressField(db_index=True)
    quantity = models.PositiveBigIntegerField(default=1, help_text="More than one on ERC-1155 only.")
    token_id = Uint256Field(null=True, help_text="EVM: which token is asked for.")
    # What the chain says was minted
    token_ids = ArrayField(Uint256Field(), null=True, help_text="EVM: from the item's own event.")
    tree = models.CharField(max_length=44, blank=True, help_text="Solana: the account of its Merkle tree.")
    leaf_index = models.PositiveBigIntegerField(null=True, help_text="Solana: its place in the tree, as the chain gave it.")
    leaf_hash = models.CharField(max_length=64, blank=True, help_text="Solana: hexadecimal, from the chain; equals our own.")
    asset_id = models.CharField(max_length=44, blank=True, help_text="Solana: by which wallets and markets know it.")

    class Meta:
        ordering = ["collection", "number"]
        constraints = [
            models.UniqueConstraint(name="item_number_once", fields=["collection", "number"]),
            models.UniqueConstraint(name="item_leaf_once", fields=["tree", "leaf_index"], condition=~models.Q(tree="")),
            models.CheckConstraint(name="item_quantity_positive", condition=models.Q(quantity__gte=1)),
            models.CheckConstraint(name="item_token_id_uint256", condition=in_range("token_id", 0)),
            models.CheckConstraint(
                name="item_leaf_is_whole",
                condition=models.Q(tree="", leaf_index__isnull=True, leaf_hash="", asset_id="")
                | (models.Q(leaf_index__isnull=False) & ~models.Q(tree="") & ~models.Q(leaf_hash="") & ~models.Q(asset_id="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} → {self.recipient}"

    @property
    def file(self) -> str:
        """What its metadata is called in the collection's folder: by its token id, where it has one, else by its number."""
        number = self.number if self.token_id is None else int(self.token_id)
        match FileNames(self.collection.file_names):
            case FileNames.NUMBER_JSON:
                return f"{number}.json"
            case FileNames.NUMBER:
                return str(number)
            case FileNames.HEX_JSON:
                return f"{number:064x}.json"

    @property
    def uri(self) -> str:
        """Where its metadata is, once the metadata stage is through; empty before."""
        folder = self.collection.metadata_cid
        return f"ipfs://{folder}/{self.file}" if folder else ""


class MintJob(models.Model):
    """A collection on its way through the four stages. Each goes on where it stopped: what it has done is in other tables."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="jobs")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, related_name="mint_jobs")
    idempotency_key = models.CharField(max_length=255, null=True)  # noqa: DJ001 - as an order's
    request_hash = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=10, choices=JobStatus.choices, default=JobStatus.RUNNING)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.UPLOAD)
    message = models.CharField(max_length=300, blank=True)
    done = models.PositiveIntegerField(default=0, help_text="Steps of this stage: files or items.")
    total = models.PositiveIntegerField(default=0)
    percentage = models.PositiveSmallIntegerField(default=0, help_text="Never falls, but for a retry that somebody asked for.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Of this stage, that came to nothing.")
    next_at = models.DateTimeField(null=True, help_text="Not before: back-off, or the wait before the cleanup.")
    errors = models.JSONField(default=list, help_text="The latest of them, as sentences.")
    status_by = models.CharField(max_length=100, blank=True)
    stopped_at = models.DateTimeField(null=True, help_text="`since` of the stop that its pause has set on the collection.")
    asked_at = models.DateTimeField(null=True, help_text="A runner was asked for, and none has begun yet.")
    created = models.DateTimeField(db_default=Now(), editable=False)
    moved_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(name="mint_job_idempotency_key_once", fields=["client", "idempotency_key"]),
            models.UniqueConstraint(
                name="mint_job_one_open", fields=["collection"], condition=~models.Q(status__in=["completed", "cancelled"])
            ),
            models.CheckConstraint(name="mint_job_percentage", condition=models.Q(percentage__lte=100)),
        ]
        indexes = [models.Index(name="mint_job_running", fields=["created"], condition=models.Q(status=JobStatus.RUNNING))]

    def __str__(self) -> str:
        return f"job {self.id} of {self.collection}"
