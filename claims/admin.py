"""Rewards are configured here; claims are shown."""

from django.contrib import admin

from claims import queue_admin  # noqa: F401 - Django finds a room's pages in here
from claims.models import Claim, Reward
from claims.sponsorship import sentence
from look.badges import Tone, badge
from look.values import NOTHING, short
from orders.admin.details import DetailAdmin
from orders.admin.groups import GroupAdmin


@admin.register(Reward)
class RewardAdmin(GroupAdmin[Reward]):
    details = "claims"
    stays = ("contract", "standard", "pool")
    list_display = ["name", "external_id", "is_open", "wallet", "pool", "strategy", "short_contract", "taken", "limit_total"]
    list_filter = ["is_open", "strategy", "wallet"]
    list_select_related = ["wallet", "pool"]
    search_fields = ["name", "=external_id", "=contract"]
    search_help_text = "Name, external id or contract"
    readonly_fields = ["taken"]
    fieldsets = [
        (None, {"fields": ["name", "external_id", "is_open", "opens_at", "closes_at"]}),
        (
            "An NFT reward: who mints what, and how",
            {
                "fields": [
                    "wallet",
                    "contract",
                    "standard",
                    "strategy",
                    "needs_role",
                    "batch_size",
                    "function",
                    "arguments",
                    "errors",
                    "paid_view",
                    "paid_view_arguments",
                ],
                "description": "Leave wallet and contract empty for a token reward.",
            },
        ),
        ("A token reward: what is paid, and from where", {"fields": ["pool", "amount"]}),
        ("How often", {"fields": ["limit_total", "limit_per_recipient", "limit_window", "taken"]}),
    ]

    def head(self, row: Reward) -> tuple[str, str]:
        shown, said = super().head(row)
        sponsored, works = sentence(row)
        return shown if works else badge("cannot be sent", Tone.BAD), f"{said} {sponsored}".strip()

    @admin.display(description="contract", ordering="contract")
    def short_contract(self, reward: Reward) -> str:
        return short(reward.contract)


@admin.register(Claim)
class ClaimAdmin(DetailAdmin[Claim]):
    group = "reward"
    list_display = ["order_link", "status_badge", "reward", "short_recipient", "quantity", "minted", "ordered"]
    fields = [
        "order_link", "status_badge", "reward", "full_recipient", "quantity", "token_id", "minter", "minted", "ordered",
    ]  # fmt: skip

    @admin.display(description="token ids minted")
    def minted(self, claim: Claim) -> str:
        return ", ".join(map(str, claim.token_ids or [])) or NOTHING
