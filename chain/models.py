"""What the chain room remembers: networks, the wallets on them, one transaction per nonce, and every payload signed for it.

Django finds all models of the room here.
"""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from chain.fees import FeeKind, Fees
from chain.fields import AnyAddressField, Uint256Field, in_range
from chain.networks import FEE_KINDS, Network, usual_confirmations
from chain.requests import ForwardRequest
from chain.states import (
    OPEN,
    UNMINED,
    AttemptKind,
    Outcome,
    TransactionStatus,
    Waiting,
    WalletStatus,
)
from chain.trail import Trail

ALERT_BELOW_MINIMUM = (
    "The alert balance is below the minimum: the wallet would stop before anybody is told. Raise it, or lower the minimum."
)
__all__ = [
    "ALERT_BELOW_MINIMUM", "Attempt", "ForwardRequest", "Installation", "Network", "Trail", "Transaction",
    "TransactionQuerySet", "Wallet", "by_hash", "usual_confirmations",
]  # fmt: skip


class Installation(models.Model):
    """This database as the workers know it: one row. `chain.maintenance` reads and writes it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    identity = models.CharField(
        max_length=100, blank=True, help_text="Cluster, timeline and database, as PostgreSQL names them."
    )
    maintenance_since = models.DateTimeField(null=True)
    maintenance_reason = models.CharField(max_length=300, blank=True)
    maintenance_by = models.CharField(max_length=100, blank=True)
    maintenance_ended = models.DateTimeField(null=True, help_text="The last time.")

    class Meta:
        constraints = [models.CheckConstraint(name="installation_once", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return self.identity


class Wallet(models.Model):
    """A funded address that owns nonces. Its lane is the only one that spends them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="wallets")
    name = models.CharField(max_length=60)
    address = AnyAddressField()
    signer = models.CharField(
        max_length=200,
        help_text="Where the key is, never the key: `keystore:FILE.json`, `mnemonic:m/44'/60'/0'/0/0`, on Solana "
        "`keypair:FILE.json`, or, on development networks only, `env:NAME`.",
    )
    sponsor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="sponsored",
        help_text="Who sends and pays for what this wallet signs (ERC-2771), for claims only. For orders taken from now on.",
    )  # fmt: skip
    status = models.CharField(max_length=12, choices=WalletStatus.choices, default=WalletStatus.ACTIVE, editable=False)
    status_reason = models.CharField(max_length=300, blank=True, editable=False)
    status_by = models.CharField(max_length=100, blank=True, editable=False)
    status_since = models.DateTimeField(null=True, editable=False)
    # The way out of quarantine: one person asks, another one releases. Kept until the next quarantine.
    release_asked_by = models.CharField(max_length=100, blank=True, editable=False)
    release_asked_at = models.DateTimeField(null=True, editable=False)
    release_reason = models.CharField(max_length=300, blank=True, editable=False)
    release_nonce = models.PositiveBigIntegerField(null=True, editable=False, help_text="The chain's nonce both have seen.")
    released_by = models.CharField(max_length=100, blank=True, editable=False)
    doubt_before = models.DateTimeField(
        null=True, editable=False, help_text="Pending orders older than this may have been paid elsewhere; the lane holds them."
    )
    trusted_block = models.PositiveBigIntegerField(
        default=0, editable=False, help_text="Up to this block people have looked; the lane does not compare it any more."
    )
    max_in_flight = models.PositiveSmallIntegerField(
        default=16, help_text="Transactions sent and not mined at one time; 1 is strictly one by one."
    )
    minimum_balance = Uint256Field(
        null=True, blank=True, help_text="wei; with less than this the wallet signs nothing new, and its orders wait."
    )
    alert_balance = Uint256Field(
        null=True, blank=True, help_text="wei; with less than this the monitor is red. Not below the minimum."
    )
    # The lane's own columns, written under its fence only.
    next_nonce = models.PositiveBigIntegerField(null=True, editable=False, help_text="Empty until the lane asks the chain.")
    forwarder_nonce = models.PositiveBigIntegerField(
        null=True, editable=False, help_text="Below it, what the forwarder executed of this wallet is accounted for."
    )
    first_nonce = models.PositiveBigIntegerField(
        null=True, editable=False, help_text="Where we began; below it nothing is ours."
    )
    fence = models.PositiveBigIntegerField(default=0, editable=False)
    tick_asked_at = models.DateTimeField(null=True, editable=False)
    last_tick_at = models.DateTimeField(null=True, editable=False)
    waiting = models.CharField(max_length=12, choices=Waiting.choices, blank=True, editable=False)
    waiting_since = models.DateTimeField(null=True, editable=False)
    waiting_detail = models.CharField(max_length=300, blank=True, editable=False)
    balance = Uint256Field(null=True, editable=False, help_text="wei, as last seen")
    chain_nonce = models.PositiveBigIntegerField(null=True, editable=False, help_text="as last seen on the chain")
    head_number = models.PositiveBigIntegerField(null=True, editable=False, help_text="The latest block, as last seen.")
    head_at = models.DateTimeField(null=True, editable=False, help_text="By that block's own word, when it was made.")
    looked_at = models.DateTimeField(null=True, editable=False, help_text="When a node last answered this wallet's lane.")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(name="wallet_once_per_network", fields=["network", "address"]),
            models.CheckConstraint(name="wallet_in_flight_positive", condition=models.Q(max_in_flight__gte=1)),
            models.CheckConstraint(name="wallet_minimum_balance_uint256", condition=in_range("minimum_balance", 0)),
            models.CheckConstraint(name="wallet_alert_balance_uint256", condition=in_range("alert_balance", 0)),
            models.CheckConstraint(
                name="wallet_alert_is_not_below_minimum",
                condition=models.Q(alert_balance__gte=models.F("minimum_balance")),
                violation_error_message=ALERT_BELOW_MINIMUM,
            ),
            models.CheckConstraint(name="wallet_is_not_its_own_sponsor", condition=~models.Q(sponsor=models.F("id"))),
            models.CheckConstraint(
                name="wallet_released_by_two",
                condition=models.Q(released_by="")
                | (~models.Q(release_asked_by="") & ~models.Q(released_by=models.F("release_asked_by"))),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises ValidationError naming the field."""
        if None not in (self.minimum_balance, self.alert_balance) and self.alert_balance < self.minimum_balance:
            raise ValidationError({"alert_balance": ALERT_BELOW_MINIMUM})
        if hasattr(self, "network") and self.address and self.address.startswith("0x") == self.network.is_solana:
            written = "in base58" if self.network.is_solana else "as 0x and 40 hexadecimal digits"
            raise ValidationError({"address": f"An address on {self.network} is written {written}."})
        if self.sponsor is not None and (why := self._why_not(self.sponsor)):
            raise ValidationError({"sponsor": why})

    def _why_not(self, sponsor: "Wallet") -> str:
        """What speaks against this sponsor; empty where nothing does."""
        if sponsor.network_id != self.network_id:
            return "A sponsor is on the same network."
        if sponsor.network.is_solana:
            return "A wallet on Solana pays for itself."
        if sponsor.sponsor_id is not None or sponsor == self or self.sponsored.exists():
            return "A sponsor pays for itself: it is another wallet, and has no sponsor of its own."
        return "" if sponsor.network.forwarder else "Its network has no forwarder: that is set first."


class TransactionQuerySet(models.QuerySet["Transaction"]):
    def open(self) -> "TransactionQuerySet":
        """Not final: their nonces are still in play."""
        return self.filter(status__in=OPEN)

    def unmined(self) -> "TransactionQuerySet":
        return self.filter(status__in=UNMINED)


class Transaction(models.Model):
    """One intent bound to one nonce of one wallet, for ever. `chain.moves` alone writes its status.

    Solana has no nonces: there it is our own count of the wallet's transactions, `to` the account they are about, `data` the
    message but for its blockhash, `gas_limit` and `gas_used` compute units, `block_number` the slot.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="transactions")
    nonce = models.PositiveBigIntegerField()
    status = models.CharField(max_length=8, choices=TransactionStatus.choices, default=TransactionStatus.SIGNED)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    to = models.CharField(max_length=44)
    data = models.BinaryField()
    value = Uint256Field(default=0, help_text="wei; lamports of rent and protocol fees")
    gas_limit = models.PositiveBigIntegerField()
    created = models.DateTimeField(db_default=Now(), editable=False)
    # Facts of the receipt, from MINED on.
    mined_hash = models.CharField(max_length=88, blank=True)
    block_number = models.PositiveBigIntegerField(null=True)
    block_hash = models.CharField(max_length=66, blank=True)
    gas_used = models.PositiveBigIntegerField(null=True)
    gas_price = Uint256Field(null=True, help_text="wei per gas, paid")
    fee = Uint256Field(null=True, help_text="lamports, paid for signatures and priority")
    mined_at = models.DateTimeField(null=True)
    final_at = models.DateTimeField(null=True)
    # A person's wish to free the nonce; the lane answers it with an empty transaction.
    cancel_asked_by = models.CharField(max_length=100, blank=True)
    cancel_reason = models.CharField(max_length=300, blank=True)

    objects = TransactionQuerySet.as_manager()

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(name="transaction_nonce_once", fields=["wallet", "nonce"]),
            models.CheckConstraint(
                name="transaction_outcome_iff_final",
                condition=models.Q(status=TransactionStatus.FINAL) ^ models.Q(outcome=""),
            ),
            models.CheckConstraint(name="transaction_value_uint256", condition=in_range("value", 0)),
        ]
        indexes = [
            # The lane: everything of one wallet that is still in play, by nonce.
            models.Index(name="transaction_open", fields=["wallet", "nonce"], condition=models.Q(status__in=OPEN)),
        ]

    def __str__(self) -> str:
        return f"{self.wallet} nonce {self.nonce}"

    @property
    def has_nonce(self) -> bool:
        """On the chain too: an EVM address begins with 0x, one of Solana never does."""
        return self.to.startswith("0x")


class Attempt(models.Model):
    """One signed payload. Append-only: bytes, hash and fees never change; only what nodes said of it is added."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="attempts")
    kind = models.CharField(max_length=8, choices=AttemptKind.choices, default=AttemptKind.ORIGINAL)
    hash = models.CharField(max_length=88, unique=True, help_text="On Solana the first signature.")
    raw = models.BinaryField()
    fee_kind = models.CharField(max_length=8, choices=FEE_KINDS)
    max_fee = Uint256Field(
        help_text="wei per gas; the gas price of a legacy transaction; micro-lamports per compute unit on Solana"
    )
    tip = Uint256Field(help_text="wei per gas")
    blockhash = models.CharField(max_length=44, blank=True, help_text="Solana: what it is bound to.")
    last_valid_height = models.PositiveBigIntegerField(null=True, help_text="Solana: no block above this height can take it.")
    created = models.DateTimeField(db_default=Now(), editable=False)
    first_sent_at = models.DateTimeField(null=True)
    last_sent_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=24, blank=True)
    message = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="attempt_expires_iff_bound_to_a_blockhash",
                condition=models.Q(blockhash="") ^ models.Q(last_valid_height__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.hash

    @property
    def fees(self) -> Fees:
        return Fees(FeeKind(self.fee_kind), self.max_fee, self.tip)


def by_hash(tx_hash: str) -> models.QuerySet[Attempt]:
    """Those with this whole hash. Ethereum's are stored in small letters; in Solana's signatures the letters' size counts."""
    return Attempt.objects.filter(hash=tx_hash.lower() if tx_hash[:2] in ("0x", "0X") else tx_hash)
