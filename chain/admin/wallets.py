"""Wallets: where the key is and how many transactions may be on their way; pause and resume."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from chain import steering
from chain.models import Wallet
from chain.signers import SignerError, check_reference
from chain.states import Waiting, WalletStatus
from look.admin import ConfiguredAdmin, status_column
from look.badges import Tone, badge
from look.staff_actions import Refused, StaffAction
from look.values import NOTHING, explorer, full, short, units

TONES = {WalletStatus.ACTIVE: Tone.GOOD, WalletStatus.PAUSED: Tone.WAIT, WalletStatus.QUARANTINED: Tone.BAD}

NO_WAY_OUT_HERE = (
    "This wallet is quarantined: what the chain says of it and what is stored here disagree. Resuming it could pay twice, so "
    "no button does it. Ask the people who run this installation; the runbook says what they look at."
)


def pause(request: HttpRequest, wallet: Wallet, answers: Mapping[str, Any]) -> None:
    if not steering.pause(wallet, by=f"staff:{request.user.get_username()}", reason=answers["reason"]):
        raise Refused("Only an active wallet can be paused.")


def resume(request: HttpRequest, wallet: Wallet, answers: Mapping[str, Any]) -> None:
    if wallet.status == WalletStatus.QUARANTINED:
        raise Refused(NO_WAY_OUT_HERE)
    if not steering.resume(wallet, by=f"staff:{request.user.get_username()}", reason=answers["reason"]):
        raise Refused("Only a paused wallet can be resumed.")


ACTIONS = [
    StaffAction(
        "pause", "Pause",
        "Nothing new will be sent from this wallet until somebody resumes it. Payments already on their way are still followed "
        "to their end, and no order is lost: they wait.",
        "paused", "chain.operate_wallet", pause, lambda wallet: wallet.status == WalletStatus.ACTIVE, tone=Tone.WAIT,
    ),
    StaffAction(
        "resume", "Resume", "The orders that wait for this wallet will be sent, the oldest first.",
        "resumed", "chain.operate_wallet", resume, lambda wallet: wallet.status == WalletStatus.PAUSED, tone=Tone.GOOD,
    ),
]  # fmt: skip


class WalletForm(forms.ModelForm[Wallet]):
    def clean(self) -> dict[str, Any]:
        """A key pasted where its place should be named is not stored."""
        cleaned = super().clean() or {}
        network = cleaned.get("network") or getattr(self.instance, "network", None)
        try:
            check_reference(str(cleaned.get("signer", "")), development=network is not None and network.is_development)
        except SignerError as error:
            self.add_error("signer", str(error))
        return cleaned


@admin.register(Wallet)
class WalletAdmin(ConfiguredAdmin[Wallet]):
    form = WalletForm
    list_display = ["name", "network", "short_address", "status_badge", "why_it_waits", "coins", "last_tick_at"]
    list_filter = ["status", "waiting", "network"]
    list_select_related = ["network"]
    search_fields = ["name", "=address"]
    search_help_text = "Name or whole address"
    readonly_fields = [
        "address_and_explorer", "coins", "next_nonce", "chain_nonce", "last_tick_at", "why_it_waits", "waiting_since",
        "status_reason", "status_by", "status_since",
    ]  # fmt: skip
    staff_actions = ACTIONS
    status_badge = status_column(TONES)

    def get_fieldsets(self, request: HttpRequest, obj: Wallet | None = None) -> Any:
        configured = (None, {"fields": ["network", "name", "address", "signer", "max_in_flight"]})
        if obj is None:
            return [configured]
        seen = ["address_and_explorer", "coins", "next_nonce", "chain_nonce", "last_tick_at", "why_it_waits", "waiting_since"]
        stopped = ["status_reason", "status_by", "status_since"]
        return [configured, ("As last seen", {"fields": seen}), ("Last paused or resumed", {"fields": stopped})]

    def get_readonly_fields(self, request: HttpRequest, obj: Wallet | None = None) -> list[str]:
        """A wallet that has nonces stays the address it is, on the network it is on."""
        fixed = ["network", "address"] if obj is not None and obj.next_nonce is not None else []
        return [*self.readonly_fields, *fixed]

    def head(self, row: Wallet) -> tuple[str, str]:
        return badge(row.get_status_display(), TONES[WalletStatus(row.status)]), self._sentence(row)

    def _sentence(self, wallet: Wallet) -> str:
        match wallet.status:
            case WalletStatus.QUARANTINED:
                return f"{wallet.status_reason} {NO_WAY_OUT_HERE}".strip()
            case WalletStatus.PAUSED:
                return f"Paused by {wallet.status_by.partition(':')[2] or wallet.status_by}: {wallet.status_reason}"
        return self.why_it_waits(wallet) if wallet.waiting else "Sends orders as they come."

    @admin.display(description="address", ordering="address")
    def short_address(self, wallet: Wallet) -> str:
        return short(wallet.address)

    @admin.display(description="address")
    def address_and_explorer(self, wallet: Wallet) -> str:
        return full(wallet.address) + explorer(wallet.network.explorer_url, "address", wallet.address)

    @admin.display(description="balance", ordering="balance")
    def coins(self, wallet: Wallet) -> str:
        return units(wallet.balance, 18, wallet.network.currency)

    @admin.display(description="waits because")
    def why_it_waits(self, wallet: Wallet) -> str:
        if not wallet.waiting:
            return NOTHING
        return f"{Waiting(wallet.waiting).label}: {wallet.waiting_detail}".rstrip(": ")
