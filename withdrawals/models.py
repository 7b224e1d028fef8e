"""What a withdrawal is: a pool says what is paid and how; a withdrawal is one order on it."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from uuid_utils.compat import uuid7

from chain import templates
from chain.calls import Signature
from chain.errors import ChainError
from chain.fields import AddressField, Uint256Field, in_range, is_payable
from chain.models import Wallet
from orders.models import Order


class PoolKind(models.TextChoices):
    """How a pool pays: its own contract (propose, then finalize), an ERC-20 transfer from the wallet, or the native coin."""

    ASSET_POOL = "asset_pool", "asset pool contract"
    ERC20 = "erc20", "ERC-20 transfer"
    NATIVE = "native", "native coin"


class Pool(models.Model):
    """Where withdrawals are paid from. Its gas wallet's lane serves it alone, unless wallets are shared."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100)
    external_id = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=10, choices=PoolKind.choices, default=PoolKind.ERC20)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="pools")
    contract = AddressField(blank=True, help_text="The pool contract, for an asset pool.")
    token = AddressField(blank=True, help_text="The ERC-20 that is paid; empty for the native coin.")
    decimals = models.PositiveSmallIntegerField(default=18, help_text="For display only: amounts are base units everywhere.")
    finalize = models.BooleanField(
        default=False, help_text="Asset pool: finalize the poll in a second transaction; the order completes with `Withdrawn`."
    )
    errors = models.TextField(
        blank=True, help_text="The contract's own errors, one signature a line, so that reasons can be read."
    )
    paid_view = models.TextField(
        blank=True,
        help_text="A function of the contract that tells whether an order was paid, such as `paid(uint256)`: zero is no. "
        "Asked before an order is retried.",
    )
    paid_view_arguments = models.JSONField(
        default=list, blank=True, help_text='Such as ["{order_id}"]; for a poll\'s id, ["{token_id}"].'
    )
    is_open = models.BooleanField(default=True, help_text="Off: new withdrawals are refused. Those already taken go on.")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(name="pool_external_id_once", fields=["external_id"], condition=~models.Q(external_id="")),
            models.CheckConstraint(
                name="pool_has_what_it_pays",
                condition=(models.Q(kind=PoolKind.ASSET_POOL) & ~models.Q(contract=""))
                | (models.Q(kind=PoolKind.ERC20) & ~models.Q(token=""))
                | models.Q(kind=PoolKind.NATIVE, token=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def error_signatures(self) -> list[Signature]:
        return [Signature.parse(line) for line in map(str.strip, self.errors.splitlines()) if line]

    def clean(self) -> None:
        """Raises ValidationError naming the field."""
        check_payer(getattr(self, "wallet", None))
        if self.kind == PoolKind.ASSET_POOL and not self.contract:
            raise ValidationError({"contract": "An asset pool needs its contract."})
        if self.kind == PoolKind.ERC20 and not self.token:
            raise ValidationError({"token": "An ERC-20 pool needs its token."})
        if self.kind == PoolKind.NATIVE and self.token:
            raise ValidationError({"token": "A pool of native coin has no token."})
        check_view(self.contract, self.paid_view, self.paid_view_arguments)
        try:
            self.error_signatures  # noqa: B018 - parsing is the check
        except ChainError as error:
            raise ValidationError({"errors": str(error)}) from error


def check_payer(wallet: Wallet | None) -> None:
    """Refuse a wallet that cannot pay for its own transactions. Raises ValidationError. A form may lack it."""
    if wallet is not None and wallet.sponsor_id is not None:
        raise ValidationError(
            {"wallet": "It has a sponsor, which sends claims only: this needs a wallet that pays for itself."}
        )
    check_evm(wallet)


def check_evm(wallet: Wallet | None) -> None:
    """Refuse a wallet on Solana, where nothing but items of collections is minted. Raises ValidationError."""
    if wallet is not None and wallet.network.is_solana:
        raise ValidationError({"wallet": "It is on Solana: this needs a wallet on an EVM network."})


def check_view(
    contract: str, view: str, arguments: list[Any], *, field: str = "paid_view", probe: Mapping[str, Any] = templates.PROBE
) -> None:
    """Refuse a view that cannot be called. `probe` is a plausible order. Raises ValidationError naming the field."""
    if view and not contract:
        raise ValidationError({field: "It is asked of the contract, and there is none."})
    try:
        templates.check(arguments, Signature.parse(view).types if view else (), batch=False, probe=probe)
    except ChainError as error:
        raise ValidationError({f"{field}_arguments": str(error)}) from error


class Withdrawal(models.Model):
    """One order on a pool."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="withdrawals")
    recipient = AddressField(db_index=True)
    amount = Uint256Field(help_text="Base units.")
    withdrawal_id = Uint256Field(null=True, help_text="The poll's id, from the pool's `WithdrawPollCreated`.")
    paid_amount = Uint256Field(null=True, help_text="Base units, from the order's own event.")

    class Meta:
        constraints = [
            models.CheckConstraint(name="withdrawal_amount_uint256", condition=in_range("amount", 1)),
            models.CheckConstraint(name="withdrawal_recipient_payable", condition=is_payable("recipient")),
        ]

    def __str__(self) -> str:
        return f"{self.amount} from {self.pool} → {self.recipient}"
