"""How items are minted: where, by which wallet, through which function. Staff set it up once as a press; clients only name it.

A client who could name a wallet and a function could have any function of any contract called by it.
"""

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models
from uuid_utils.compat import uuid7

from chain import templates
from chain.calls import Signature
from chain.errors import ChainError
from chain.fields import AddressField
from chain.models import Network, Wallet
from chain.solana.wanted import Program
from chain.strategies import Strategy

# A plausible item, for looking at an argument template; its keys are all placeholders there are.
PROBE = {name: templates.PROBE[name] for name in ("recipient", "quantity", "token_id", "order_id")} | {
    "uri": "ipfs://cid/1.json"
}
DEEPEST = 30  # levels of the largest tree


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


class Method(models.Model):
    """What a press and a collection have in common: the collection keeps what its press was when it came."""

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, help_text="The minter.")
    standard = models.CharField(max_length=10, choices=Standard.choices)
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
    canopy = models.PositiveSmallIntegerField(
        null=True, blank=True,
        help_text="Levels of the tree that its account keeps. More of them: transfers are smaller, and opening it is dearer. "
        "Empty: so many that a transfer brings ten nodes along.",
    )  # fmt: skip

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(name="%(class)s_batch_size_positive", condition=models.Q(batch_size__gte=1)),
            models.CheckConstraint(
                name="%(class)s_is_of_its_standard",
                condition=(models.Q(standard=Standard.COMPRESSED, contract="") & ~models.Q(program=""))
                | (~models.Q(standard=Standard.COMPRESSED) & ~models.Q(contract="") & models.Q(program="")),
            ),
        ]

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
    def error_signatures(self) -> list[Signature]:
        return [Signature.parse(line) for line in map(str.strip, self.errors.splitlines()) if line]

    def names(self, placeholder: str) -> bool:
        """Whether the call has a place for it, such as `token_id`."""
        return f"{{{placeholder}}}" in str(self.arguments)

    def clean(self) -> None:
        """Refuse what could not be minted, or could be minted by anybody. Raises ValidationError naming the field."""
        if self.wallet_id is None:
            return  # the form says so itself
        if self.wallet.network.is_solana != self.is_compressed:
            raise ValidationError({"standard": "Compressed NFTs are minted on Solana, ERC-721 and ERC-1155 on an EVM network."})
        if self.is_compressed:
            self._clean_compressed()
        else:
            self._clean_evm()

    def _clean_compressed(self) -> None:
        if not self.program:
            raise ValidationError({"program": "A compressed collection needs the instruction it is minted with."})
        if self.contract:
            raise ValidationError({"contract": "On Solana there is no contract: its tree is opened for it."})
        if self.canopy is not None and self.canopy > DEEPEST:
            raise ValidationError({"canopy": f"No tree has more than {DEEPEST} levels."})

    def _clean_evm(self) -> None:
        if not self.contract:
            raise ValidationError({"contract": "A collection on an EVM network needs its contract."})
        if self.program:
            raise ValidationError({"program": "Bubblegum is on Solana."})
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
        if not (self.names("uri") or self.names("token_id")):
            raise ValidationError({"arguments": UNNUMBERED})

    def _clean_base_uri(self) -> None:
        try:
            takes = Signature.parse(self.base_uri_function).types if self.base_uri_function else ("string",)
        except ChainError as error:
            raise ValidationError({"base_uri_function": str(error)}) from error
        if takes != ("string",):
            raise ValidationError({"base_uri_function": "It takes one text, such as setBaseURI(string)."})


NEEDS_NO_ROLE = "Multicall3 would be the caller, and it has no role: use `multicall`, or say that anybody may call."
UNNUMBERED = (
    "Without {token_id} or {uri} the contract gives the numbers itself, and an item may show another one's metadata: name one."
)


class Press(Method):
    """Where clients may have collections minted, and how."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100, unique=True)
    external_id = models.CharField(max_length=100, blank=True, help_text="What other systems call it.")
    is_open = models.BooleanField(default=True, help_text="Off: no collection is taken for it. Those that are there go on.")

    class Meta(Method.Meta):
        ordering = ["name"]
        verbose_name_plural = "presses"
        constraints = [
            *Method.Meta.constraints,
            models.UniqueConstraint(name="press_external_id_once", fields=["external_id"], condition=~models.Q(external_id="")),
        ]

    def __str__(self) -> str:
        return self.name


def copied(method: Method) -> dict[str, Any]:
    """The columns of `Method`, for a collection of this press."""
    return {field.attname: getattr(method, field.attname) for field in Method._meta.get_fields() if field.concrete}


def one(text: str) -> Press | None:
    """The open or closed press with this id, external id or name."""
    presses = Press.objects.select_related("wallet__network")
    named = models.Q(external_id=text) | models.Q(name=text)
    return presses.filter(models.Q(pk=found) | named if (found := _uuid(text)) else named).first() if text else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
