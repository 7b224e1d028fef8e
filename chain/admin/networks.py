"""Networks: the chain, its nodes, and the rules under which money moves on it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join

from chain.models import Network
from look.admin import ConfiguredAdmin, status_column
from look.badges import Tone
from look.base import URLInput
from look.forms import GweiField
from look.values import gwei, redacted

ENVIRONMENTS = {"development": Tone.PLAIN, "testnet": Tone.BUSY, "mainnet": Tone.GOOD}


class NetworkForm(forms.ModelForm[Network]):
    explorer_url = forms.URLField(
        required=False, assume_scheme="https", widget=URLInput, help_text="For example https://etherscan.io; /tx/… is appended."
    )
    gas_ceiling = GweiField(
        required=False, help_text="gwei per gas. While the price is above this, nothing new is sent. Empty: MAXIMUM_GAS_PRICE."
    )


@admin.register(Network)
class NetworkAdmin(ConfiguredAdmin[Network]):
    form = NetworkForm
    list_display = ["name", "chain_id", "environment_badge", "currency", "ceiling", "confirmations", "nodes", "rests_until"]
    search_fields = ["name"]
    readonly_fields = ["nodes", "ceiling", "simulation", "rests_until"]
    environment_badge = status_column(ENVIRONMENTS, "environment", "Environment")

    def get_fieldsets(self, request: HttpRequest, obj: Network | None = None) -> Any:
        """Whoever may not edit sees the nodes' hosts only: the rest of an RPC URL often is a secret key."""
        edits = self.has_change_permission(request, obj) if obj else True
        nodes = ["rpc_urls"] if edits else ["nodes"]
        ceiling = ["gas_ceiling"] if edits else ["ceiling"]
        return [
            (None, {"fields": ["name", "chain_id", "environment", "currency", "explorer_url"]}),
            ("Nodes", {"fields": [*nodes, "simulation", "rests_until"]}),
            ("Fees", {"fields": ["fee_kind", *ceiling, "bump_after"]}),
            ("Finality", {"fields": ["confirmations", "uses_finalized_tag"]}),
            ("Limits", {"fields": ["max_gas_per_transaction", "max_block_share", "multicall3"]}),
            ("Sponsored wallets", {"fields": ["forwarder", "forward_seconds"]}),
        ]

    @admin.display(description="nodes (the secret part is hidden)")
    def nodes(self, network: Network) -> str:
        lines = [line.strip() for line in network.rpc_urls.splitlines() if line.strip()]
        return format_html_join("", "<div>{}</div>", ((redacted(line),) for line in lines))

    @admin.display(description="gas ceiling")
    def ceiling(self, network: Network) -> str:
        return gwei(network.ceiling)
