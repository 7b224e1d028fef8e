"""What the old front end reads in its own hashes of what became of its users' actions."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.db.models.functions import Now
from django.test import override_settings

from chain.models import Attempt, Transaction
from orders.models import Order
from orders.moves import Move, move
from orders.states import Reason, Status
from stakes.consumer import Consumer, drain
from stakes.models import Stake, StakingContract
from stakes.stream import Stream
from stakes.write_back import tell
from tests.admin.conftest import bind
from tests.factories import signed
from tests.front_end import FrontEnd
from tests.orders.conftest import Died, die_at

__all__ = ["die_at"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(front: FrontEnd, consumer: Consumer, staking: StakingContract) -> str:
    """The hash of an action that has become an order."""
    found = front.put(signed(staking))
    drain(consumer)
    return found


def sent() -> str:
    """The order is bound to a transaction that a node has; its hash."""
    order = Order.objects.get()
    transaction = bind(order)
    transaction.attempts.update(first_sent_at=Now())
    return transaction.attempts.get().hash


def signed_anew() -> str:
    """The same nonce with higher fees."""
    attempt = Attempt.objects.get()
    attempt.pk, attempt.hash = None, "0x" + "ee" * 32
    attempt.save(force_insert=True)
    return attempt.hash


def ended(status: Status, reason: Reason | None = None, fail_reason: str = "", mined: str = "") -> None:
    """The transaction is final, and this is what it means for the order."""
    order = Order.objects.get()
    assert order.transaction_id
    facts: dict[str, Any] = {
        "mined_hash": mined or Attempt.objects.earliest("pk").hash,
        "block_number": 9,
        "block_hash": "0x" + "bb" * 32,
    }
    Transaction.objects.update(status="mined", **facts)
    Transaction.objects.update(status="final", outcome="succeeded")
    done = Move(order.pk, Status.BUSY, status, reason, fail_reason=fail_reason, transaction=order.transaction_id)
    assert move([done], actor="lane")


def test_nothing_is_said_of_an_order_that_waits(front: FrontEnd, stream: Stream, key: str) -> None:
    before = front.shows(key)
    assert (tell(stream), front.shows(key)) == (0, before)


def test_a_hash_gets_its_transactions_hash_once_a_node_has_it(front: FrontEnd, stream: Stream, key: str) -> None:
    before = front.shows(key)
    bind(Order.objects.get())
    assert tell(stream) == 0  # signed, and no node has it
    Attempt.objects.update(first_sent_at=Now())
    assert tell(stream) == 1
    assert front.shows(key) == {**before, "transactionHash": Attempt.objects.get().hash, "failReason": ""}
    assert tell(stream) == 0


def test_the_hash_that_counts_is_the_latest_until_one_is_mined(front: FrontEnd, stream: Stream, key: str) -> None:
    first = sent()
    tell(stream)
    second = signed_anew()
    assert (tell(stream), front.shows(key)["transactionHash"]) == (1, second)
    Transaction.objects.update(status="mined", mined_hash=first, block_number=9, block_hash="0x" + "bb" * 32)
    assert (tell(stream), front.shows(key)["transactionHash"]) == (1, first)


def test_a_hash_is_removed_when_its_order_is_completed(front: FrontEnd, stream: Stream, key: str) -> None:
    sent()
    ended(Status.COMPLETED)
    assert (tell(stream), front.shows(key), tell(stream)) == (1, {}, 0)


def test_unless_it_is_to_be_kept(front: FrontEnd, stream: Stream, key: str) -> None:
    hash_ = sent()
    ended(Status.COMPLETED)
    with override_settings(STAKING=replace(settings.STAKING, removes_done=False)):
        assert (tell(stream), front.shows(key)["transactionHash"], tell(stream)) == (1, hash_, 0)


def test_what_failed_is_kept_and_says_why(front: FrontEnd, stream: Stream, key: str) -> None:
    sent()
    ended(Status.FAILED, Reason.REVERTED, "ERROR:SMH-001:SIGNATURE_USED")
    assert (tell(stream), front.shows(key)["failReason"]) == (1, "ERROR:SMH-001:SIGNATURE_USED")
    assert tell(stream) == 0


def test_what_failed_before_it_was_sent_says_why_too(front: FrontEnd, stream: Stream, key: str) -> None:
    order = Order.objects.get()
    move([Move(order.pk, Status.PENDING, Status.FAILED, Reason.SIMULATION_REVERTED, fail_reason="no tokens")], actor="lane")
    assert (tell(stream), front.shows(key)["failReason"], tell(stream)) == (1, "no tokens", 0)


@pytest.mark.fault(42)
def test_a_hash_that_is_gone_is_not_made_anew(front: FrontEnd, stream: Stream, key: str) -> None:
    sent()
    front.redis.flushall()
    assert (tell(stream), front.shows(key)) == (1, {})


@pytest.mark.fault(11)
def test_killed_before_it_was_noted_it_is_said_again(
    front: FrontEnd, stream: Stream, key: str, die_at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    hash_ = sent()
    die_at("telling")
    with pytest.raises(Died):
        tell(stream)
    monkeypatch.undo()
    assert front.shows(key)["transactionHash"] == hash_
    assert (tell(stream), tell(stream)) == (1, 0)


def test_the_loop_tells_by_itself(front: FrontEnd, consumer: Consumer, key: str) -> None:
    hash_ = sent()
    drain(consumer)
    assert front.shows(key)["transactionHash"] == hash_


def test_both_hashes_of_an_action_that_was_sent_twice_are_told(
    front: FrontEnd, consumer: Consumer, staking: StakingContract, key: str
) -> None:
    other = front.put(Stake.objects.get(), "again")
    drain(consumer)
    sent()
    assert (tell(consumer.stream), front.shows(key)["transactionHash"]) == (2, front.shows(other)["transactionHash"])
