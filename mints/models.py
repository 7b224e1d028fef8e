"""Mint collections: what is minted and how, the files it shows, one order an item, and the jobs that carry it through."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from chain import templates
from chain.calls import Signature
from chain.errors import ChainError
from chain.fields import AddressField, AnyAddressField, Uint256Field, in_range
from chain.models import Network, Wallet
from chain.solana.wanted import Program
from chain.strategies import Strategy
from orders.models import Client, Order

ROYALTY_MOST = 10_000  # basis points: all of it

# A plausible item, for looking at an argument template; its keys are all placeholders there are.
PROBE = {name: templates.PROBE[name] for name in ("recipient", "quantity", "token_id", "order_id")} | {
    "uri": "ipfs://cid/1.json"
}


class Standard(models.TextChoices):
    """What the items become: tokens of an EVM contract, or leaves of a Merkle tree on Solana (Metaplex Bubblegum)."""

    ERC721 = "erc721", "ERC-721"
    ERC1155 = "erc1155", "ERC-1155"
    COMPRESSED = "compressed", "compressed NFT (Bubblegum)"


class FileNames(models.TextChoices):
    """How an item's metadata file is called, which the contract's own `tokenURI` or `uri` must agree with."""

    NUMBER_JSON = "number.json", "7.json"
    NUMBER = "number", "7 (a base URI, as OpenZeppelin joins it)"
    HEX_JSON = "hex.json", "64 hexadecimal digits and .json (ERC-1155's {id})"


class Collection(models.Model):
    """A sheet of items and their pictures, and where and by whom they are minted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="collections",
        help_text="Who sent it, and alone sees it in the API. Empty: entered by staff.",
    )  # fmt: skip
    external_id = models.CharField(max_length=100, blank=True, help_text="What other systems call it.")
    idempotency_key = models.CharField(max_length=255, null=True, editable=False)  # noqa: DJ001 - as an order's
    request_hash = models.CharField(max_length=64, blank=True, editable=False)
    name = models.CharField(max_length=100)
    symbol = models.CharField(max_length=10, blank=True)
    description = models.TextField(blank=True)
    external_url = models.URLField(blank=True)
    created = models.DateTimeField(db_default=Now(), editable=False)
    # Where it is minted, and by whom
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="collections", help_text="The minter.")
    standard = models.CharField(max_length=10, choices=Standard.choices)
    default_recipient = AnyAddressField(blank=True, help_text="For items whose row names nobody.")
    royalty = models.PositiveIntegerField(default=0, help_text="Basis points of a resale (seller_fee_basis_points).")
    creators = models.JSONField(
        default=list,
        blank=True,
        help_text='Who share the royalty: [{"address": "…", "share": 100}], the shares adding up to 100.',
    )
    batch_size = models.PositiveSmallIntegerField(
        default=20, help_text="The most items in one transaction; gas, or its size in bytes, may make it fewer."
    )
    # On an EVM network
    contract = AddressField(blank=True)
    strategy = models.CharField(max_length=10, choices=[(s.value, s.value) for s in Strategy], default=Strategy.MULTICALL)
    function = models.TextField(
        blank=True,
        default="safeMint(address,uint256)",
        help_text="ABI signature of the function to call; for `batch` the array function's.",
    )
    arguments = models.JSONField(
        default=list,
        blank=True,
        help_text="One entry a parameter. Placeholders: {recipient} {quantity} {token_id} {uri} {order_id}.",
    )
    errors = models.TextField(
        blank=True, help_text="The contract's own errors, one signature a line, to make reasons readable."
    )
    needs_role = models.BooleanField(default=True, help_text="Only the minter may call the function. Forbids `aggregate3`.")
    base_uri_function = models.CharField(
        max_length=200, blank=True,
        help_text="A function of the contract that takes the folder's URI, such as setBaseURI(string); called once, before the "
        "first item. Empty: the contract knows its URIs by other means.",
    )  # fmt: skip
    file_names = models.CharField(max_length=12, choices=FileNames.choices, default=FileNames.NUMBER_JSON)
    # On Solana
    program = models.CharField(
        max_length=24,
        choices=[(p.value, p.value) for p in Program],
        blank=True,
        help_text="Bubblegum's instruction for its items.",
    )
    # What the stages found
    images_cid = models.CharField(max_length=100, blank=True, editable=False)
    metadata_cid = models.CharField(max_length=100, blank=True, editable=False)

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(name="collection_idempotency_key_once", fields=["client", "idempotency_key"]),
            models.UniqueConstraint(
                name="collection_external_id_once", fields=["client", "external_id"], condition=~models.Q(external_id="")
            ),
            models.CheckConstraint(name="collection_royalty_basis_points", condition=models.Q(royalty__lte=ROYALTY_MOST)),
            models.CheckConstraint(name="collection_batch_size_positive", condition=models.Q(batch_size__gte=1)),
            models.CheckConstraint(
                name="collection_is_of_its_standard",
                condition=(models.Q(standard=Standard.COMPRESSED, contract="") & ~models.Q(program=""))
                | (~models.Q(standard=Standard.COMPRESSED) & ~models.Q(contract="") & models.Q(program="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def network(self) -> Network:
        return self.wallet.network

    @property
    def is_compressed(self) -> bool:
        return self.standard == Standard.COMPRESSED

    @property
    def signature(self) -> Signature:
        return Signature.parse(self.function)

    @property
    def base_uri(self) -> str:
        """What the contract is told once: the folder; where files have hexadecimal names, a URI with ERC-1155's {id}, for which
        wallets put them. Empty before the metadata stage is through.
        """
        if not self.metadata_cid:
            return ""
        folder = f"ipfs://{self.metadata_cid}/"
        return f"{folder}{{id}}.json" if self.file_names == FileNames.HEX_JSON else folder

    @property
    def error_signatures(self) -> list[Signature]:
        return [Signature.parse(line) for line in map(str.strip, self.errors.splitlines()) if line]

    def clean(self) -> None:
        """Refuse what could not be minted, or could be minted by anybody. Raises ValidationError naming the field."""
        if self.wallet.network.is_solana != self.is_compressed:
            raise ValidationError({"standard": "Compressed NFTs are minted on Solana, ERC-721 and ERC-1155 on an EVM network."})
        if self.is_compressed and not self.program:
            raise ValidationError({"program": "A compressed collection needs the instruction it is minted with."})
        if not self.is_compressed:
            self._clean_evm()

    def _clean_evm(self) -> None:
        if not self.contract:
            raise ValidationError({"contract": "A collection on an EVM network needs its contract."})
        if self.strategy == Strategy.AGGREGATE3 and self.needs_role:
            raise ValidationError({"strategy": NEEDS_NO_ROLE})
        if self.wallet.sponsor_id is not None:
            raise ValidationError({"wallet": "A collection is minted by a wallet that pays for itself."})
        self._clean_base_uri()
        try:
            templates.check(self.arguments, self.signature.types, batch=self.strategy == Strategy.BATCH, probe=PROBE)
            self.error_signatures  # noqa: B018 - parsing is the check
        except ChainError as error:
            raise ValidationError({"arguments": str(error)}) from error

    def _clean_base_uri(self) -> None:
        try:
            takes = Signature.parse(self.base_uri_function).types if self.base_uri_function else ("string",)
        except ChainError as error:
            raise ValidationError({"base_uri_function": str(error)}) from error
        if takes != ("string",):
            raise ValidationError({"base_uri_function": "It takes one text, such as setBaseURI(string)."})


NEEDS_NO_ROLE = "Multicall3 would be the caller, and it has no role: use `multicall`, or say that anybody may call."


class Asset(models.Model):
    """A picture of a collection: a file in UPLOADS_DIR until the cleanup, then only what is known of it."""

    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="assets")
    name = models.CharField(max_length=255, help_text="As the sheet calls it.")
    media_type = models.CharField(max_length=60, help_text="By its content.")
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    sha256 = models.CharField(max_length=64, help_text="Of the bytes that came in.")
    cid = models.CharField(max_length=100, blank=True, help_text="Computed here, once the upload stage has read it.")
    thumbnail = models.BinaryField(null=True, help_text="WEBP, 96 pixels at most.")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(name="asset_name_once", fields=["collection", "name"])]

    def __str__(self) -> str:
        return self.name


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


class Stage(models.TextChoices):
    """What a job does, in this order."""

    UPLOAD = "upload"
    METADATA = "metadata"
    MINT = "mint"
    CLEANUP = "cleanup"


class JobStatus(models.TextChoices):
    """RUNNING while anything is to be done, also between two tries; FAILED when a stage's tries are used up, until resumed."""

    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


ENDED = (JobStatus.COMPLETED, JobStatus.CANCELLED)


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

    def __str__(self) -> str:
        return f"job {self.id} of {self.collection}"
