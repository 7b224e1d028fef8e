"""One example's world: a chain with three nodes, a wallet, what can be ordered, and what has been ordered."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.db.models import Model

from chain.models import Network, Transaction, Wallet
from chain.strategies import Strategy
from orders import keys
from orders.models import Order
from orders.states import Scope
from tests.factories import make_client, make_network, make_pool, make_reward, make_wallet
from tests.machine import stage
from tests.machine.contracts import BADGE, COIN, OPEN_BADGE, POOL, TOKEN
from tests.machine.model import PLENTY, Chain
from tests.machine.nodes import NodeView
from tests.machine.truth import Truth
from tests.model_chain import GWEI
from withdrawals.models import PoolKind

NODES = 3
CEILING = 100 * GWEI
BATCH = 3


@dataclass(slots=True)
class Wish:
    """A request of a client, and what it was answered so far."""

    path: str
    body: dict[str, Any]
    key: str
    order: str = ""


@dataclass(slots=True)
class World:
    chain: Chain
    nodes: list[NodeView]
    network: int
    wallet: UUID
    address: str
    groups: dict[str, UUID]  # by what is paid
    headers: dict[str, str]
    truth: Truth
    wishes: list[Wish] = field(default_factory=list)
    final_floor: int = 0  # the highest block that anybody may hold for final: it never leaves the chain

    @classmethod
    def fresh(cls, *, finalized_tag: bool, simulates: bool, confirmations: int) -> "World":
        stage.empty()
        chain = Chain()
        chain.simulates = simulates
        nodes = [NodeView(f"http://node-{number}.invalid", chain) for number in range(NODES)]
        stage.URLS |= {node.url: node for node in nodes}
        network = make_network(
            rpc_urls="\n".join(node.url for node in nodes), chain_id=chain.chain_id, gas_ceiling=CEILING,
            confirmations=confirmations, uses_finalized_tag=finalized_tag,
        )  # fmt: skip
        wallet = make_wallet(network=network, max_in_flight=3)
        groups = _things_to_order(wallet)
        client = make_client()
        assets = {group: asset for asset, group in groups.items()}
        truth = Truth(chain, wallet.pk, assets, [CEILING])
        chain.on_send = truth.on_send
        headers = {"Authorization": f"Bearer {keys.issue(client, tuple(Scope))[1]}"}
        world = cls(chain, nodes, network.pk, wallet.pk, wallet.address, groups, headers, truth)
        world.top_up()
        return world

    def top_up(self) -> None:
        """More than enough of everything."""
        self.chain.give_coin(self.address, PLENTY)
        for payer in (self.address, POOL):
            self.chain.give_token(payer, PLENTY)

    def orders(self) -> list[UUID]:
        return list(Order.objects.order_by("created", "id").values_list("pk", flat=True))

    def transactions(self) -> list[Transaction]:
        return list(Transaction.objects.order_by("nonce"))

    def raise_floor(self) -> None:
        """What is final by today's rules may be taken for final from now on."""
        network = Network.objects.get(pk=self.network)
        depth = self.chain.head - network.confirmations + 1
        tagged = int(self.chain.answer_block(["finalized", False])["number"], 16)
        self.final_floor = max(self.final_floor, tagged if network.uses_finalized_tag else depth)


def _things_to_order(wallet: Wallet) -> dict[str, UUID]:
    errors = "RecipientRefused(address recipient)"
    open_to_all = {"strategy": Strategy.AGGREGATE3, "needs_role": False}
    return {
        BADGE: make_reward(wallet=wallet, contract=BADGE, batch_size=BATCH, errors=errors).pk,
        OPEN_BADGE: make_reward(wallet=wallet, contract=OPEN_BADGE, batch_size=BATCH, errors=errors, **open_to_all).pk,
        COIN: make_pool(wallet=wallet, kind=PoolKind.NATIVE, token="", errors=errors).pk,
        TOKEN: make_pool(wallet=wallet, token=TOKEN, errors=errors).pk,
        POOL: make_pool(wallet=wallet, kind=PoolKind.ASSET_POOL, contract=POOL, token=TOKEN, finalize=True, errors=errors).pk,
    }


def save_as_admin(row: Model, **changes: Any) -> None:
    """What the admin's change form does with a row that was read a while ago."""
    for name, value in changes.items():
        setattr(row, name, value)
    page = cast(Any, admin.site._registry[type(row)])
    page.save_model(SimpleNamespace(user=None), row, SimpleNamespace(changed_data=list(changes)), change=True)
