"""Collections, items and jobs as their client sees them."""

from typing import Any

import pytest

from chain.solana.merkle import MerkleTree
from mints import runner
from mints.models import Collection, Item, MintJob
from orders.groundwork import Groundwork, Work
from orders.models import Order, Stop
from orders.states import Scope, Status
from tests.api.conftest import Caller, fields, make_caller
from tests.mints.offered import form, make_press, make_tree_press, rows, send
from tests.mints.stages import complete, drive, fail
from tests.orders.solana.rows import somebody

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("uploads")]

STEPS = ("status", "percentage", "message", "current_step", "total_steps", "completed_steps")


@pytest.fixture
def caller() -> Caller:
    return make_caller()


@pytest.fixture
def collection(caller: Caller) -> Collection:
    return Collection.objects.get(pk=send(caller, form(make_press(), external_id="autumn")).json()["id"])


def start(caller: Caller, collection: Collection, **body: Any) -> Any:
    return caller.post(f"/collections/{collection.pk}/mints", body)


def test_its_items_are_orders_in_the_sheets_order(caller: Caller, collection: Collection) -> None:
    first = caller.get(f"/collections/{collection.pk}/items", limit=2).json()
    assert [(item["number"], item["kind"], item["status"], item["name"]) for item in first["results"]] == [
        (0, "item", "held", "Badge 0"), (1, "item", "held", "Badge 1"),
    ]  # fmt: skip
    rest = caller.browser.get(first["next"], headers=caller.headers).json()
    assert ([item["number"] for item in rest["results"]], rest["next"]) == ([2], None)
    assert caller.get(f"/orders/{first['results'][0]['id']}").json() == first["results"][0]


def test_items_are_found_among_all_orders(caller: Caller, collection: Collection) -> None:
    recipient = collection.items.get(number=1).recipient
    found = [
        caller.get("/orders", kind="item").json()["results"],
        caller.get("/orders", collection=str(collection.pk)).json()["results"],
        caller.get("/orders", recipient=recipient).json()["results"],
        caller.get(f"/collections/{collection.pk}/items", status="pending").json()["results"],
    ]
    assert [len(each) for each in found] == [3, 3, 1, 0]


def test_an_item_is_not_ordered_one_by_one(caller: Caller) -> None:
    for path, body in (("/orders/preview", {"kind": "item"}), ("/orders/bulk", {"orders": [{"kind": "item"}]})):
        answer = caller.post(path, body)
        assert "One of: claim, withdrawal, stake." in answer.content.decode()


def test_collections_are_listed_newest_first(caller: Caller, collection: Collection) -> None:
    other = send(caller, form(make_press())).json()["id"]
    first = caller.get("/collections", limit=1).json()
    assert [row["id"] for row in first["results"]] == [other]
    rest = caller.browser.get(first["next"], headers=caller.headers).json()
    assert ([row["id"] for row in rest["results"]], rest["next"]) == ([str(collection.pk)], None)
    assert len(caller.get("/collections", external_id="autumn").json()["results"]) == 1
    assert fields(caller.get("/collections", press="x")) == ["press"]


def test_a_job_tells_all_of_itself(caller: Caller, collection: Collection) -> None:
    answer = start(caller, collection)
    job = MintJob.objects.get()
    assert (answer.status_code, answer["Location"]) == (202, f"/api/v1/jobs/{job.pk}")
    assert answer.json()["current_step"] == "upload"
    drive(job)
    items = list(collection.items.order_by("number"))
    complete(items[0])
    fail(items[1], "refused")
    drive(job)
    said = caller.get(f"/jobs/{job.pk}").json()
    assert {name: said[name] for name in said if name in STEPS} == {
        "status": "running", "percentage": 66, "message": "1 of 3 are minted, 1 failed.", "current_step": "mint",
        "total_steps": 3, "completed_steps": 2,
    }  # fmt: skip
    assert (said["minted"], said["failed"], said["total"], said["errors"]) == (1, 1, 3, ["Item 1, Badge 1: refused"])
    assert said["collection"] == {"id": str(collection.pk), "name": "Badges", "symbol": "BDG"}
    assert caller.get(f"/collections/{collection.pk}").json()["items"]["completed"] == 1


def test_it_is_paused_resumed_and_cancelled(caller: Caller, collection: Collection) -> None:
    job = start(caller, collection).json()["id"]
    said = [caller.post(f"/jobs/{job}/{act}", {"reason": "r"}).json()["status"] for act in ("pause", "resume", "cancel")]
    assert (said, Stop.objects.exists()) == (["paused", "running", "cancelled"], False)
    again = caller.post(f"/jobs/{job}/cancel", {"reason": "r"})
    assert (again.status_code, again.json()["code"]) == (409, "job_moved")
    assert fields(caller.post(f"/jobs/{job}/pause", {})) == ["reason"]


def test_the_same_key_starts_one_job(caller: Caller, collection: Collection) -> None:
    path = f"/collections/{collection.pk}/mints"
    first, again = caller.post(path, {}, key="K"), caller.post(path, {}, key="K")
    assert (first.json()["id"], again["Idempotent-Replayed"]) == (again.json()["id"], "true")
    assert caller.post(path, {}).json()["code"] == "job_open"


def test_what_it_may_cost_at_most_is_in_lamports_and_on_solana(caller: Caller, collection: Collection) -> None:
    assert fields(start(caller, collection, max_cost="1")) == ["max_cost"]
    compressed = send(caller, form(make_tree_press(), [{**line, "wallet": somebody()} for line in rows(3)])).json()
    answer = caller.post(f"/collections/{compressed['id']}/mints", {"max_cost": "1"})
    assert (answer.status_code, answer.json()["code"]) == (409, "cost_above_maximum")
    assert answer.json()["plan"]["total"] == int(compressed["plan"]["total"])


def test_each_scope_opens_its_own_door(collection: Collection) -> None:
    reader = make_caller([Scope.ORDERS_READ])
    assert send(reader, form(make_press())).status_code == 403
    assert reader.get("/collections").status_code == 200
    maker = make_caller([Scope.MINTS_CREATE])
    assert (send(maker, form(make_press())).status_code, maker.get("/collections").status_code) == (202, 403)


# -- proofs ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def minted(caller: Caller) -> Collection:
    """Three leaves of a tree of three levels whose top one its account keeps; the chain gave the indexes backwards."""
    lines = [{**line, "wallet": somebody()} for line in rows(3)]
    collection = Collection.objects.get(pk=send(caller, form(make_tree_press(), lines)).json()["id"])
    tree = somebody()
    spec = {"version": 2, "depth": 3, "buffer": 8, "canopy": 1}
    Groundwork.objects.create(group=collection.pk, work=Work.TREE, wallet=collection.wallet, spec=spec, address=tree, leaves=3)
    for item in collection.items.all():
        leaf = {"tree": tree, "leaf_index": 2 - item.number, "leaf_hash": f"{item.number:02x}" * 32, "asset_id": somebody()}
        Item.objects.filter(pk=item.pk).update(**leaf)
    return collection


def test_a_proof_is_made_of_the_leaves_that_are_noted_here(caller: Caller, minted: Collection) -> None:
    said = caller.get(f"/collections/{minted.pk}/items/0/proof").json()
    tree = MerkleTree(3)
    for number in (2, 1, 0):
        tree.append(bytes([number]) * 32)
    assert (said["root"], said["leaf_index"], said["leaf"]) == (tree.root.hex(), 2, "00" * 32)
    assert said["proof"] == [node.hex() for node in tree.proof(2, 1)]


@pytest.mark.parametrize("leaves", [4])
def test_where_a_leaf_is_unknown_no_root_is_claimed(caller: Caller, minted: Collection, leaves: int) -> None:
    Groundwork.objects.update(leaves=leaves)
    answer = caller.get(f"/collections/{minted.pk}/items/0/proof")
    assert (answer.status_code, answer.json()["code"]) == (409, "leaves_unknown")


def test_an_item_without_a_leaf_has_no_proof(caller: Caller, collection: Collection) -> None:
    assert caller.get(f"/collections/{collection.pk}/items/0/proof").status_code == 409
    assert caller.get(f"/collections/{collection.pk}/items/9/proof").status_code == 404


def test_many_leaves_are_one_tree_however_they_come() -> None:
    leaves = [bytes([number]) * 32 for number in range(11)]
    one_by_one = MerkleTree(5)
    for leaf in leaves:
        one_by_one.append(leaf)
    at_once = MerkleTree.of(5, leaves)
    assert at_once.root == one_by_one.root
    assert [at_once.proof(at) for at in range(11)] == [one_by_one.proof(at) for at in range(11)]


def test_nothing_of_it_waits_for_a_chain(caller: Caller, collection: Collection) -> None:
    """The network of these tests is not there at all."""
    start(caller, collection)
    runner.work(str(MintJob.objects.get().pk))
    assert set(Order.objects.values_list("status", flat=True)) == {Status.PENDING}
    assert "Next in line" in caller.get(f"/collections/{collection.pk}/items").json()["results"][0]["waiting_for"]
