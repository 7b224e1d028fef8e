"""The admin theme's settings. `settings.UNFOLD` is this dict; nothing here is imported from the theme itself."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy


def _static(path: str) -> Any:
    """The path's URL, found when a page is drawn: settings cannot know it yet."""

    return lambda _request: static(path)


def _link(title: str, icon: str, view: str, permission: str) -> dict[str, Any]:
    """A sidebar entry for those who may see what it leads to."""

    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{view}"),
        "permission": lambda request: request.user.has_perm(permission),
    }


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Claimdesk",
    "SITE_HEADER": "Claimdesk",
    "SITE_SUBHEADER": "On-chain orders",
    "SITE_SYMBOL": "receipt_long",
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [_static("look/look.css")],
    "SCRIPTS": [_static("look/copy.js")],
    "LOGIN": {"form": "desk.lockout.LoginForm"},
    "DASHBOARD_CALLBACK": "desk.dashboard.add_overview",
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": "Orders",
                "items": [
                    _link("Orders", "receipt_long", "orders_order_changelist", "orders.view_order"),
                    _link("Claims", "redeem", "claims_claim_changelist", "claims.view_claim"),
                    _link("Withdrawals", "payments", "withdrawals_withdrawal_changelist", "withdrawals.view_withdrawal"),
                    _link("Stakes", "lock", "stakes_stake_changelist", "stakes.view_stake"),
                    _link("Items", "image", "mints_item_changelist", "mints.view_item"),
                    _link("Mint jobs", "conveyor_belt", "mints_mintjob_changelist", "mints.view_mintjob"),
                    _link("Stream", "inbox", "stakes_streammessage_changelist", "stakes.view_streammessage"),
                    _link("Claim queue leftovers", "unsubscribe", "claims_leftover_changelist", "claims.view_leftover"),
                    _link("History", "history", "orders_event_changelist", "orders.view_event"),
                    _link("Audit findings", "fact_check", "orders_auditfinding_changelist", "orders.view_auditfinding"),
                    _link("Audits", "rule", "orders_auditrun_changelist", "orders.view_auditrun"),
                ],
            },
            {
                "title": "Chain",
                "separator": True,
                "items": [
                    _link("Wallets", "account_balance_wallet", "chain_wallet_changelist", "chain.view_wallet"),
                    _link("Transactions", "swap_horiz", "chain_transaction_changelist", "chain.view_transaction"),
                    _link("Attempts", "send", "chain_attempt_changelist", "chain.view_attempt"),
                    _link("Networks", "hub", "chain_network_changelist", "chain.view_network"),
                ],
            },
            {
                "title": "What can be ordered",
                "separator": True,
                "items": [
                    _link("Rewards", "workspace_premium", "claims_reward_changelist", "claims.view_reward"),
                    _link("Pools", "savings", "withdrawals_pool_changelist", "withdrawals.view_pool"),
                    _link("Collections", "collections", "mints_collection_changelist", "mints.view_collection"),
                    _link("Presses", "print", "mints_press_changelist", "mints.view_press"),
                    _link("Staking contracts", "draw", "stakes_stakingcontract_changelist", "stakes.view_stakingcontract"),
                ],
            },
            {
                "title": "Who may do what",
                "separator": True,
                "items": [
                    _link("API clients", "vpn_key", "orders_client_changelist", "orders.view_client"),
                    _link("Staff", "person", "auth_user_changelist", "auth.view_user"),
                    _link("Roles", "group", "auth_group_changelist", "auth.view_group"),
                    _link("Failed log-ins", "lock", "desk_loginfailure_changelist", "desk.view_loginfailure"),
                    _link("Changes", "policy", "chain_trail_changelist", "chain.view_trail"),
                ],
            },
            {
                "title": "Background tasks",
                "separator": True,
                "items": [
                    _link("Schedules", "schedule", "django_q_schedule_changelist", "django_q.view_schedule"),
                    _link("Failed tasks", "error", "django_q_failure_changelist", "django_q.view_failure"),
                ],
            },
        ],
    },
}
