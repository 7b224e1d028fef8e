"""A collection of compressed NFTs on a cluster, and its lane played by hand: a turn, then as many blocks as one likes."""

import secrets
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db.transaction import atomic

from chain.lanes import open_lane
from chain.models import Transaction, Wallet
from chain.solana import draft as drafts
from chain.solana import minting
from chain.solana.draft import Draft
from chain.solana.wanted import Leaf, Program
from local.solana.process import SolanaCluster
from mints.models import Asset, Collection, Item, Standard
from orders.groundwork import Groundwork, Work
from orders.memory import rows_of
from orders.models import Order
from orders.states import Kind
from orders.turn import Turn, take_turn
from tests.solana.rows import ADDRESS, KEY, an_address, make_solana, make_solana_wallet

FINAL = 34  # blocks, and what is in the first of them is final
EXPIRED = 152  # blocks, and what is in none of them never will be
SHAPE = {"version": 1, "depth": 5, "buffer": 8, "canopy": 0}


@dataclass
class Farm:
    """One wallet with coin, and one collection whose tree is planned."""

    cluster: SolanaCluster
    wallet: Wallet
    collection: Collection
    image: Asset

    def items(self, count: int = 1, **over: Any) -> list[Item]:
        """Pending ones."""
        return [self._item(over) for _ in range(count)]

    def _item(self, over: dict[str, Any]) -> Item:
        number = Item.objects.count()
        with atomic():
            order = Order.objects.create(kind=Kind.ITEM, wallet=self.wallet, group=self.collection.pk)
            values = {"number": number, "name": f"Badge #{number}", "recipient": an_address(), **over}
            return Item.objects.create(order=order, collection=self.collection, image=self.image, **values)

    def turn(self, *, then: int = 0) -> Turn:
        """One turn of the lane, then so many blocks."""
        lane = open_lane(self.wallet.pk, rows_of)
        assert lane is not None
        with lane:
            turn = take_turn(lane, {Kind.ITEM})
        self.cluster.advance(blocks=then)
        return turn

    def plant(self) -> Groundwork:
        """The tree stands and is noted. Needs a pending item, as the lane does."""
        self.turn(then=FINAL)
        self.turn()
        return self.tree

    @property
    def tree(self) -> Groundwork:
        return Groundwork.objects.get(group=self.collection.pk, work=Work.TREE)

    def mint(self, count: int = 1) -> list[Item]:
        """Minted, final and noted."""
        items = self.items(count)
        if self.tree.done_at is None:
            self.plant()
            self.cluster.advance(blocks=FINAL)
        self.turn(then=FINAL)
        self.turn()
        return [Item.objects.get(pk=item.pk) for item in items]

    def stranger(self, tree: str, count: int = 1, *, then: int = FINAL) -> list[str]:
        """Mints with the wallet's own key, but not from here; their signatures."""
        signatures = []
        for _ in range(count):
            name = f"Fake {secrets.token_hex(4)}"
            leaf = Leaf(Program.MINT_V1, an_address(), name, "F", "ipfs://fake/1.json")
            draft = Draft(ADDRESS, tree, (minting.instruction(leaf, ADDRESS, tree, ""),))
            blockhash = self.cluster.request("getLatestBlockhash", {"commitment": "confirmed"})["value"]["blockhash"]
            signed = drafts.sign(draft, 200_000, 1, blockhash, lambda message: bytes(KEY.sign_message(message)))
            self.cluster.request(
                "sendTransaction", b64encode(signed.raw).decode(), {"encoding": "base64", "skipPreflight": True}
            )
            signatures.append(signed.signature)
        self.cluster.advance(blocks=then)
        return signatures

    def lose(self, transactions: int = 100) -> None:
        """So many that are accepted from now on land never; 0 ends it."""
        self.cluster.faults(drop=transactions)


def last_transaction() -> Transaction:
    return Transaction.objects.select_related("wallet__network").order_by("-created", "-nonce")[0]


@contextmanager
def a_farm(cluster: SolanaCluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Farm]:
    """On a running cluster, with a wallet that has coin."""
    monkeypatch.setenv("SOLANA_KEY", str(KEY))
    cluster.request("requestAirdrop", ADDRESS, 10 * 10**9)
    cluster.advance(blocks=3)
    urls = f"{cluster.url}\n{cluster.second_url}"
    wallet = make_solana_wallet(network=make_solana(rpc_urls=urls, genesis_hash=cluster.request("getGenesisHash")))
    collection = Collection.objects.create(
        wallet=wallet, name="Farm", symbol="FARM", standard=Standard.COMPRESSED, program=Program.MINT_V1,
        metadata_cid="bafymetadata",
    )  # fmt: skip
    image = Asset.objects.create(collection=collection, name="1.png", media_type="image/png", size=1, sha256="0" * 64)
    Groundwork.objects.create(group=collection.pk, work=Work.TREE, wallet=wallet, spec=SHAPE)
    yield Farm(cluster, wallet, collection, image)
    for second in (False, True):
        cluster.faults(second=second, **dict.fromkeys(("drop", "late", "busy", "lose", "deny", "behind", "silent"), 0))
