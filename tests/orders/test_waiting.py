"""Why an order is not moving, in one sentence for each cause."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from chain.models import Network, Transaction, Wallet
from chain.states import TransactionStatus, Waiting, WalletStatus
from orders import waiting
from orders.models import Order, Stop
from orders.states import Reason, Status
from orders.waiting import Facts, explain
from tests.factories import CONTRACT, make_claim, make_reward, make_withdrawal
from tests.orders.test_guards import make_order

TEN_O_TWO = timezone.now().replace(hour=10, minute=2)


def facts(
    status: Status, *, wallet: dict[str, Any] | None = None, transaction: Transaction | None = None, stop: Stop | None = None,
    ahead: int = 0, **order: Any,
) -> Facts:  # fmt: skip
    owner = Wallet(name="minter", network=Network(name="Base"), **(wallet or {}))
    return Facts(Order(status=status, **order), owner, transaction, stop, ahead)


def since(**values: Any) -> dict[str, Any]:
    return {"waiting_since": TEN_O_TWO, "status_since": TEN_O_TWO, **values}


@pytest.mark.parametrize(
    ("wallet", "words"),
    [
        ({}, "Next in line on wallet minter."),
        (
            since(waiting=Waiting.GAS, waiting_detail="Gas costs 71 gwei, over the ceiling of 50 gwei."),
            "Gas is too dear since 10:02: Gas costs 71 gwei, over the ceiling of 50 gwei.",
        ),
        (since(waiting=Waiting.FUNDS, waiting_detail="5 wei"), "Wallet minter is short of money since 10:02: 5 wei."),
        (since(waiting=Waiting.RPC), "No node of Base answers since 10:02."),
        (since(waiting=Waiting.SIGNER, waiting_detail="no"), "The key of wallet minter cannot be used since 10:02: no."),
        (since(waiting=Waiting.NODE, waiting_detail="full"), "The node refuses the transaction since 10:02: full."),
        (
            since(status=WalletStatus.PAUSED, status_by="staff:ana", status_reason="audit"),
            "Wallet minter was paused at 10:02 by ana: audit",
        ),
        ({"status": WalletStatus.QUARANTINED, "status_reason": "Nonce 7."}, "Wallet minter is quarantined: Nonce 7."),
    ],
)
def test_a_pending_order_waits_for_its_wallet(wallet: dict[str, Any], words: str) -> None:
    assert explain(facts(Status.PENDING, wallet=wallet)) == words


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (1, "Behind 1 order on wallet minter."),
        (43, "Behind 43 orders on wallet minter."),
        (1000, "Behind more than 1000 orders on wallet minter."),
    ],
)
def test_a_pending_order_waits_behind_others(ahead: int, words: str) -> None:
    assert explain(facts(Status.PENDING, ahead=ahead)) == words


def test_a_stop_comes_before_all_else() -> None:
    stop = Stop(reason="Only owner", since=TEN_O_TWO, by="lane")
    told = explain(facts(Status.PENDING, stop=stop, ahead=9))
    assert told == "Everything of this kind is stopped since 10:02 by lane: Only owner"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason.STAFF, "Held by ana."),
        (Reason.NOT_RELEASED, "Stored, and waits to be released."),
        (Reason.TRANSACTION_CANCELLED, "Its transaction was cancelled and paid nothing; staff decide how it goes on."),
        (Reason.FOREIGN, "A transaction that was not made here took its nonce; staff must look before anything is sent again."),
        (Reason.REVIEW, "Its evidence conflicts; staff must look at it."),
    ],
)
def test_a_held_order_says_what_it_waits_for(reason: Reason, words: str) -> None:
    assert explain(facts(Status.HELD, reason=reason, held_by="staff:ana")) == words


def test_a_hold_may_have_an_end() -> None:
    order: dict[str, Any] = {"reason": Reason.STAFF, "held_by": "client:shop", "held_until": TEN_O_TWO}
    assert explain(facts(Status.HELD, **order)) == "Held by shop until 10:02."


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (TransactionStatus.SIGNED, "Signed with nonce 7, about to be sent."),
        (TransactionStatus.SENT, "Sent with nonce 7 at 10:02; waits for a block."),
        (TransactionStatus.MINED, "In block 12; waits until that block is final."),
    ],
)
def test_a_busy_order_tells_how_far_its_transaction_is(status: TransactionStatus, words: str) -> None:
    transaction = Transaction(status=status, nonce=7, to=CONTRACT, block_number=12, created=TEN_O_TWO)
    assert explain(facts(Status.BUSY, transaction=transaction)) == words


@pytest.mark.parametrize(
    ("wallet", "words"),
    [
        ({"status": WalletStatus.QUARANTINED, "status_reason": "Nonce 7."}, "Wallet minter is quarantined: Nonce 7."),
        (since(waiting=Waiting.RPC), "Signed with nonce 7. No node of Base answers since 10:02."),
    ],
)
def test_a_busy_order_waits_with_its_wallet(wallet: dict[str, Any], words: str) -> None:
    transaction = Transaction(status=TransactionStatus.SENT, nonce=7, to=CONTRACT)
    assert explain(facts(Status.BUSY, wallet=wallet, transaction=transaction)) == words


def test_another_days_time_has_its_date() -> None:
    assert waiting.clock(datetime(2020, 2, 3, 4, 5, tzinfo=UTC)) == "03 Feb 04:05"
    assert waiting.clock(None) == "an unknown time"


@pytest.mark.django_db
@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED, Status.CANCELLED])
def test_what_has_ended_waits_for_nothing(status: Status) -> None:
    assert waiting.sentence(make_order(status)) == ""


def places(orders: list[Order]) -> list[str]:
    told = waiting.sentences(orders)
    return [told[order.pk].split(" on ")[0] for order in orders]


@pytest.mark.django_db
def test_older_pending_orders_of_the_same_wallet_are_counted() -> None:
    reward = make_reward()
    claims = [make_claim(reward) for _ in range(3)]
    make_withdrawal()
    make_claim(reward, order_status=Status.HELD, order_reason=Reason.STAFF, order_created=timezone.now() - timedelta(days=1))
    assert places([claim.order for claim in claims]) == ["Next in line", "Behind 1 order", "Behind 2 orders"]


@pytest.mark.django_db
def test_orders_made_in_one_moment_stand_in_the_order_of_their_ids() -> None:
    reward, now = make_reward(), timezone.now()
    orders = sorted((make_claim(reward, order_created=now).order for _ in range(3)), key=lambda order: order.id)
    assert places(orders) == ["Next in line", "Behind 1 order", "Behind 2 orders"]


@pytest.mark.django_db
def test_sentences_come_for_many_orders() -> None:
    reward = make_reward()
    orders = [make_claim(reward).order for _ in range(2)]
    assert list(waiting.sentences(orders)) == [order.pk for order in orders]
