"""Pools are configured here; withdrawals are shown."""

from django.contrib import admin

from look.values import NOTHING, short, units
from orders.admin.details import DetailAdmin
from orders.admin.groups import GroupAdmin
from withdrawals.models import Pool, Withdrawal


@admin.register(Pool)
class PoolAdmin(GroupAdmin[Pool]):
    details = "withdrawals"
    stays = ("kind", "contract", "token")
    list_display = ["name", "external_id", "kind", "is_open", "wallet", "short_token", "short_contract", "finalize"]
    list_filter = ["kind", "is_open", "wallet"]
    list_select_related = ["wallet"]
    search_fields = ["name", "=external_id", "=token", "=contract"]
    search_help_text = "Name, external id, token or contract"
    fieldsets = [
        (None, {"fields": ["name", "external_id", "is_open"]}),
        ("What is paid, and by whom", {"fields": ["kind", "wallet", "token", "decimals", "contract", "finalize", "errors"]}),
        ("How to see that it was paid", {"fields": ["paid_view", "paid_view_arguments"]}),
    ]

    @admin.display(description="token", ordering="token")
    def short_token(self, pool: Pool) -> str:
        return short(pool.token)

    @admin.display(description="contract", ordering="contract")
    def short_contract(self, pool: Pool) -> str:
        return short(pool.contract)


@admin.register(Withdrawal)
class WithdrawalAdmin(DetailAdmin[Withdrawal]):
    group = "pool"
    list_display = ["order_link", "status_badge", "pool", "short_recipient", "tokens", "paid", "withdrawal_id", "ordered"]
    fields = ["order_link", "status_badge", "pool", "full_recipient", "tokens", "paid", "withdrawal_id", "ordered"]

    @admin.display(description="amount", ordering="amount")
    def tokens(self, withdrawal: Withdrawal) -> str:
        return units(withdrawal.amount, withdrawal.pool.decimals)

    @admin.display(description="paid")
    def paid(self, withdrawal: Withdrawal) -> str:
        return units(withdrawal.paid_amount, withdrawal.pool.decimals) if withdrawal.paid_amount is not None else NOTHING
