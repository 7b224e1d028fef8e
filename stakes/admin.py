"""Staking contracts are configured here; stakes are shown."""

from django.contrib import admin

from look.values import full, short
from orders.admin.details import DetailAdmin
from orders.admin.groups import GroupAdmin
from stakes import stream_admin  # noqa: F401 - Django finds a room's pages in here
from stakes.models import Stake, StakingContract


@admin.register(StakingContract)
class StakingContractAdmin(GroupAdmin[StakingContract]):
    details = "stakes"
    stays = ("contract", "emitter")
    list_display = ["name", "external_id", "is_open", "wallet", "network", "short_contract", "batch_size", "checked"]
    list_filter = ["is_open", "wallet"]
    list_select_related = ["wallet__network"]
    search_fields = ["name", "=external_id", "=contract"]
    search_help_text = "Name, external id or contract"
    fieldsets = [
        (None, {"fields": ["name", "external_id", "is_open", "wallet", "contract", "batch_size"]}),
        ("How it is called", {"fields": ["stake_function", "stake_arguments", "restake_function", "restake_arguments"]}),
        (
            "How to see that it was done",
            {
                "fields": ["stake_event", "stake_proof", "restake_event", "restake_proof", "emitter"],
                "description": "Name {signature_id} where the events carry it: nothing else tells two like stakes apart.",
            },
        ),
        ("What it refuses", {"fields": ["errors", "permanent_reverts", "used_view", "used_view_arguments"]}),
        (
            "What its users sign (EIP-712)",
            {
                "fields": [
                    "domain_name",
                    "domain_version",
                    "verifying_contract",
                    "stake_type",
                    "stake_message",
                    "restake_type",
                    "restake_message",
                ],
            },
        ),
    ]

    @admin.display(description="contract", ordering="contract")
    def short_contract(self, staking: StakingContract) -> str:
        return short(staking.contract)

    @admin.display(description="signatures checked", boolean=True)
    def checked(self, staking: StakingContract) -> bool:
        return bool(staking.stake_type and staking.restake_type)


@admin.register(Stake)
class StakeAdmin(DetailAdmin[Stake]):
    group = "staking"
    list_display = ["order_link", "status_badge", "staking", "action", "short_recipient", "target", "what", "ordered"]
    fields = [
        "order_link", "status_badge", "staking", "action", "full_recipient", "target", "what", "signature_id", "signed",
        "ordered",
    ]  # fmt: skip

    @admin.display(description="amount, or stake")
    def what(self, stake: Stake) -> str:
        return str(stake.amount) if stake.amount is not None else f"stake {stake.stake_id}"

    @admin.display(description="signature")
    def signed(self, stake: Stake) -> str:
        return full("0x" + bytes(stake.signature).hex())
