"""The lane's decisions: pure functions of facts, so no chain is needed."""

from datetime import timedelta

import pytest

from chain import decisions
from chain.errors import SendAnswer
from chain.evm.answers import Receipt, Snapshot
from chain.fees import FeeKind, Market
from chain.models import Attempt, Network, Transaction
from chain.states import AttemptKind, Outcome, TransactionStatus

GWEI = 10**9
MARKET = Market(base_fee=10 * GWEI, tip=GWEI, gas_price=11 * GWEI)


def snapshot(*, head: int = 100, finalized: int | None = None) -> Snapshot:
    return Snapshot(head, "0x", 0, 30_000_000, finalized, 0, 0, MARKET)


def receipt(block: int = 100, *, succeeded: bool = True) -> Receipt:
    return Receipt("0x01", block, "0x02", succeeded, 21_000, GWEI, "", None, ())


def attempt(max_fee: int = 21, tip: int = 1, kind: AttemptKind = AttemptKind.ORIGINAL) -> Attempt:
    return Attempt(kind=kind, fee_kind=FeeKind.EIP1559, max_fee=max_fee * GWEI, tip=tip * GWEI)


@pytest.mark.parametrize(("block", "final"), [(100, False), (99, False), (98, True), (1, True)])
def test_depth_counts_the_transactions_own_block(block: int, final: bool) -> None:
    assert decisions.is_final(receipt(block), snapshot(), Network(confirmations=3)) is final


@pytest.mark.parametrize(("finalized", "final"), [(None, False), (97, False), (98, True), (99, True)])
def test_where_there_is_real_finality_it_alone_counts(finalized: int | None, final: bool) -> None:
    network = Network(uses_finalized_tag=True, confirmations=1)
    assert decisions.is_final(receipt(98), snapshot(finalized=finalized), network) is final


@pytest.mark.parametrize(
    ("kind", "succeeded", "outcome"),
    [
        (AttemptKind.ORIGINAL, True, Outcome.SUCCEEDED),
        (AttemptKind.ORIGINAL, False, Outcome.REVERTED),
        (AttemptKind.BUMP, True, Outcome.SUCCEEDED),
        (AttemptKind.BUMP, False, Outcome.REVERTED),
        (AttemptKind.CANCEL, True, Outcome.CANCELLED),
        (AttemptKind.CANCEL, False, Outcome.CANCELLED),
    ],
)
def test_what_mined_decides_the_outcome(kind: AttemptKind, succeeded: bool, outcome: Outcome) -> None:
    assert decisions.outcome_of(attempt(kind=kind), receipt(succeeded=succeeded)) == outcome


@pytest.mark.parametrize(("in_flight", "room"), [(0, 4), (3, 1), (4, 0), (5, 0)])
def test_room_is_what_the_limit_leaves(in_flight: int, room: int) -> None:
    sent = [Transaction(status=TransactionStatus.SENT)] * in_flight
    mined = [Transaction(status=TransactionStatus.MINED)] * 9
    assert decisions.room([*sent, *mined], 4) == room


def test_strict_mode_has_room_for_one() -> None:
    assert decisions.room([], 1) == 1
    assert decisions.room([Transaction(status=TransactionStatus.SENT)], 1) == 0


@pytest.mark.parametrize(
    ("status", "silent_for", "due"),
    [
        (TransactionStatus.SIGNED, None, True),
        (TransactionStatus.SENT, None, True),
        (TransactionStatus.SENT, timedelta(seconds=19), False),
        (TransactionStatus.SENT, timedelta(seconds=21), True),
        (TransactionStatus.MINED, timedelta(hours=1), False),
    ],
)
def test_what_is_broadcast_again(status: TransactionStatus, silent_for: timedelta | None, due: bool) -> None:
    assert decisions.needs_broadcast(Transaction(status=status), silent_for) is due


@pytest.mark.parametrize(
    ("max_fee", "tip", "seconds", "due"),
    [
        (9, 1, 59, False),  # too cheap, but young
        (9, 1, 60, True),  # under base fee and tip
        (21, 0, 60, True),  # under the tip
        (21, 1, 60, False),  # pays enough
        (21, 1, 301, True),  # pays enough, and waits all the same
    ],
)
def test_when_fees_are_raised(max_fee: int, tip: int, seconds: int, due: bool) -> None:
    age = timedelta(seconds=seconds)
    assert decisions.needs_bump(attempt(max_fee, tip), age, MARKET, Network(bump_after=60)) is due


def test_an_attempt_of_unknown_age_is_left_alone() -> None:
    assert not decisions.needs_bump(attempt(1, 0), None, MARKET, Network(bump_after=0))


def test_no_answer_says_both_taken_and_refused() -> None:
    assert not decisions.ACCEPTED & decisions.REFUSED


@pytest.mark.parametrize("answer", [SendAnswer.UNKNOWN, SendAnswer.NONCE_LOW, SendAnswer.REVERTED])
def test_a_doubtful_answer_counts_as_possibly_sent(answer: SendAnswer) -> None:
    assert answer not in decisions.REFUSED


def test_nonce_order_is_by_number() -> None:
    mixed = [Transaction(nonce=10), Transaction(nonce=9), Transaction(nonce=11)]
    assert [t.nonce for t in decisions.in_nonce_order(mixed)] == [9, 10, 11]


def test_what_a_node_refused_as_too_cheap_is_bumped_without_patience() -> None:
    refused = attempt(1, 0)
    refused.answer = SendAnswer.UNDERPRICED
    assert decisions.needs_bump(refused, timedelta(0), MARKET, Network(bump_after=60))
