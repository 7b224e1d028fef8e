"""Collections on a real chain: the folder set first, and each item minted as the token it asked for, by each strategy."""

from collections.abc import Callable
from typing import Any

import pytest

from chain.audit import Scope
from chain.calls import checksummed
from chain.models import Transaction, Wallet
from chain.states import TransactionStatus
from mints.models import Collection, FileNames, Item, Standard
from orders.audit.examine import examine
from orders.groundwork import Groundwork
from orders.models import Stop
from orders.states import Reason, Status
from tests.contracts.deployed import Deployed
from tests.factories import an_address
from tests.flow.by_hand import by_hand, raws
from tests.flow.conftest import World
from tests.lanes import grow_old
from tests.mints.evm import make_collection, make_item, plan_base_uri

Work = Callable[[Wallet], None]
ITEMS = 40
MANY: dict[str, Any] = {
    "standard": Standard.ERC1155, "base_uri_function": "setURI(string)", "file_names": FileNames.HEX_JSON,
    "function": "mint(address,uint256,uint256,bytes)", "arguments": ["{recipient}", "{token_id}", "{quantity}", "0x"],
}  # fmt: skip


def a_gallery(world: World, contract: str = "Gallery721", **over: Any) -> tuple[Collection, Deployed]:
    """A collection on a new contract, its folder planned."""
    wallet = world.wallet()
    suffix = "" if over.get("file_names") == FileNames.NUMBER else ".json"
    roles = (world.me, wallet.address)
    deployed = world.put(contract, *(("Gallery", "GAL", suffix) if contract == "Gallery721" else ()), *roles)
    values = {"base_uri_function": "setBaseURI(string)", **(MANY if contract == "Gallery1155" else {}), **over}
    collection = make_collection(wallet=wallet, contract=checksummed(deployed.address), **values)
    collection.full_clean()
    plan_base_uri(collection)
    return collection, deployed


def items_of(collection: Collection) -> list[Item]:
    return list(collection.items.select_related("order", "collection").order_by("number"))


def found(wallet: Wallet) -> list[str]:
    return [finding.sentence for finding in examine(Scope([Wallet.objects.select_related("network").get(pk=wallet.pk)]))]


def through_multicall3(world: World, gallery: Deployed) -> None:
    """Let Multicall3 mint, which no real contract should."""
    world.network.multicall3 = checksummed(world.put("Multicall3").address)
    world.network.save()
    gallery.send("grantRole", gallery.call("MINTER_ROLE"), world.network.multicall3)


BATCH = {
    "strategy": "batch", "function": "safeMintBatch(address[],uint256[])",
    "arguments": [{"each": "{recipient}"}, {"each": "{token_id}"}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("over", "transactions"),
    [
        ({"strategy": "multicall"}, 2),
        ({**BATCH, "file_names": FileNames.NUMBER}, 2),
        ({"strategy": "aggregate3", "needs_role": False}, 2),
        ({"strategy": "single"}, ITEMS),
    ],
)
def test_each_strategy_mints_the_token_whose_metadata_is_the_items_own(
    world: World, work: Work, over: dict[str, Any], transactions: int
) -> None:
    collection, gallery = a_gallery(world, **over)
    through_multicall3(world, gallery)
    for _ in range(ITEMS):
        make_item(collection)
    work(collection.wallet)
    items = items_of(collection)
    assert [(item.order.status, item.token_ids) for item in items] == [(Status.COMPLETED, [n]) for n in range(ITEMS)]
    assert [checksummed(gallery.call("ownerOf", item.token_id)) for item in items] == [item.recipient for item in items]
    assert [gallery.call("tokenURI", item.token_id) for item in items] == [item.uri for item in items]
    first = Groundwork.objects.select_related("transaction").get().transaction
    assert (first and first.nonce, Transaction.objects.count()) == (0, 1 + transactions)
    assert found(collection.wallet) == []


@pytest.mark.parametrize(
    "over",
    [
        {},
        {
            "strategy": "batch", "function": "airdrop(address[],uint256[],uint256[])",
            "arguments": [{"each": "{recipient}"}, {"each": "{token_id}"}, {"each": "{quantity}"}],
        },
    ],
)  # fmt: skip
def test_of_an_erc1155_collection_each_item_may_be_many(world: World, work: Work, over: dict[str, Any]) -> None:
    collection, gallery = a_gallery(world, "Gallery1155", **over)
    for number in range(ITEMS):
        make_item(collection, quantity=1 + number % 3)
    work(collection.wallet)
    items = items_of(collection)
    assert {item.order.status for item in items} == {Status.COMPLETED}
    assert [gallery.call("balanceOf", item.recipient, item.token_id) for item in items] == [item.quantity for item in items]
    wallets_read = [gallery.call("uri", item.token_id).replace("{id}", f"{item.token_id:064x}") for item in items]
    assert wallets_read == [item.uri for item in items]
    assert found(collection.wallet) == []


@pytest.mark.fault(34)
def test_items_that_the_contract_refuses_are_taken_out_with_its_reason(world: World, work: Work) -> None:
    collection, gallery = a_gallery(world)
    gone = an_address()
    gallery.send("grantRole", gallery.call("MINTER_ROLE"), world.me)
    gallery.send("safeMint", gone, 2)  # the token of one item is there already
    for number in range(6):
        make_item(collection, **({"recipient": collection.contract} if number == 4 else {}))  # has code, accepts nothing
    work(collection.wallet)
    items = items_of(collection)
    assert [item.order.status for item in items if item.number not in (2, 4)] == [Status.COMPLETED] * 4
    assert {(items[n].order.status, items[n].order.reason) for n in (2, 4)} == {(Status.FAILED, Reason.SIMULATION_REVERTED)}
    zero = "0x" + "00" * 20
    assert [items[n].order.fail_reason for n in (2, 4)] == [
        f"ERC721InvalidSender(sender={zero})", f"ERC721InvalidReceiver(receiver={collection.contract})",
    ]  # fmt: skip


def test_a_minter_without_its_role_stops_the_collection_before_any_item(world: World, work: Work) -> None:
    collection, gallery = a_gallery(world)
    gallery.send("revokeRole", gallery.call("MINTER_ROLE"), collection.wallet.address)
    item = make_item(collection)
    work(collection.wallet)
    item.order.refresh_from_db()
    assert (item.order.status, Transaction.objects.exists()) == (Status.PENDING, False)
    assert "AccessControlUnauthorizedAccount" in Stop.objects.get().reason
    gallery.send("grantRole", gallery.call("MINTER_ROLE"), collection.wallet.address)
    Stop.objects.all().delete()
    work(collection.wallet)
    assert gallery.call("tokenURI", 0) == item.uri


@pytest.mark.fault(29)
def test_a_folder_whose_block_leaves_the_chain_is_set_again_before_any_item(world: World) -> None:
    collection, gallery = a_gallery(world)
    make_item(collection)
    with by_hand(world, collection.wallet, confirmations=3) as hand:
        hand.turn()
        hand.mine()
        hand.turn()
        assert gallery.call("baseURI") == collection.base_uri
        hand.reorg(1)
        hand.evict()
        hand.mine()
        hand.turn()
        only = Transaction.objects.get()
        assert (only.status, gallery.call("baseURI")) == (TransactionStatus.SENT, "")
        grow_old(only, 30)
        hand.finish()
        assert (gallery.call("tokenURI", 0), len(raws())) == (items_of(collection)[0].uri, 2)
    assert found(collection.wallet) == []
