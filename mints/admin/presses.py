"""How collections are minted is set up here."""

from django.contrib import admin

from look.admin import ConfiguredAdmin
from look.badges import Tone, badge
from look.values import short
from mints.models import Press

HOW = ("wallet", "standard", "batch_size")
EVM = ("contract", "strategy", "needs_role", "function", "arguments", "errors", "base_uri_function", "file_names")
SOLANA = ("program", "canopy")


@admin.register(Press)
class PressAdmin(ConfiguredAdmin[Press]):
    list_display = ["name", "external_id", "is_open", "wallet", "standard", "short_contract", "program"]
    list_filter = ["is_open", "standard", "wallet"]
    list_select_related = ["wallet"]
    search_fields = ["name", "=external_id", "=contract"]
    search_help_text = "Name, external id or contract"
    fieldsets = [
        (None, {"fields": ["name", "external_id", "is_open"]}),
        ("Who mints, and what", {"fields": HOW}),
        ("On an EVM network: the contract, and how it is called", {"fields": EVM}),
        ("On Solana: compressed NFTs", {"fields": SOLANA}),
    ]

    def head(self, row: Press) -> tuple[str, str]:
        if not row.is_open:
            return badge("closed"), "Takes no collections. Those that are there go on."
        return badge("open", Tone.GOOD), "Clients may name it. A change counts for later collections only."

    @admin.display(description="contract", ordering="contract")
    def short_contract(self, press: Press) -> str:
        return short(press.contract)
