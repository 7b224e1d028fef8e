"""Holding a lane, signing ahead, sending, and sending again."""

from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from django.db.models.functions import Now
from django.db.transaction import atomic, set_rollback
from django.test import override_settings

from chain import decisions
from chain.errors import LaneLost, RpcUnavailable, SendAnswer, WrongChain
from chain.evm.node import Node
from chain.fees import AboveCeiling
from chain.lane import Lane
from chain.locks import lock_connection, lock_key
from chain.models import Attempt, Network, Transaction, Wallet
from chain.states import TransactionStatus, Waiting, WalletStatus
from tests.chain.rpc_server import Http, Refuse
from tests.factories import make_network, make_wallet
from tests.lanes import grow_old, observe, opened, pay, recover, sign
from tests.model_chain import ModelChain
from tests.orders.at_once import DEADLINE, at_once, lock_awaited, until


def status_of(transaction: Transaction) -> str:
    return Transaction.objects.get(pk=transaction.pk).status


# -- lock and fence --------------------------------------------------------------------------------------------


def test_a_second_opener_gets_nothing(lane: Lane) -> None:
    assert Lane.open(lane.wallet.pk) is None


def test_a_closed_lane_can_be_opened_again(lane: Lane) -> None:
    lane.__exit__()
    with opened(lane.wallet) as second:
        assert second.fence == lane.fence + 1


@pytest.mark.fault(38)
def test_the_death_of_the_holders_connection_frees_the_lane(lane: Lane) -> None:
    with lock_connection() as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [lane.lock.info.backend_pid])
    with opened(lane.wallet) as second:
        assert second.fence == lane.fence + 1


def test_a_holder_without_its_lock_sends_nothing(lane: Lane, model: ModelChain) -> None:
    ready = sign(lane)
    lane.lock.close()
    with pytest.raises(LaneLost):
        lane.send(ready)
    assert model.received == []


def test_an_opener_that_fails_gives_the_lock_back(db: None) -> None:
    nobody = uuid4()
    with pytest.raises(Wallet.DoesNotExist) as kept:  # with the frames of the failure, as whoever logs it may keep it
        Lane.open(nobody)
    with lock_connection() as other:
        assert other.execute("SELECT pg_try_advisory_lock(%s)", [lock_key(nobody)]).fetchone() == (True,)
    del kept


def test_the_lock_is_not_taken_on_the_connection_of_the_orders(lane: Lane) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock_key(lane.wallet.pk)])
        assert cursor.fetchone() == (False,)


def test_a_holder_whose_fence_moved_on_signs_nothing(lane: Lane) -> None:
    Wallet.objects.update(fence=lane.fence + 1)
    with pytest.raises(LaneLost), lane.writing():
        pytest.fail("must not come here")


def test_no_fence_is_raised_while_its_holder_writes(lane: Lane, transactional_db: None) -> None:
    with lane.writing(), lock_connection() as other, pytest.raises(psycopg.errors.LockNotAvailable):
        other.execute("SELECT FROM chain_wallet FOR NO KEY UPDATE NOWAIT")


def test_two_openers_at_once_never_have_the_same_fence(lane: Lane, transactional_db: None) -> None:
    """As when one of them has lost the lock and does not know it yet."""
    lane.lock.close()
    with lock_connection() as first, at_once(fence_of_a_new_holder, lane.wallet) as second:
        first.execute("BEGIN")
        first.execute("UPDATE chain_wallet SET fence = fence + 1")
        until(lock_awaited)
        first.execute("COMMIT")
        assert second.result(DEADLINE) == lane.fence + 2


def fence_of_a_new_holder(wallet: Wallet) -> int:
    with opened(wallet) as lane:
        return lane.fence


def test_a_holder_whose_fence_moved_on_notes_nothing(lane: Lane) -> None:
    ready = sign(lane)
    Wallet.objects.update(fence=lane.fence + 1)
    with pytest.raises(LaneLost):
        lane.send(ready)
    assert Attempt.objects.get().answer == ""
    assert status_of(ready[0].transaction) == TransactionStatus.SIGNED


def test_a_holder_whose_fence_moved_on_says_nothing_on_the_wallet(lane: Lane) -> None:
    Wallet.objects.update(fence=lane.fence + 1)
    lane.wait(Waiting.GAS, "too dear")
    assert Wallet.objects.get().waiting == ""


# -- signing ---------------------------------------------------------------------------------------------------


@pytest.mark.fault(40)
def test_a_wallet_begins_at_nonce_0_whatever_its_address_has_done(model: ModelChain, db: None) -> None:
    """Its past may be ours, in a database that has forgotten it."""
    wallet = make_wallet(network=make_network(rpc_urls=model.url, chain_id=model.chain_id))
    model.steal_nonce(wallet.address)
    with opened(wallet) as lane:
        lane.look()
    wallet.refresh_from_db()
    assert (wallet.next_nonce, wallet.status) == (0, WalletStatus.QUARANTINED)


def test_nonces_follow_one_another(lane: Lane) -> None:
    sign(lane, 2)
    sign(lane)
    assert list(Transaction.objects.order_by("nonce").values_list("nonce", flat=True)) == [0, 1, 2]
    assert Wallet.objects.get().next_nonce == 3


def test_no_higher_tip_is_offered_than_the_environment_allows(lane: Lane) -> None:
    free = lane.quote(lane.look())
    with override_settings(MAX_PRIORITY_FEE_PER_GAS=1):
        assert lane.quote(lane.look()).tip == 1 < free.tip


def test_signing_sends_nothing(lane: Lane, model: ModelChain) -> None:
    sign(lane)
    assert model.received == []


def test_a_failed_commit_gives_the_nonce_back(lane: Lane) -> None:
    with atomic():
        sign(lane)
        set_rollback(True)
    assert Wallet.objects.get().next_nonce == 0
    assert not Transaction.objects.exists()


# -- sending ---------------------------------------------------------------------------------------------------


def test_what_a_node_took_is_sent(lane: Lane) -> None:
    (transaction,) = pay(lane)
    attempt = transaction.attempts.get()
    assert status_of(transaction) == TransactionStatus.SENT
    assert (attempt.answer, attempt.first_sent_at is None) == (SendAnswer.ACCEPTED, False)


@pytest.mark.fault(15)
def test_a_lost_answer_counts_as_sent(lane: Lane, model: ModelChain) -> None:
    model.lose_answer()
    (transaction,) = pay(lane)
    assert transaction.attempts.get().answer == SendAnswer.UNKNOWN
    assert status_of(transaction) == TransactionStatus.SENT


def test_after_a_lost_answer_the_next_one_is_not_sent(lane: Lane, model: ModelChain) -> None:
    model.lose_answer()
    _, second = pay(lane, 2)
    assert len(model.received) == 1
    assert status_of(second) == TransactionStatus.SIGNED


@pytest.mark.parametrize(
    ("words", "waiting"),
    [
        ("insufficient funds for gas * price + value", Waiting.FUNDS),
        ("transaction underpriced", Waiting.GAS),
        ("txpool is full", Waiting.NODE),
        ("nonce too high", Waiting.NODE),
        ("intrinsic gas too low", Waiting.NODE),
    ],
)
def test_a_refusal_keeps_the_bytes_and_tells_staff(lane: Lane, model: ModelChain, words: str, waiting: Waiting) -> None:
    model.lie("eth_sendRawTransaction", Refuse(-32000, words))
    (transaction,) = pay(lane)
    assert status_of(transaction) == TransactionStatus.SIGNED
    assert (Wallet.objects.get().waiting, Wallet.objects.get().waiting_detail) == (waiting, words)


@pytest.mark.fault(17)
def test_a_strange_hash_is_reported_and_not_believed(lane: Lane, model: ModelChain, caplog: pytest.LogCaptureFixture) -> None:
    model.lie("eth_sendRawTransaction", "0x" + "11" * 32)
    (transaction,) = pay(lane)
    assert "node_answered_with_a_strange_hash" in caplog.text
    attempt = transaction.attempts.get()
    assert (attempt.hash == "0x" + "11" * 32, attempt.answer) == (False, SendAnswer.UNKNOWN)


# -- recovering ------------------------------------------------------------------------------------------------


@pytest.mark.fault(5)
def test_bytes_that_were_signed_and_never_sent_go_out_as_they_are(lane: Lane, model: ModelChain) -> None:
    (ready,) = sign(lane)
    recover(lane)
    assert model.received == [ready.attempt.raw]
    assert status_of(ready.transaction) == TransactionStatus.SENT


@pytest.mark.fault(6, 7)
def test_the_crash_between_sending_and_noting_it_is_harmless(lane: Lane, model: ModelChain) -> None:
    (ready,) = sign(lane)
    Node([model.url], model.chain_id).send(bytes(ready.attempt.raw))
    recover(lane)
    assert Attempt.objects.get().answer == SendAnswer.KNOWN
    assert status_of(ready.transaction) == TransactionStatus.SENT


def test_the_next_holder_sends_what_the_last_one_signed(lane: Lane, model: ModelChain) -> None:
    (ready,) = sign(lane)
    lane.__exit__()
    with opened(lane.wallet) as second:
        recover(second)
    assert model.received == [ready.attempt.raw]


def test_what_was_sent_a_moment_ago_is_left_alone(lane: Lane, model: ModelChain) -> None:
    pay(lane)
    recover(lane)
    assert len(model.received) == 1


@pytest.mark.fault(23)
def test_what_nodes_may_have_forgotten_is_sent_again(lane: Lane, model: ModelChain) -> None:
    (transaction,) = pay(lane)
    model.drop(transaction.attempts.get().hash)
    grow_old(transaction)
    recover(lane)
    assert model.received[0] == model.received[1]
    assert len(model.pool) == 1


def test_the_lowest_nonce_goes_first(lane: Lane, model: ModelChain) -> None:
    ready = sign(lane, 3)
    recover(lane)
    assert model.received == [item.attempt.raw for item in ready]


# -- not sending at all ------------------------------------------------------------------------------------------


def test_a_nonce_spent_elsewhere_quarantines_the_wallet(lane: Lane, model: ModelChain) -> None:
    model.steal_nonce(lane.wallet.address)
    lane.look()
    wallet = Wallet.objects.get()
    assert (wallet.status, wallet.status_by) == (WalletStatus.QUARANTINED, "lane")
    assert "nonce 0" in wallet.status_reason


def test_a_quarantined_wallet_sends_nothing(lane: Lane, model: ModelChain) -> None:
    ready = sign(lane)
    model.steal_nonce(lane.wallet.address)
    model.steal_nonce(lane.wallet.address)
    lane.look()
    lane.send(ready)
    assert model.received == []


def test_the_first_reason_for_a_quarantine_stays(lane: Lane, model: ModelChain) -> None:
    for _ in range(2):
        model.steal_nonce(lane.wallet.address)
        lane.look()
    assert "nonce 0" in Wallet.objects.get().status_reason


def test_a_dead_node_rests_its_network_and_is_named_on_the_wallet(lane: Lane, model: ModelChain) -> None:
    model.fail(Http(503))
    with pytest.raises(RpcUnavailable) as caught:
        lane.look()
    lane.rest(caught.value)
    wallet = Wallet.objects.select_related("network").get()
    assert wallet.waiting == Waiting.RPC
    assert wallet.network.rests_until is not None


@pytest.mark.fault(21)
def test_a_node_of_another_chain_is_not_asked_further(lane: Lane, model: ModelChain) -> None:
    model.lie("eth_chainId", "0x1")
    with pytest.raises(WrongChain):
        lane.look()


def test_waiting_keeps_its_beginning_while_the_cause_stays(lane: Lane) -> None:
    lane.wait(Waiting.GAS, "71 gwei")
    since = Wallet.objects.get().waiting_since
    lane.wait(Waiting.GAS, "72 gwei")
    assert (Wallet.objects.get().waiting_since, Wallet.objects.get().waiting_detail) == (since, "72 gwei")


def test_waiting_ends(lane: Lane) -> None:
    lane.wait(Waiting.GAS, "71 gwei")
    lane.wait(None)
    assert (Wallet.objects.get().waiting, Wallet.objects.get().waiting_since) == ("", None)


# -- room --------------------------------------------------------------------------------------------------------


def room(lane: Lane) -> int:
    return decisions.room(lane.transactions(), lane.wallet.max_in_flight)


def test_room_shrinks_with_what_is_in_flight_and_grows_with_what_is_mined(lane: Lane, model: ModelChain) -> None:
    pay(lane, 3)
    assert room(lane) == 13
    model.mine()
    observe(lane)
    assert room(lane) == 16


def test_a_refused_transaction_is_known_as_such_until_a_node_takes_it(lane: Lane, model: ModelChain) -> None:
    model.lie("eth_sendRawTransaction", Refuse(-32000, "txpool is full"))
    pay(lane)
    assert decisions.refused(lane.transactions())
    model.honest()
    recover(lane)
    assert not decisions.refused(lane.transactions())


@pytest.mark.fault(38)
def test_an_unreachable_database_ends_the_lane(lane: Lane) -> None:
    lane.lock.close()
    with pytest.raises(LaneLost) as caught:
        lane.check_held()
    assert isinstance(caught.value.__cause__, psycopg.Error)


def test_a_node_that_answers_ends_its_networks_rest(lane: Lane) -> None:
    Network.objects.update(rests_until=Now())
    lane.network.refresh_from_db()
    lane.look()
    assert Network.objects.get().rests_until is None


def test_a_ceiling_that_staff_lower_holds_from_the_next_look(lane: Lane) -> None:
    """A warm lane is held for minutes."""
    Network.objects.update(gas_ceiling=1)
    with pytest.raises(AboveCeiling):
        lane.quote(lane.look())
