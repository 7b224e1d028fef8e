"""The demo's proof of its collections finds what was minted and not ordered, ordered and not minted, or minted as another."""

from typing import Any

import pytest
from django.db import connection
from django.db.transaction import atomic

from chain import base58
from chain.nodes import node_for
from chain.solana.wanted import Program
from demo import leaves, minted
from demo.deployer import Deployer
from demo.world import World, build
from local.anvil import Anvil
from mints.models import Collection, Item, Press
from mints.presses import copied
from orders.queue import queues
from orders.worker.runner import drain
from tests.factories import an_address
from tests.mints.evm import FOLDER, make_item, plan_base_uri
from tests.orders.solana.conftest import Drop
from tests.orders.solana.rows import somebody


def a_collection(press: Press, items: int) -> Collection:
    """With its metadata stored, as far as the chain can tell."""
    collection = Collection.objects.create(name="Demo", metadata_cid=FOLDER, press=press, **copied(press))
    plan_base_uri(collection)
    for _ in range(items):
        make_item(collection)
    return collection


def minted_on_evm(built: World, items: int = 3) -> Collection:
    collection = a_collection(built.gallery, items)
    for _ in drain(collection.wallet, list(queues())):
        pass
    return collection


def as_minter(built: World, chain: Anvil, function: str, *arguments: Any) -> None:
    """A call of the gallery that no order asked for."""
    chain.request("anvil_impersonateAccount", built.gallery.wallet.address)
    Deployer(node_for(built.network), built.gallery.wallet.address).call(built.gallery.contract, function, *arguments)


def found(collection: Collection) -> list[str]:
    return list(minted.differences(collection, leaves.no_cluster))


def test_a_gallery_that_was_minted_agrees_with_its_contract(built: World) -> None:
    collection = minted_on_evm(built)
    assert [item.order.status for item in collection.items.select_related("order")] == ["completed"] * 3
    assert found(collection) == []
    assert built.groups[-1] == collection


def test_a_token_that_no_item_asked_for_is_found(built: World, chain: Anvil) -> None:
    collection = minted_on_evm(built)
    as_minter(built, chain, "safeMint(address,uint256)", an_address(), 99)
    (said,) = found(collection)
    assert "no item accounts for it" in said


def test_a_token_whose_uri_is_another_one_is_found(built: World, chain: Anvil) -> None:
    collection = minted_on_evm(built, items=1)
    as_minter(built, chain, "setBaseURI(string)", "ipfs://elsewhere/")
    assert ["elsewhere" in said for said in found(collection)] == [True, False]


def test_the_next_run_has_a_contract_of_its_own(built: World, chain: Anvil) -> None:
    before = minted_on_evm(built, items=1).contract
    assert build(chain.url, chain.chain_id).gallery.contract != before


@pytest.mark.parametrize("drop", [Program.MINT_V1, Program.MINT_V2, Program.MINT_V2_TO_CORE], indirect=True)
def test_leaves_are_read_from_the_clusters_history(drop: Drop) -> None:
    drop.prepare()
    drop.items(9)
    drop.finish()
    ask, collection = drop.cluster.request, drop.collection
    assert drop.statuses() == ["completed"] * 10
    assert list(minted.differences(collection, ask)) == list(minted.strangers(drop.wallet, ask)) == []
    assert [leaf.index for leaf in leaves.of_tree(ask, drop.tree.address)] == list(range(10))


def past_the_guards(collection: Collection, **columns: Any) -> None:
    """Write what the database itself would refuse."""
    with atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Item.objects.filter(collection=collection).update(**columns)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def test_a_leaf_that_is_noted_as_another_ones_is_found(drop: Drop) -> None:
    drop.prepare()
    past_the_guards(drop.collection, recipient=somebody())
    assert len(list(minted.differences(drop.collection, drop.cluster.request))) == 2


def test_a_leaf_that_nobody_noted_is_found(drop: Drop) -> None:
    drop.prepare()
    past_the_guards(drop.collection, tree="", leaf_index=None, leaf_hash="", asset_id="")
    said = list(minted.differences(drop.collection, drop.cluster.request))
    assert ["no item accounts for it" in said[0], "another root" in said[-1]] == [True, True]


def test_a_transaction_that_the_cluster_does_not_know_is_found(drop: Drop) -> None:
    drop.prepare()
    ask = drop.cluster.request

    def forgets(method: str, *params: Any) -> Any:
        answer = ask(method, *params)
        return answer[1:] if method == "getSignaturesForAddress" else answer

    assert ["does not know" in said for said in minted.strangers(drop.wallet, forgets)] == [True]


@pytest.mark.parametrize(("place", "said"), [(41, "is not the hash of what"), (-1, "is not the hash of what")])
def test_bytes_that_contradict_each_other_prove_nothing(drop: Drop, place: int, said: str) -> None:
    drop.prepare()

    def lies(method: str, *params: Any) -> Any:
        answer = drop.cluster.request(method, *params)
        return falsified(answer, place) if method == "getTransaction" else answer

    assert [said in each for each in minted.differences(drop.collection, lies)] == [True]


def falsified(transaction: dict[str, Any], place: int) -> dict[str, Any]:
    """With one byte of each reported leaf another one."""
    for group in transaction["meta"]["innerInstructions"]:
        for call in group["instructions"]:
            data = bytearray(base58.decode(call["data"]))
            if len(data) in (209, 274):
                data[place] ^= 1
                call["data"] = base58.encode(bytes(data))
    return transaction
