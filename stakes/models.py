"""What a stake is: a staking contract says how users' signed actions are sent and proved; a stake is one such action."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.lookups import Exact, LessThanOrEqual
from uuid_utils.compat import uuid7

from chain import templates
from chain.calls import Signature
from chain.errors import ChainError
from chain.fields import UINT96_MAX, AddressField, Uint256Field, in_range, is_payable
from chain.models import Network, Wallet
from chain.typed_data import SIGNATURE_BYTES, Domain
from orders.models import Order
from stakes import defaults, recipes
from stakes.inbox import StreamMessage  # noqa: F401 - Django finds a room's models in here
from stakes.recipes import Recipe
from withdrawals.models import check_payer, check_view

PLACEHOLDERS = "Placeholders: {owner} {target} {stake_id} {amount} {signature_id} {signature} {order_id}."
PROOF = 'Which parameters of the event, by name or position, must be what: {"user": "{owner}"}. The owner must be among them.'
MESSAGE = "One entry a member of the type. " + PLACEHOLDERS
SIGNATURE_ID_BYTES = 31  # a bytes32 on the chain, whose last byte stays zero


class StakeAction(models.TextChoices):
    """STAKE puts the owner's tokens on a target; RESTAKE moves a stake that there is to another target."""

    STAKE = "stake", "stake"
    RESTAKE = "restake", "restake"


class StakingContract(models.Model):
    """A contract to which users' signed actions are sent, and who pays the gas for them. What is empty is as it used to be."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100)
    external_id = models.CharField(max_length=100, blank=True, help_text="What other systems call it.")
    is_open = models.BooleanField(default=True, help_text="Off: new orders are refused. Orders already taken go on.")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="stakings", help_text="Who pays the gas.")
    contract = AddressField()
    batch_size = models.PositiveSmallIntegerField(
        default=1,
        help_text="The most orders in one transaction. Above 1 they go through Multicall3, for anybody may submit them.",
    )
    # How it is called
    stake_function = models.TextField(default=defaults.STAKE, help_text="ABI signature.")
    stake_arguments = models.JSONField(default=defaults.stake_arguments, help_text="One entry a parameter. " + PLACEHOLDERS)
    restake_function = models.TextField(default=defaults.RESTAKE, help_text="ABI signature.")
    restake_arguments = models.JSONField(default=defaults.restake_arguments, help_text="One entry a parameter.")
    # How it is proved
    stake_event = models.TextField(default=defaults.STAKED, help_text="ABI signature of the event that proves a stake.")
    stake_proof = models.JSONField(default=defaults.stake_proof, help_text=PROOF)
    restake_event = models.TextField(default=defaults.RESTAKED, help_text="ABI signature of the event that proves a restake.")
    restake_proof = models.JSONField(default=defaults.restake_proof, help_text=PROOF)
    emitter = AddressField(blank=True, help_text="Who emits these events. Empty: the contract.")
    # What it refuses
    errors = models.TextField(
        blank=True, help_text="The contract's own errors, one signature a line, to make reasons readable."
    )
    permanent_reverts = models.TextField(
        default=defaults.PERMANENT_REVERTS,
        blank=True,
        help_text="Words of reverts that are the order's own fault and for good, one a line.",
    )
    used_view = models.TextField(
        blank=True,
        help_text="A function of the contract that tells whether a signature was used, such as `used(bytes32)`: zero is no. "
        "Asked before an order is retried.",
    )
    used_view_arguments = models.JSONField(default=list, blank=True, help_text='Such as ["{signature_id}"].')
    # What its users sign (EIP-712)
    domain_name = models.CharField(max_length=100, default=defaults.DOMAIN_NAME)
    domain_version = models.CharField(max_length=20, default=defaults.DOMAIN_VERSION, blank=True)
    verifying_contract = AddressField(blank=True, help_text="Who checks the signatures. Empty: the contract.")
    stake_type = models.TextField(
        default=defaults.STAKE_TYPE, blank=True, help_text="EIP-712 type. Empty: signatures are not checked at the door."
    )
    stake_message = models.JSONField(default=defaults.stake_message, blank=True, help_text=MESSAGE)
    restake_type = models.TextField(
        default=defaults.RESTAKE_TYPE, blank=True, help_text="EIP-712 type. Empty: signatures are not checked at the door."
    )
    restake_message = models.JSONField(default=defaults.restake_message, blank=True, help_text=MESSAGE)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                name="staking_external_id_once", fields=["external_id"], condition=~models.Q(external_id="")
            ),
            models.CheckConstraint(name="staking_batch_size_positive", condition=models.Q(batch_size__gte=1)),
        ]
        indexes = [models.Index(name="staking_contract", fields=["contract"])]

    def __str__(self) -> str:
        return self.name

    @property
    def network(self) -> Network:
        return self.wallet.network

    @property
    def error_signatures(self) -> list[Signature]:
        return [Signature.parse(line) for line in _lines(self.errors)]

    @property
    def permanent(self) -> list[str]:
        return _lines(self.permanent_reverts)

    @property
    def domain(self) -> Domain:
        contract = self.verifying_contract or self.contract
        return Domain(self.domain_name, self.domain_version, self.network.evm_id, contract)

    def recipe(self, action: str) -> Recipe:
        """How an action is sent and proved. Raises ChainError where it is not configured well."""
        event = recipes.signature(getattr(self, f"{action}_event"))
        return Recipe(
            self.contract,
            recipes.signature(getattr(self, f"{action}_function")),
            getattr(self, f"{action}_arguments"),
            self.emitter or self.contract,
            event,
            recipes.read_proof(event, getattr(self, f"{action}_proof")),
        )

    def digest(self, action: str, fields: Mapping[str, Any]) -> bytes | None:
        """What the owner of a stake with these fields must have signed; None where that is not checked. Raises ChainError."""
        text = getattr(self, f"{action}_type")
        return recipes.signed_digest(self.domain, text, getattr(self, f"{action}_message"), fields) if text else None

    def clean(self) -> None:
        """Refuse what could not be sent, or not be seen to have been done. Raises ValidationError naming the field."""
        check_payer(getattr(self, "wallet", None))
        for action in StakeAction:
            self._clean_action(action)
        with _naming("errors"):
            self.error_signatures  # noqa: B018 - parsing is the check
        check_view(self.contract, self.used_view, self.used_view_arguments, field="used_view", probe=recipes.PROBE)
        self._clean_events()

    def _clean_events(self) -> None:
        """The two actions have different events, and orders of one transaction events that tell them apart."""
        stake, restake = (self.recipe(action) for action in StakeAction)
        if stake.event.topic == restake.event.topic:
            raise ValidationError({"restake_event": "A restake is proved by another event than a stake."})
        if self.batch_size > 1:
            wallet = getattr(self, "wallet", None)  # a form may lack it
            if wallet and not wallet.network.multicall3:
                raise ValidationError({"batch_size": "Its network has no Multicall3, so orders cannot share a transaction."})
            if not (stake.proves("signature_id") and restake.proves("signature_id")):
                raise ValidationError({"batch_size": ONE_BY_ONE})

    def _clean_action(self, action: StakeAction) -> None:
        lacks = "stake_id" if action == StakeAction.STAKE else "amount"
        probe = {name: value for name, value in recipes.PROBE.items() if name != lacks}
        with _naming(f"{action}_function"):
            function = recipes.signature(getattr(self, f"{action}_function"))
        with _naming(f"{action}_arguments"):
            templates.check(getattr(self, f"{action}_arguments"), function.types, batch=False, probe=probe)
        with _naming(f"{action}_event"):
            event = recipes.signature(getattr(self, f"{action}_event"))
        with _naming(f"{action}_proof"):
            if lacks in recipes.read_proof(event, getattr(self, f"{action}_proof")).values():
                raise recipes.RecipeError(f"A {action} has no {{{lacks}}}.")
        if text := getattr(self, f"{action}_type"):
            with _naming(f"{action}_type"):
                kind = recipes.flat(text)
            with _naming(f"{action}_message"):
                templates.check(getattr(self, f"{action}_message"), kind.types, batch=False, probe=probe)


@contextmanager
def _naming(field: str) -> Iterator[None]:
    """What the chain room finds wrong, as the form's own error of this field."""
    try:
        yield
    except ChainError as error:
        raise ValidationError({field: str(error)}) from error


def _lines(text: str) -> list[str]:
    return [line for line in map(str.strip, text.splitlines()) if line]


class OctetLength(models.Func):
    """Bytes, where Length counts letters."""

    function = "octet_length"
    output_field = models.IntegerField()


ONE_BY_ONE = (
    "Orders can share a transaction only where each event proves which of them it is: both proofs must name {signature_id}."
)


class Stake(models.Model):
    """One action that its owner signed. What is sent is what was signed: nothing of it ever changes."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True)
    staking = models.ForeignKey(StakingContract, on_delete=models.PROTECT, related_name="stakes")
    action = models.CharField(max_length=8, choices=StakeAction.choices)
    owner = AddressField(db_index=True)
    target = Uint256Field(help_text="The NFT id that is staked on.")
    stake_id = Uint256Field(null=True, help_text="The NFT id of the stake that moves to the target; a restake only.")
    amount = Uint256Field(null=True, help_text="Base units; a stake only.")
    signature_id = models.CharField(max_length=31, help_text="The owner's own text, which can be used once.")
    signature = models.BinaryField(max_length=SIGNATURE_BYTES)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="stake_signature_id_once", fields=["signature_id", "staking"]),
            models.CheckConstraint(name="stake_owner_payable", condition=is_payable("owner")),
            models.CheckConstraint(name="stake_target_uint96", condition=in_range("target", 0, UINT96_MAX)),
            models.CheckConstraint(
                name="stake_has_what_it_needs",
                # A CHECK is content with what is unknown, so the column that must be there is asked for by itself.
                condition=(models.Q(action=StakeAction.STAKE, stake_id=None, amount__isnull=False) & in_range("amount", 1))
                | (
                    models.Q(action=StakeAction.RESTAKE, amount=None, stake_id__isnull=False)
                    & in_range("stake_id", 0, UINT96_MAX)
                ),
            ),
            models.CheckConstraint(
                name="stake_signature_id_bytes32",
                condition=models.Q(LessThanOrEqual(OctetLength("signature_id"), SIGNATURE_ID_BYTES))
                & ~models.Q(signature_id=""),
            ),
            models.CheckConstraint(
                name="stake_signature_bytes", condition=models.Q(Exact(OctetLength("signature"), SIGNATURE_BYTES))
            ),
        ]

    def __str__(self) -> str:
        what = f"{self.amount} on {self.target}" if self.action == StakeAction.STAKE else f"{self.stake_id} to {self.target}"
        return f"{self.action} {what} by {self.owner}"

    @property
    def recipient(self) -> str:
        """Whom it is for, in the word that all orders have for that."""
        owner: str = self.owner
        return owner

    @property
    def signature_word(self) -> str:
        """The signature id as the chain has it: bytes32 in hexadecimal, zeros on the right."""
        text: str = self.signature_id
        return "0x" + text.encode().hex().ljust(64, "0")

    @property
    def fields(self) -> dict[str, Any]:
        """What a template may name."""
        return {
            "owner": self.owner,
            "target": self.target,
            "stake_id": self.stake_id,
            "amount": self.amount,
            "signature_id": self.signature_word,
            "signature": "0x" + bytes(self.signature).hex(),
            "order_id": self.pk,
        }
