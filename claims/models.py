"""What an NFT claim is: a reward says what is claimed and how; a claim is one order on it."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from chain import templates
from chain.calls import Signature
from chain.errors import ChainError
from chain.fields import AddressField, Uint256Field, in_range, is_payable
from chain.models import Network, Wallet
from chain.strategies import Strategy
from claims.leftovers import Leftover  # noqa: F401 - Django finds a room's models in here
from orders.minting import Standard
from orders.models import Order
from withdrawals.models import Pool, check_evm, check_view


class Reward(models.Model):
    """An event pass, badge or loyalty card: a contract, how to call it, who calls it, and how often it may be claimed.

    With a `pool` it is a token reward instead: claiming it schedules a withdrawal of `amount` from that pool.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100)
    external_id = models.CharField(max_length=100, blank=True, help_text="What other systems call it, such as cs_…")
    is_open = models.BooleanField(default=True, help_text="Off: new orders are refused. Orders already taken go on.")
    # How it is claimed
    wallet = models.ForeignKey(
        Wallet, on_delete=models.PROTECT, null=True, blank=True, related_name="rewards", help_text="The minter."
    )
    contract = AddressField(blank=True)
    standard = models.CharField(max_length=8, choices=Standard.choices, default=Standard.ERC721)
    strategy = models.CharField(max_length=10, choices=[(s.value, s.value) for s in Strategy], default=Strategy.MULTICALL)
    function = models.TextField(
        default="claim(address,uint256)", help_text="ABI signature of the function to call; for `batch` the array function's."
    )
    arguments = models.JSONField(
        default=list, blank=True,
        help_text="One entry a parameter. Placeholders: {recipient} {quantity} {token_id} {order_id}. "
        'For `batch`, {"each": "{recipient}"} becomes an array.',
    )  # fmt: skip
    errors = models.TextField(
        blank=True, help_text="The contract's own errors, one signature a line, to make reasons readable."
    )
    paid_view = models.TextField(
        blank=True,
        help_text="A function of the contract that tells whether an order was paid, such as `claimed(address)`: zero is no. "
        "Asked before an order is retried.",
    )
    paid_view_arguments = models.JSONField(default=list, blank=True, help_text='Such as ["{recipient}"] or ["{order_id}"].')
    needs_role = models.BooleanField(default=True, help_text="Only the minter may call the function. Forbids `aggregate3`.")
    batch_size = models.PositiveSmallIntegerField(
        default=20, help_text="The most orders in one transaction; gas may make it fewer."
    )
    # What a token reward pays
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, null=True, blank=True, related_name="rewards")
    amount = Uint256Field(null=True, blank=True, help_text="Base units per unit claimed.")
    # How often
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    limit_total = models.PositiveBigIntegerField(null=True, blank=True, help_text="Units, over all recipients.")
    limit_per_recipient = models.PositiveBigIntegerField(null=True, blank=True, help_text="Units.")
    limit_window = models.PositiveIntegerField(
        null=True, blank=True, help_text="Seconds after which a recipient's count begins anew. Empty: never."
    )
    taken = models.PositiveBigIntegerField(
        default=0, editable=False, help_text="Units ordered and not cancelled, if limit_total is set."
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                name="reward_external_id_once", fields=["external_id"], condition=~models.Q(external_id="")
            ),
            models.CheckConstraint(
                name="reward_is_nft_or_token",
                condition=models.Q(pool__isnull=True, amount__isnull=True, wallet__isnull=False)
                | (models.Q(pool__isnull=False, wallet__isnull=True, amount__isnull=False) & in_range("amount", 1)),
            ),
            models.CheckConstraint(
                name="reward_within_total",
                condition=models.Q(limit_total__isnull=True) | models.Q(taken__lte=models.F("limit_total")),
            ),
            models.CheckConstraint(name="reward_batch_size_positive", condition=models.Q(batch_size__gte=1)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def network(self) -> Network:
        """Where it is minted. An NFT reward's only."""
        assert self.wallet is not None
        return self.wallet.network

    @property
    def sender(self) -> Wallet:
        """Whose lane its orders are in: the minter's, or its sponsor's, which sends what it signs. An NFT reward's only."""
        assert self.wallet is not None
        return self.wallet.sponsor or self.wallet

    @property
    def signature(self) -> Signature:
        return Signature.parse(self.function)

    @property
    def error_signatures(self) -> list[Signature]:
        return [Signature.parse(line) for line in map(str.strip, self.errors.splitlines()) if line]

    def opens_later(self, now: datetime) -> bool:
        return self.opens_at is not None and now < self.opens_at

    def has_closed(self, now: datetime) -> bool:
        return not self.is_open or (self.closes_at is not None and now >= self.closes_at)

    def clean(self) -> None:
        """Refuse what could not be claimed, or could be claimed by anybody. Raises ValidationError naming the field."""
        if self.pool_id is not None:
            self._clean_token_reward()
        else:
            self._clean_nft_reward()

    def _clean_token_reward(self) -> None:
        if self.wallet_id is not None:
            raise ValidationError({"wallet": "A token reward is paid by its pool's wallet; leave this empty."})
        if not self.amount:
            raise ValidationError({"amount": "A token reward needs the amount it pays."})

    def _clean_nft_reward(self) -> None:
        if self.wallet_id is None:
            raise ValidationError({"wallet": "An NFT reward needs the wallet that mints it."})
        check_evm(self.wallet)
        if not self.contract:
            raise ValidationError({"contract": "An NFT reward needs its contract."})
        if self.strategy == Strategy.AGGREGATE3 and self.needs_role:
            raise ValidationError({"strategy": AGGREGATE3_NEEDS_NO_ROLE})
        if self.strategy == Strategy.AGGREGATE3 and self.sender != self.wallet:
            raise ValidationError({"strategy": SPONSORED_BY_REQUESTS})
        try:
            templates.check(self.arguments, self.signature.types, batch=self.strategy == Strategy.BATCH)
        except ChainError as error:
            raise ValidationError({"arguments": str(error)}) from error
        check_view(self.contract, self.paid_view, self.paid_view_arguments)
        try:
            self.error_signatures  # noqa: B018 - parsing is the check
        except ChainError as error:
            raise ValidationError({"errors": str(error)}) from error


AGGREGATE3_NEEDS_NO_ROLE = (
    "Through Multicall3 the contract sees Multicall3 as the caller, not the minter. A call that needs the minter's role would "
    "fail, and giving the role to Multicall3 would let anybody mint. Use `multicall` or `batch`, or, if anybody may call this "
    "function, say so with `needs role` off."
)

SPONSORED_BY_REQUESTS = (
    "The minter has a sponsor, which sends several requests at once by the forwarder, not by Multicall3. Use `multicall`, "
    "`batch` or `single`."
)


class Claim(models.Model):
    """One order on an NFT reward."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True)
    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, related_name="claims")
    recipient = AddressField(db_index=True)
    quantity = models.PositiveBigIntegerField(default=1)
    token_id = Uint256Field(null=True, help_text="Which token, where the reward's contract has several.")
    token_ids = ArrayField(Uint256Field(), null=True, help_text="What was minted, from the order's own event.")
    minter = models.ForeignKey(
        Wallet, on_delete=models.PROTECT, null=True, related_name="+",
        help_text="Whose signed request it is, where the order's wallet sends and pays for it as the sponsor.",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(name="claim_quantity_positive", condition=models.Q(quantity__gte=1)),
            models.CheckConstraint(name="claim_recipient_payable", condition=is_payable("recipient")),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.reward} → {self.recipient}"


class Allowance(models.Model):
    """How much one recipient has taken of a reward that is limited per recipient. Guarded by the upsert in `claims.limits`."""

    reward = models.ForeignKey(Reward, on_delete=models.CASCADE)
    recipient = AddressField()
    window = models.PositiveBigIntegerField(default=0, help_text="Which window since the epoch; 0 where there is none.")
    taken = models.PositiveBigIntegerField()
    updated = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(name="allowance_once", fields=["reward", "recipient", "window"])]
