"""Wallets: where the key is and how many transactions may be on their way; pause and resume."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest

from chain import forwarding, shown, steering
from chain.errors import ChainError
from chain.models import Network, Wallet
from chain.signers import SignerError, check_reference
from chain.states import Waiting, WalletStatus
from look.admin import ConfiguredAdmin, status_column
from look.badges import Tone, badge
from look.forms import ScaledField
from look.staff_actions import Refused, StaffAction
from look.values import NOTHING, full, short

TONES = {WalletStatus.ACTIVE: Tone.GOOD, WalletStatus.PAUSED: Tone.WAIT, WalletStatus.QUARANTINED: Tone.BAD}

TWO_PEOPLE = (
    "This wallet is quarantined: what the chain says of it and what is stored here disagree. Going on could pay twice, so it "
    "takes two people who have both looked; the runbook says at what."
)


def pause(request: HttpRequest, wallet: Wallet, answers: Mapping[str, Any]) -> None:
    if not steering.pause(wallet, by=f"staff:{request.user.get_username()}", reason=answers["reason"]):
        raise Refused("Only an active wallet can be paused.")


def resume(request: HttpRequest, wallet: Wallet, answers: Mapping[str, Any]) -> None:
    if wallet.status == WalletStatus.QUARANTINED:
        raise Refused(TWO_PEOPLE)
    if not steering.resume(wallet, by=f"staff:{request.user.get_username()}", reason=answers["reason"]):
        raise Refused("Only a paused wallet can be resumed.")


def ask_for_release(request: HttpRequest, wallet: Wallet, answers: Mapping[str, Any]) -> None:
    try:
        asked = steering.ask_for_release(wallet, by=f"staff:{request.user.get_username()}", reason=answers["reason"])
    except steering.NotSettled as error:
        raise Refused(str(error)) from error
    if not asked:
        raise Refused("Only a quarantined wallet can be released.")


def release(request: HttpRequest, wallet: Wallet, answers: Mapping[str, Any]) -> None:
    by = f"staff:{request.user.get_username()}"
    if wallet.release_nonce is None:
        raise Refused("Somebody else must ask for it first.")
    if wallet.release_asked_by == by:
        raise Refused("You have asked for it yourself: another person must agree.")
    try:
        agreed = steering.release(wallet, by=by, asked_by=wallet.release_asked_by, nonce=wallet.release_nonce)
    except (ValueError, steering.NotSettled) as error:
        raise Refused(str(error)) from error
    if not agreed:
        raise Refused("What was asked has changed since; look again.")


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
    StaffAction(
        "ask-release", "Ask to release",
        "You have looked at what the chain says of this wallet and are sure that it may go on from the chain's nonce shown on "
        "its page (on Solana: with the leaves that its trees have now). Nothing happens until a second person agrees.",
        "to be released by a second person", "chain.operate_wallet", ask_for_release,
        lambda wallet: wallet.status == WalletStatus.QUARANTINED, tone=Tone.WAIT, in_lists=False,
    ),
    StaffAction(
        "release", "Agree to release",
        "You have looked yourself, and agree with the person who asked. Nonces that were spent elsewhere are written down as "
        "such, and so are leaves of its trees; orders that waited meanwhile are held, so that somebody sees for each that it "
        "was not paid by hand.",
        "released", "chain.operate_wallet", release,
        lambda wallet: wallet.status == WalletStatus.QUARANTINED and bool(wallet.release_asked_by),
        tone=Tone.BAD, in_lists=False,
    ),
]  # fmt: skip


LEVELS = {
    "minimum_balance": "In coin. With less the wallet signs nothing new, and its orders wait. Empty: no minimum.",
    "alert_balance": "In coin. With less the monitor is red. Not below the minimum. Empty: as the minimum.",
}


class WalletForm(forms.ModelForm[Wallet]):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        network = self._chosen()
        for name, words in LEVELS.items():
            if name in self.fields:
                self.fields[name] = ScaledField(network.decimals if network else 18, required=False, help_text=words)

    def _chosen(self) -> Network | None:
        """The network that the form is about: its coin has its own number of decimals."""
        chosen = str(self.data.get("network", "")) if "network" in self.fields else ""
        if chosen.isdecimal():
            return Network.objects.filter(pk=int(chosen)).first()
        return self.instance.network if hasattr(self.instance, "network") else None

    def clean(self) -> dict[str, Any]:
        """A key pasted where its place should be named is not stored."""
        cleaned = super().clean() or {}
        network = cleaned.get("network") or getattr(self.instance, "network", None)
        try:
            if network is not None:
                reference = str(cleaned.get("signer", ""))
                check_reference(reference, development=network.is_development, family=network.family)
        except SignerError as error:
            self.add_error("signer", str(error))
        return cleaned


def _adopt_requests(request: HttpRequest, wallet: Wallet) -> None:
    try:
        nonce = forwarding.adopt(wallet)
    except ChainError as error:
        messages.warning(
            request, f"The forwarder could not be asked about it, so it is taken to have executed nothing: {error}"
        )
    else:
        messages.info(request, f"The forwarder has executed {nonce} requests of it; those are taken for somebody else's.")


def _waits_to_sign(sponsor: Wallet) -> bool:
    return sponsor.waiting == Waiting.FORWARDER


@admin.register(Wallet)
class WalletAdmin(ConfiguredAdmin[Wallet]):
    form = WalletForm
    list_display = ["name", "network", "short_address", "status_badge", "why_it_waits", "coins", "sponsor", "last_tick_at"]
    list_filter = ["status", "waiting", "network"]
    list_select_related = ["network", "sponsor"]
    search_fields = ["name", "=address"]
    search_help_text = "Name or whole address"
    readonly_fields = [
        "address_and_explorer", "coins", "minimum", "alert", "next_nonce", "chain_nonce", "looked_at", "last_tick_at",
        "why_it_waits", "waiting_since", "status_reason", "status_by", "status_since", "release_asked_by", "release_reason",
        "release_nonce", "released_by",
    ]  # fmt: skip
    staff_actions = ACTIONS
    status_badge = status_column(TONES)

    def get_fieldsets(self, request: HttpRequest, obj: Wallet | None = None) -> Any:
        solana = obj is not None and obj.network.is_solana
        sponsor = [] if solana else ["sponsor"]
        configured = (None, {"fields": ["network", "name", "address", "signer", *sponsor, "max_in_flight"]})
        edits = self.has_change_permission(request, obj) if obj else True
        levels = ["minimum_balance", "alert_balance"] if edits else ["minimum", "alert"]
        balance = ("Balance", {"fields": levels})
        if obj is None:
            return [configured, balance]
        seen = [
            "address_and_explorer", "coins", "next_nonce", *([] if solana else ["chain_nonce"]), "looked_at", "last_tick_at",
            "why_it_waits", "waiting_since",
        ]  # fmt: skip
        stopped = ["status_reason", "status_by", "status_since"]
        released = ["release_asked_by", "release_reason", "release_nonce", "released_by"]
        return [
            configured,
            balance,
            ("As last seen", {"fields": seen}),
            ("Last paused, resumed or quarantined", {"fields": stopped}),
            ("Last release from quarantine", {"fields": released}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Wallet | None = None) -> list[str]:
        """A wallet that has nonces stays the address it is, on the network it is on."""
        fixed = ["network", "address"] if obj is not None and obj.next_nonce is not None else []
        return [*self.readonly_fields, *fixed]

    def save_model(self, request: HttpRequest, obj: Wallet, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        if obj.sponsor is not None and "sponsor" in form.changed_data:
            _adopt_requests(request, obj)
        if change:
            return
        try:
            nonce = steering.adopt(obj)
        except ChainError as error:
            messages.warning(request, f"It begins at nonce 0, for the chain could not be asked what it did before: {error}")
        else:
            begins = shown.number(obj.network, nonce)
            messages.info(request, f"It begins at {begins}: what its address did before is taken for somebody else's.")

    def head(self, row: Wallet) -> tuple[str, str]:
        return badge(row.get_status_display(), TONES[WalletStatus(row.status)]), self._sentence(row)

    def _sentence(self, wallet: Wallet) -> str:
        match wallet.status:
            case WalletStatus.QUARANTINED:
                return f"{wallet.status_reason} {TWO_PEOPLE} {self._wish(wallet)}".strip()
            case WalletStatus.PAUSED:
                return f"Paused by {wallet.status_by.partition(':')[2] or wallet.status_by}: {wallet.status_reason}"
        if wallet.sponsor is not None:
            waits = f" Nothing is signed now: {wallet.sponsor.waiting_detail}." if _waits_to_sign(wallet.sponsor) else ""
            return f"Signs claims and needs no coin for it: wallet {wallet.sponsor} sends them and pays.{waits}"
        paid_for = ", ".join(wallet.sponsored.values_list("name", flat=True))
        sends = f"Sends orders as they come, and what {paid_for} signs." if paid_for else "Sends orders as they come."
        return self.why_it_waits(wallet) if wallet.waiting else sends

    def _wish(self, wallet: Wallet) -> str:
        asked = wallet.release_asked_by.partition(":")[2]
        if not asked:
            return ""
        begins = shown.number(wallet.network, wallet.release_nonce or 0)
        return f"{asked} asks to release it, from {begins} on: {wallet.release_reason}"

    @admin.display(description="address", ordering="address")
    def short_address(self, wallet: Wallet) -> str:
        return short(wallet.address)

    @admin.display(description="address")
    def address_and_explorer(self, wallet: Wallet) -> str:
        return full(wallet.address) + shown.outside(wallet.network, "address", wallet.address)

    @admin.display(description="balance", ordering="balance")
    def coins(self, wallet: Wallet) -> str:
        return shown.coin(wallet.network, wallet.balance)

    @admin.display(description="minimum balance")
    def minimum(self, wallet: Wallet) -> str:
        return shown.coin(wallet.network, wallet.minimum_balance)

    @admin.display(description="alert balance")
    def alert(self, wallet: Wallet) -> str:
        return shown.coin(wallet.network, wallet.alert_balance)

    @admin.display(description="waits because")
    def why_it_waits(self, wallet: Wallet) -> str:
        if not wallet.waiting:
            return NOTHING
        return f"{Waiting(wallet.waiting).label}: {wallet.waiting_detail}".rstrip(": ")
