"""The base URI of a collection, set before the first of its items is signed: on good days and bad ones, on a model chain."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from chain import journal, steering
from chain.audit import Scope
from chain.models import Attempt, Transaction, Wallet
from chain.states import Outcome, TransactionStatus, Waiting
from mints.models import Collection, Item
from orders.audit.codes import OrderCode
from orders.audit.examine import examine
from orders.bill import bills
from orders.groundwork import Groundwork
from orders.memory import Fate, replay
from orders.models import Order, Stop
from orders.moves import Move, move
from orders.states import Kind, Reason, Status
from orders.waiting import sentence
from tests.backup import Backup
from tests.chain.rpc_server import Http
from tests.factories import an_address, make_claim, make_wallet
from tests.forge import erase
from tests.lanes import grow_old
from tests.mints.evm import FOLDER, make_collection, make_item, plan_base_uri
from tests.model_chain import GWEI
from tests.model_gallery import SET_BASE_URI, ModelGallery
from tests.orders.conftest import Desk, Died
from tests.orders.test_interruptions import while_simulating

FOLDER_URI = f"ipfs://{FOLDER}/"
WALK = ("simulated", "before_commit", "after_commit", "before_send", "after_send", "noting", "noted", "before_mined")
ENDS = ("before_settle", "settling", "after_settle")


@dataclass(slots=True)
class Studio:
    """A desk, and a collection with two items whose base URI is to be set first."""

    desk: Desk
    gallery: ModelGallery
    collection: Collection
    piece: Groundwork
    items: list[Item]

    def turn(self) -> None:
        self.desk.turn()

    def finish(self) -> None:
        self.desk.finish()

    def statuses(self) -> list[str]:
        return [Order.objects.get(pk=item.pk).status for item in self.items]

    def waits(self) -> str:
        return sentence(Order.objects.select_related("wallet", "transaction").get(pk=self.items[0].pk))

    def found(self) -> list[str]:
        return [finding.code.value for finding in examine(Scope(list(Wallet.objects.select_related("network"))))]

    def laid(self) -> Transaction:
        """The first transaction that was to do it."""
        return Transaction.objects.get(nonce=0)

    def resume(self) -> None:
        """As staff do."""
        Stop.objects.get().delete()

    def assert_done_once(self) -> None:
        """The folder was set before any item was minted, each item once, and nothing is found wrong."""
        self.piece.refresh_from_db()
        assert (self.statuses(), self.gallery.folders) == ([Status.COMPLETED] * len(self.items), [FOLDER_URI])
        assert self.piece.done_at is not None
        assert self.piece.transaction is not None
        assert self.piece.transaction.outcome == Outcome.SUCCEEDED
        assert self.desk.chain.nonce(self.desk.wallet.address) == Transaction.objects.count()
        assert self.found() == []


def a_studio(desk: Desk) -> Studio:
    gallery = an_address()
    collection = make_collection(wallet=desk.wallet, contract=gallery, base_uri_function="setBaseURI(string)")
    piece = plan_base_uri(collection)
    return Studio(desk, ModelGallery(desk.chain, gallery), collection, piece, [make_item(collection) for _ in range(2)])


@pytest.fixture
def studio(desk: Desk) -> Studio:
    return a_studio(desk)


@pytest.fixture
def committed_studio(committed_desk: Desk) -> Studio:
    return a_studio(committed_desk)


# -- the good day ----------------------------------------------------------------------------------------------------------


def test_the_folder_is_set_alone_and_first_and_the_items_follow_when_that_is_final(studio: Studio) -> None:
    studio.turn()
    only = Transaction.objects.get()
    assert (only.to, bytes(only.data)) == (studio.collection.contract, SET_BASE_URI.encode([FOLDER_URI]))
    studio.desk.chain.mine()
    studio.turn()
    assert (studio.statuses(), Transaction.objects.count()) == ([Status.PENDING] * 2, 1)
    studio.desk.chain.mine()
    studio.turn()
    assert studio.statuses() == [Status.BUSY] * 2
    studio.finish()
    studio.assert_done_once()


def test_other_groups_of_the_wallet_go_on(studio: Studio) -> None:
    claim = make_claim(studio.desk.reward)
    studio.turn()
    assert (Order.objects.get(pk=claim.pk).status, studio.statuses()) == (Status.BUSY, [Status.PENDING] * 2)


def test_each_item_says_what_it_waits_for(studio: Studio) -> None:
    first = "Waits until the collection's base URI is set: "
    assert studio.waits() == first + "that comes next."
    studio.turn()
    assert studio.waits() == first + "that is signed with nonce 0, and waits for a block."
    studio.desk.chain.mine()
    studio.turn()
    assert studio.waits() == first + "that is in block 1, which is not final yet."


def test_a_dry_run_bills_what_goes_first(studio: Studio) -> None:
    (bill,) = bills(studio.desk.wallet, {Kind.ITEM}, lambda _: [])
    assert (bill.transactions, [line.call for line in bill.lines]) == (1, ["once this is done: base URI"] * 2)
    assert not Transaction.objects.exists()


def test_a_group_without_groundwork_goes_at_once(studio: Studio) -> None:
    item = make_item(make_collection(wallet=studio.desk.wallet, contract=studio.collection.contract))
    studio.turn()
    assert Order.objects.get(pk=item.pk).status == Status.BUSY


def test_an_item_that_is_released_before_its_base_uri_is_planned_is_refused(studio: Studio) -> None:
    early = make_item(make_collection(wallet=studio.desk.wallet, contract=an_address(), base_uri_function="setBaseURI(string)"))
    studio.turn()
    early.order.refresh_from_db()
    assert (early.order.status, early.order.reason) == (Status.FAILED, Reason.INVALID)
    assert "base URI is not planned yet" in early.order.fail_reason


def test_what_another_wallet_is_to_do_is_not_done_by_this_one(studio: Studio) -> None:
    other = make_wallet(network=studio.desk.network, address=an_address())
    of = make_collection(wallet=studio.desk.wallet, contract=studio.collection.contract)
    plan_base_uri(Collection(pk=of.pk, contract=of.contract, metadata_cid=FOLDER, wallet=other))
    item = make_item(of)
    studio.turn()
    assert (Transaction.objects.count(), Order.objects.get(pk=item.pk).status) == (1, Status.PENDING)


# -- bad days --------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(34)
def test_what_the_contract_refuses_stops_the_group_with_its_words(studio: Studio) -> None:
    studio.gallery.closed = True
    claim = make_claim(studio.desk.reward)
    studio.turn()
    assert Stop.objects.get().reason == "The base URI cannot be set: closed for today"
    assert studio.statuses() == [Status.PENDING] * 2
    assert Order.objects.get(pk=claim.pk).status == Status.BUSY
    studio.gallery.closed = False
    studio.resume()
    studio.finish()
    studio.finish()
    studio.assert_done_once()


@pytest.mark.fault(35)
def test_what_reverts_on_the_chain_stops_the_group_and_is_tried_anew_once_it_is_resumed(studio: Studio) -> None:
    studio.gallery.turned = True
    studio.finish()
    studio.piece.refresh_from_db()
    assert "reverted on chain although its simulation passed" in Stop.objects.get().reason
    assert (studio.piece.transaction, studio.piece.done_at, studio.statuses()) == (None, None, [Status.PENDING] * 2)
    studio.turn()
    assert Transaction.objects.count() == 1
    studio.gallery.turned = False
    studio.resume()
    studio.finish()
    studio.finish()
    studio.assert_done_once()


def test_a_cancelled_one_stops_the_group(studio: Studio) -> None:
    studio.turn()
    assert steering.ask_to_cancel(studio.laid(), by="staff:ana", reason="wrong folder")
    studio.finish()
    studio.piece.refresh_from_db()
    assert studio.laid().outcome == Outcome.CANCELLED
    assert "its transaction was cancelled" in Stop.objects.get().reason
    assert (studio.piece.transaction, studio.gallery.folders) == (None, [])
    studio.resume()
    studio.finish()
    studio.finish()
    studio.assert_done_once()


@pytest.mark.fault(32)
def test_a_nonce_that_a_stranger_took_is_for_people(studio: Studio, two_nodes: Desk) -> None:
    studio.turn()
    studio.desk.chain.steal_nonce(studio.desk.wallet.address)
    studio.desk.chain.mine(2)
    studio.turn()
    assert (studio.laid().outcome, studio.statuses()) == (Outcome.FOREIGN, [Status.PENDING] * 2)
    assert "a transaction that was not made here took its nonce" in Stop.objects.get().reason


@pytest.mark.fault(29)
def test_a_block_that_leaves_the_chain_takes_nothing_with_it_but_time(studio: Studio) -> None:
    studio.turn()
    studio.desk.chain.mine()
    studio.turn()
    studio.gallery.folders.clear()  # as its state goes with the block
    studio.desk.chain.reorg(1)
    studio.desk.chain.mine()
    studio.turn()
    assert (studio.laid().status, studio.statuses()) == (TransactionStatus.SENT, [Status.PENDING] * 2)
    grow_old(studio.laid())
    studio.finish()
    studio.finish()
    studio.finish()
    studio.assert_done_once()


@pytest.mark.fault(24)
def test_it_waits_for_the_gas_ceiling_as_orders_do_and_is_replaced_under_it(studio: Studio) -> None:
    studio.desk.network.gas_ceiling = GWEI // 2
    studio.desk.network.save()
    studio.turn()
    assert Wallet.objects.get().waiting == Waiting.GAS
    studio.desk.network.gas_ceiling = 100 * GWEI
    studio.desk.network.save()
    studio.turn()
    studio.desk.chain.base_fee = 20 * GWEI
    grow_old(studio.laid())
    studio.turn()
    assert studio.laid().attempts.count() == 2
    studio.finish()
    studio.finish()
    studio.assert_done_once()


@pytest.mark.fault(33)
def test_it_waits_for_coin_as_orders_do(studio: Studio) -> None:
    studio.desk.chain.balances[studio.desk.wallet.address] = 1
    studio.turn()
    assert (Wallet.objects.get().waiting, Stop.objects.exists()) == (Waiting.FUNDS, False)


@pytest.mark.fault(18)
def test_a_node_that_fails_stops_no_group(studio: Studio) -> None:
    studio.desk.chain.fail(Http(503), on="eth_simulateV1")
    studio.turn()
    assert (Stop.objects.exists(), Transaction.objects.exists()) == (False, False)


@pytest.mark.parametrize("spec", [{"function": "setBaseURI(string"}, {"function": "setBaseURI(uint256)"}, {"to": None}])
def test_a_call_that_cannot_be_built_stops_its_group_and_no_other(studio: Studio, spec: dict[str, Any]) -> None:
    known = {**studio.piece.spec, **spec}
    Groundwork.objects.update(spec={name: value for name, value in known.items() if value})
    claim = make_claim(studio.desk.reward)
    studio.turn()
    assert Stop.objects.get().group == studio.collection.pk
    assert Order.objects.get(pk=claim.pk).status == Status.BUSY


def test_a_call_that_no_transaction_has_gas_for_stops_its_group(studio: Studio) -> None:
    studio.gallery.gas = 20_000_000
    studio.turn()
    assert "one transaction may use" in Stop.objects.get().reason


# -- what others do, and what dies in between ---------------------------------------------------------------------------------


def test_groundwork_that_is_planned_while_items_are_simulated_goes_first(committed_desk: Desk) -> None:
    collection = make_collection(wallet=committed_desk.wallet, contract=an_address())
    ModelGallery(committed_desk.chain, collection.contract)
    make_item(collection)
    plan = """INSERT INTO orders_groundwork (id, "group", work, wallet_id, spec, address, leaves)
              VALUES (gen_random_uuid(), %s, 'base_uri', %s, '{}', '', 0) ON CONFLICT DO NOTHING"""
    while_simulating(committed_desk, plan, collection.pk, committed_desk.wallet.pk)
    committed_desk.turn()
    assert (Order.objects.get().status, Attempt.objects.exists()) == (Status.PENDING, False)


def test_a_group_that_is_stopped_while_it_is_simulated_signs_no_groundwork(committed_studio: Studio) -> None:
    stop = """INSERT INTO orders_stop ("group", wallet_id, reason, "by") VALUES (%s, %s, 'wait', 'staff:ana')"""
    while_simulating(committed_studio.desk, stop, committed_studio.collection.pk, committed_studio.desk.wallet.pk)
    committed_studio.turn()
    assert not Attempt.objects.exists()


@pytest.mark.fault(3, 5, 6, 7, 8)
@pytest.mark.parametrize("point", [*WALK, *ENDS])
def test_killed_anywhere_it_is_done_once(committed_studio: Studio, point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    studio = committed_studio
    with monkeypatch.context() as patch:
        kill(patch, studio, point)
    studio.desk.reopen()
    for _ in range(4):
        for attempt in Attempt.objects.filter(transaction__status=TransactionStatus.SENT).select_related("transaction"):
            grow_old(attempt.transaction, 30)
        studio.finish()
    studio.assert_done_once()


def kill(patch: pytest.MonkeyPatch, studio: Studio, point: str) -> None:
    """Let the lane die at this point of the life of the groundwork's transaction."""

    def die(name: str) -> None:
        if name == point:
            raise Died

    if point in ("before_mined", *ENDS):
        studio.turn()
        studio.desk.chain.mine(1 if point == "before_mined" else 2)
    patch.setattr("chain.crash.point", die)
    with pytest.raises(Died):
        studio.turn()


# -- the audit, and a restored database ------------------------------------------------------------------------------------


def test_its_transaction_has_no_order_and_needs_none(studio: Studio) -> None:
    studio.finish()
    assert studio.found() == []


def test_an_order_that_was_signed_before_the_groundwork_is_found(studio: Studio) -> None:
    studio.turn()
    item = studio.items[0]
    bound = Move(item.pk, Status.PENDING, Status.BUSY, transaction=studio.laid().pk)
    assert move([bound], actor="lane") == {item.pk}
    assert studio.found() == [OrderCode.BOUND_TOO_EARLY]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with override_settings(JOURNAL_DIR=tmp_path):
        yield tmp_path


@pytest.mark.fault(39, 40)
@pytest.mark.parametrize("planned", [True, False])
def test_a_restored_database_finds_it_again(desk: Desk, folder: Path, *, planned: bool) -> None:
    """Whether or not the backup has heard of the piece."""
    studio = a_studio(desk)
    backup = Backup()
    studio.finish()
    studio.finish()
    studio.assert_done_once()
    backup.restore()
    assert not Groundwork.objects.get().transaction_id
    if not planned:
        erase(studio.piece)
    done = list(replay(list(journal.entries(folder))))
    assert {each.fate for each in done} == {Fate.RESTORED}
    desk.reopen()
    studio.finish()
    studio.assert_done_once()
