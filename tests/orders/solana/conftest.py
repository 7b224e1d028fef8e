"""Items of a compressed collection on a test cluster of two nodes, with the real programs where they are at hand."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from solders.keypair import Keypair

from chain import signing
from chain.models import Network, Wallet
from chain.solana import cluster as clusters
from chain.solana.lane import SolanaLane
from chain.solana.wanted import Program
from chain.states import Family
from local.solana.process import SolanaCluster
from mints.models import Collection, Item
from orders.groundwork import Groundwork, Work
from orders.memory import rows_of
from orders.queue import queues
from orders.turn import Turn, take_turn
from tests.factories import make_network, make_wallet
from tests.orders.solana.rows import an_id_of, make_compressed, make_item, plan_ground

FINALIZED = 4  # slots after which a block of the test cluster is final
EASY = {"drop": 0, "late": 0, "busy": 0, "lose": 0, "deny": 0, "behind": 0, "silent": 0}  # nothing goes wrong


@dataclass(slots=True)
class Drop:
    """One collection of compressed NFTs, its wallet, and turns of its lane."""

    cluster: SolanaCluster
    wallet: Wallet
    collection: Collection
    _lane: SolanaLane | None = field(default=None)

    @property
    def network(self) -> Network:
        return self.wallet.network

    @property
    def tree(self) -> Groundwork:
        return Groundwork.objects.get(group=self.collection.pk, work=Work.TREE)

    @property
    def lane(self) -> SolanaLane:
        """This wallet's lane, held until the test ends."""
        if self._lane is None:
            self._lane = SolanaLane.open(self.wallet.pk, rows_of)
        assert self._lane is not None
        return self._lane

    def items(self, count: int, **over: Any) -> list[Item]:
        first = self.collection.items.count()
        return [make_item(self.collection, number, **over) for number in range(first, first + count)]

    def turn(self) -> Turn:
        return take_turn(self.lane, list(queues()))

    def finish(self) -> Turn:
        """Send what there is, let it be final, and settle."""
        self.turn()
        self.pass_blocks(FINALIZED + 2)
        return self.turn()

    def prepare(self) -> None:
        """The tree, and the collection's account if there is one, stand on the chain."""
        self.items(1)
        self.finish()
        assert self.tree.done_at is not None
        self.finish()

    def pass_blocks(self, count: int) -> None:
        self.cluster.advance(blocks=count)

    def expire(self) -> None:
        """So many blocks that what is signed now can be in none any more, and all of that is final."""
        self.pass_blocks(151 + FINALIZED)

    def statuses(self) -> list[str]:
        return list(self.collection.items.order_by("number").values_list("order__status", flat=True))

    def reopen(self) -> None:
        """Let the lane go; the next turn opens it anew."""
        self.close()
        self._lane = None

    def close(self) -> None:
        if self._lane is not None:
            self._lane.__exit__()


@pytest.fixture(scope="session")
def cluster() -> Iterator[SolanaCluster]:
    with SolanaCluster(manual=True, confirmed=1, finalized=FINALIZED, skipped=0) as cluster:
        yield cluster


@pytest.fixture(params=[Program.MINT_V2])
def drop(db: None, cluster: SolanaCluster, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Drop]:
    """A collection with a planned tree; parametrize `drop` indirectly for another instruction."""
    yield from a_drop(cluster, monkeypatch, request.param)


@pytest.fixture
def committed_drop(transactional_db: None, cluster: SolanaCluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Drop]:
    """The same where other connections must see it."""
    yield from a_drop(cluster, monkeypatch, Program.MINT_V2)


def a_drop(cluster: SolanaCluster, monkeypatch: pytest.MonkeyPatch, program: Program) -> Iterator[Drop]:
    key = Keypair()
    name = f"DROP_{secrets.token_hex(6).upper()}"  # each its own: a process keeps the keys that it has loaded
    monkeypatch.setenv(name, json.dumps(list(bytes(key))))
    for second in (False, True):
        cluster.faults(second=second, **EASY)
    cluster.request("requestAirdrop", str(key.pubkey()), 100 * 10**9)
    cluster.advance(blocks=FINALIZED + 2)
    network = make_network(
        family=Family.SOLANA, chain_id=None, genesis_hash=cluster.request("getGenesisHash"), currency="SOL",
        rpc_urls=f"{cluster.url}\n{cluster.second_url}",
    )  # fmt: skip
    wallet = make_wallet(network=network, address=str(key.pubkey()), signer=f"env:{name}", id=an_id_of(3600))
    collection = make_compressed(wallet, program)
    plan_ground(collection)
    drop = Drop(cluster, wallet, collection)
    yield drop
    drop.close()
    clusters._cluster.cache_clear()
    signing.key_sources.cache_clear()
