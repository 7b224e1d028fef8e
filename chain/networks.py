"""A network: a chain, the nodes that speak for it, and the rules under which money moves on it."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from chain import rpc_urls
from chain.fees import FeeKind
from chain.fields import AddressField, Uint256Field, is_base58_of_32
from chain.states import REAL_CLUSTERS, REAL_MONEY, Environment, Family
from chain.strategies import MULTICALL3

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
