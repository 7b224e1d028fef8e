"""Networks: the chain, its nodes, and the rules under which money moves on it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join

from chain import shown
from chain.models import Network
from chain.states import Family
from look.admin import ConfiguredAdmin, status_column
from look.badges import Tone
from look.base import URLInput
from look.forms import GweiField, ScaledField
from look.values import NOTHING, redacted, short

ENVIRONMENTS = {"development": Tone.PLAIN, "testnet": Tone.BUSY, "mainnet": Tone.GOOD}


PRIORITY_CEILING = (
    "Micro-lamports per compute unit. While priority costs more than this, nothing new is sent. Empty: MAXIMUM_PRIORITY_FEE."
)
# By family, what is told of a network: a chain and its gas, or a cluster, whose rules are the same for all.
IDENTITY = {Family.EVM: ["chain_id"], Family.SOLANA: ["genesis_hash"]}
FEES = {Family.EVM: ["fee_kind"], Family.SOLANA: []}
BUMP = {Family.EVM: ["bump_after"], Family.SOLANA: []}
OF_AN_EVM = [
    ("Finality", {"fields": ["confirmations", "uses_finalized_tag"]}),
    ("Limits", {"fields": ["max_gas_per_transaction", "max_block_share", "multicall3"]}),
    ("Sponsored wallets", {"fields": ["forwarder", "forward_seconds"]}),
]


class NetworkForm(forms.ModelForm[Network]):
    explorer_url = forms.URLField(
        required=False, assume_scheme="https", widget=URLInput,
        help_text="For example https://etherscan.io, or https://explorer.solana.com/?cluster=devnet; /tx/… is put in.",
    )  # fmt: skip
    gas_ceiling = GweiField(
        required=False, help_text="gwei per gas. While the price is above this, nothing new is sent. Empty: MAXIMUM_GAS_PRICE."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "gas_ceiling" in self.fields and (self.data.get("family") or self.instance.family) == Family.SOLANA:
            self.fields["gas_ceiling"] = ScaledField(0, required=False, help_text=PRIORITY_CEILING)


@admin.register(Network)
class NetworkAdmin(ConfiguredAdmin[Network]):
    form = NetworkForm
    list_display = ["name", "chain", "environment_badge", "currency", "ceiling", "confirmations", "nodes", "rests_until"]
    search_fields = ["name"]
    readonly_fields = ["nodes", "ceiling", "simulation", "rests_until"]
    environment_badge = status_column(ENVIRONMENTS, "environment", "Environment")

    def get_fieldsets(self, request: HttpRequest, obj: Network | None = None) -> Any:
        """Whoever may not edit sees the nodes' hosts only: the rest of an RPC URL often is a secret key."""
        edits = self.has_change_permission(request, obj) if obj else True
        nodes = ["rpc_urls"] if edits else ["nodes"]
        ceiling = ["gas_ceiling"] if edits else ["ceiling"]
        families = [Family(obj.family)] if obj else list(Family)
        identity, kind, bump = ([name for family in families for name in which[family]] for which in (IDENTITY, FEES, BUMP))
        return [
            (None, {"fields": ["name", "family", *identity, "environment", "currency", "explorer_url"]}),
            ("Nodes", {"fields": [*nodes, "simulation", "rests_until"]}),
            ("Fees", {"fields": [*kind, *ceiling, *bump]}),
            *(OF_AN_EVM if Family.EVM in families else []),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Network | None = None) -> list[str]:
        """What it is, it stays."""
        return [*self.readonly_fields, *(["family"] if obj else [])]

    @admin.display(description="chain")
    def chain(self, network: Network) -> str:
        return short(network.genesis_hash) if network.is_solana else str(network.chain_id or NOTHING)

    @admin.display(description="nodes (the secret part is hidden)")
    def nodes(self, network: Network) -> str:
        lines = [line.strip() for line in network.rpc_urls.splitlines() if line.strip()]
        return format_html_join("", "<div>{}</div>", ((redacted(line),) for line in lines))

    @admin.display(description="gas ceiling")
    def ceiling(self, network: Network) -> str:
        return shown.price(network, network.ceiling)
