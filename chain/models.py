"""What the chain room remembers: networks, the wallets on them, one transaction per nonce, and every payload signed for it."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from chain import rpc_urls
from chain.fees import FeeKind, Fees
from chain.fields import AddressField, AnyAddressField, Uint256Field, in_range, is_base58_of_32
from chain.requests import ForwardRequest  # noqa: F401 - Django finds a room's models in here
from chain.states import (
    OPEN,
    REAL_CLUSTERS,
    REAL_MONEY,
    UNMINED,
    AttemptKind,
    Environment,
    Family,
    Outcome,
    TransactionStatus,
    Waiting,
    WalletStatus,
)
from chain.strategies import MULTICALL3
from chain.trail import Trail  # noqa: F401 - as above

ALERT_BELOW_MINIMUM = (
    "The alert balance is below the minimum: the wallet would stop before anybody is told. Raise it, or lower the minimum."
)
FEE_KINDS = [(kind.value, kind.value) for kind in FeeKind]


def usual_confirmations() -> int:
    """CONFIRMATIONS, for a network nobody has said otherwise of."""
    return settings.CONFIRMATIONS


class Network(models.Model):
    """A chain, the nodes that speak for it, and the rules under which money moves on it."""

    name = models.CharField(max_length=60, unique=True)
    family = models.CharField(max_length=6, choices=Family.choices, default=Family.EVM)
    chain_id = models.BigIntegerField(
        unique=True, null=True, blank=True, help_text="EIP-155. Checked against the node on every connection. Empty on Solana."
    )
    genesis_hash = models.CharField(
        max_length=44, blank=True, help_text="Which cluster of Solana, in base58. Checked like the chain id. Empty on an EVM."
    )
    rpc_urls = models.TextField(
        help_text="One URL a line, the preferred one first. `env:NAME` stands for the URLs in that environment variable.",
        validators=[rpc_urls.validate],
    )
    environment = models.CharField(max_length=12, choices=Environment.choices, default=Environment.TESTNET)
    currency = models.CharField(max_length=12, default="ETH")
    explorer_url = models.URLField(blank=True, help_text="For example https://etherscan.io; /tx/… and /address/… are appended.")
    fee_kind = models.CharField(max_length=8, choices=FEE_KINDS, default=FeeKind.EIP1559)
    gas_ceiling = Uint256Field(
        null=True,
        blank=True,
        help_text="wei per gas; above it nothing is signed. Empty: MAXIMUM_GAS_PRICE. On Solana micro-lamports per compute "
        "unit; empty: MAXIMUM_PRIORITY_FEE.",
    )
    confirmations = models.PositiveIntegerField(
        default=usual_confirmations, help_text="Blocks, its own included, until a transaction is final."
    )
    uses_finalized_tag = models.BooleanField(
        default=False, help_text="The network has real finality: final means at or below its `finalized` block."
    )
    max_gas_per_transaction = models.PositiveBigIntegerField(default=16_777_216, help_text="EIP-7825's cap is 16,777,216.")
    max_block_share = models.PositiveSmallIntegerField(
        default=50, help_text="Percent of a block's gas limit that one transaction may ask for."
    )
    bump_after = models.PositiveIntegerField(default=60, help_text="Seconds unmined until it is signed again with higher fees.")
    multicall3 = AddressField(default=MULTICALL3, help_text="Multicall3's address, for the `aggregate3` strategy.")
    forwarder = AddressField(blank=True, help_text="OpenZeppelin's ERC2771Forwarder, for wallets that have a sponsor.")
    forward_seconds = models.PositiveIntegerField(
        default=1200, help_text="For so long a request of a sponsored wallet may be executed, by the chain's clock."
    )
    simulation = models.CharField(
        max_length=16, blank=True, editable=False, help_text="How this network's nodes simulate; learned on first use."
    )
    rests_until = models.DateTimeField(null=True, editable=False, help_text="No node answered; nobody asks again before this.")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="network_is_of_its_family",
                condition=models.Q(family=Family.EVM, chain_id__isnull=False, genesis_hash="")
                | (models.Q(family=Family.SOLANA, chain_id__isnull=True) & ~models.Q(genesis_hash="")),
                violation_error_message="An EVM network has a chain id, a network of Solana a genesis hash, and not the other.",
            ),
            models.UniqueConstraint(name="network_genesis_once", fields=["genesis_hash"], condition=~models.Q(genesis_hash="")),
            models.CheckConstraint(name="network_confirmations_positive", condition=models.Q(confirmations__gte=1)),
            models.CheckConstraint(name="network_block_share_percent", condition=models.Q(max_block_share__range=(1, 100))),
            models.CheckConstraint(
                name="network_forward_seconds_in_a_day", condition=models.Q(forward_seconds__range=(60, 86_400))
            ),
            models.CheckConstraint(
                name="network_of_real_money_is_no_development",
                condition=~models.Q(environment=Environment.DEVELOPMENT, chain_id__in=REAL_MONEY),
                violation_error_message="This chain carries real money: it cannot be marked as a development chain.",
            ),
            models.CheckConstraint(
                name="network_cluster_of_real_money_is_no_development",
                condition=~models.Q(environment=Environment.DEVELOPMENT, genesis_hash__in=REAL_CLUSTERS),
                violation_error_message="This cluster carries real money: it cannot be marked as a development network.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Sets what its family decides. Raises ValidationError naming the field."""
        if not self._state.adding and Network.objects.filter(pk=self.pk).exclude(family=self.family).exists():
            raise ValidationError({"family": "A network stays of the family that it was made with."})
        if self.is_solana:
            self._clean_cluster()
        else:
            self._clean_chain()
        try:
            rpc_urls.vet_all(self.rpc_urls, development=self.is_development)
        except ValidationError as error:
            raise ValidationError({"rpc_urls": error.messages}) from error

    def _clean_chain(self) -> None:
        if self.genesis_hash:
            raise ValidationError({"genesis_hash": "An EVM network is known by its chain id."})
        if self.chain_id is None:
            raise ValidationError({"chain_id": "An EVM network needs its chain id."})
        if self.fee_kind == FeeKind.SOLANA:
            raise ValidationError({"fee_kind": "Those are Solana's fees."})

    def _clean_cluster(self) -> None:
        if self.chain_id is not None:
            raise ValidationError({"chain_id": "A network of Solana is known by its genesis hash."})
        if not is_base58_of_32(self.genesis_hash):
            raise ValidationError({"genesis_hash": "A cluster's genesis hash is 32 bytes in base58: `solana genesis-hash`."})
        self.fee_kind = FeeKind.SOLANA
        if self.currency == "ETH":  # the column's default
            self.currency = "SOL"

    @property
    def is_development(self) -> bool:
        return self.environment == Environment.DEVELOPMENT

    @property
    def is_solana(self) -> bool:
        return self.family == Family.SOLANA

    @property
    def decimals(self) -> int:
        """Of its coin: 18 of wei in an ether, 9 of lamports in a SOL."""
        return 9 if self.is_solana else 18

    @property
    def evm_id(self) -> int:
        """The chain id (EIP-155). Of an EVM network only."""
        assert self.chain_id is not None, f"{self.name} is no EVM network"
        return self.chain_id

    @property
    def ceiling(self) -> int | None:
        """Wei per gas, on Solana micro-lamports per compute unit, above which nothing is signed; None where nobody set one."""
        usual = settings.MAXIMUM_PRIORITY_FEE if self.is_solana else settings.MAXIMUM_GAS_PRICE
        return self.gas_ceiling if self.gas_ceiling is not None else usual

    def gas_cap(self, block_gas_limit: int) -> int:
        """The most gas one transaction may ask for, given the latest block's limit."""
        return min(self.max_gas_per_transaction, block_gas_limit * self.max_block_share // 100)


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
