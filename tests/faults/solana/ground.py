"""What a scenario of Solana stands on: a test cluster of two nodes, an empty database, and workers to start and to kill."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.transaction import atomic

from chain.audit import Scope
from chain.models import Wallet
from chain.solana.keys import create_keypair
from chain.solana.trees import plan
from chain.solana.wanted import Program
from chain.states import Family
from local.processes import Supervisor
from local.solana.process import SolanaCluster
from mints.models import Asset, Collection, Item
from orders.audit.examine import examine
from orders.models import Order
from orders.notify import notify
from orders.states import Kind
from tests.factories import make_network, make_wallet
from tests.faults.ground import Stand, empty, expect, until
from tests.faults.registry import Stage
from tests.faults.solana.proof import findings
from tests.orders.solana.rows import make_compressed, plan_ground, somebody

SOL = 10**9  # lamports
ROOM = 2_000  # items in a tree


@dataclass
class SolanaGround(Stand):
    """One scenario's world on Solana. Its wallets have new keys in files, as a real installation's have."""

    chain: SolanaCluster

    def wallet(self, **over: Any) -> Wallet:
        """A wallet with enough coin, by all nodes."""
        name = f"{secrets.token_hex(6)}.json"  # never the name of an earlier one: a process keeps the keys that it has loaded
        settings.KEYSTORE_DIR.mkdir(parents=True, exist_ok=True)
        address = create_keypair(settings.KEYSTORE_DIR / name)
        self.chain.request("requestAirdrop", address, 1_000 * SOL)
        until(lambda: self._has_coin(address), 60, "the wallet has coin")
        return make_wallet(network=self.network, address=address, signer=f"keypair:{name}", **over)

    def collection(self, wallet: Wallet, program: Program = Program.MINT_V2, *, room: int = ROOM) -> Collection:
        """A collection whose tree is planned, and nothing is on the chain yet."""
        collection = make_compressed(wallet, program)
        shape = plan(room)
        plan_ground(collection, depth=shape.depth, buffer=shape.buffer)
        return collection

    def order_items(self, collection: Collection, number: int) -> list[Order]:
        """So many items for as many people, in one commit that wakes the lane."""
        first = collection.items.count()
        asset, _ = Asset.objects.get_or_create(
            collection=collection, name="a.png", defaults={"media_type": "image/png", "size": 1}
        )
        orders = [Order(kind=Kind.ITEM, wallet=collection.wallet, group=collection.pk) for _ in range(number)]
        with atomic():
            Order.objects.bulk_create(orders)
            Item.objects.bulk_create(
                Item(order=order, collection=collection, number=n, name=f"Badge #{n}", recipient=somebody(), image=asset)
                for n, order in enumerate(orders, first)
            )
            notify([collection.wallet_id])
        return orders

    def audit(self) -> None:
        """By the transactions and trees of the chain, and as `manage.py audit` does. Raises Failed with the first findings."""
        wallets = list(self.network.wallets.select_related("network"))
        found = [*findings(self.chain, self.network), *(finding.sentence for finding in examine(Scope(wallets)))]
        expect(not found, "; ".join(found[:5]))

    def _has_coin(self, address: str) -> bool:
        with_commitment = {"commitment": "finalized"}
        return bool(self.chain.request("getBalance", address, with_commitment)["value"]) or self._pass_blocks()

    def _pass_blocks(self) -> bool:
        """Where they do not pass by themselves."""
        if self.chain.manual:
            self.chain.advance(blocks=1)
        return False


@contextmanager
def on_solana(stage: Stage, name: str = "run", **cluster: Any) -> Iterator[SolanaGround]:
    """An empty database, a new cluster and a supervisor; `cluster` goes to `SolanaCluster`."""
    empty()
    with SolanaCluster(**cluster) as chain, Supervisor(stage.logs / name) as processes:
        network = make_network(
            family=Family.SOLANA, chain_id=None, genesis_hash=chain.request("getGenesisHash"), currency="SOL",
            rpc_urls=f"{chain.url}\n{chain.second_url}",
        )  # fmt: skip
        yield SolanaGround(network, processes, chain)
