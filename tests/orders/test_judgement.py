"""May it go again? Each judgement from its facts; and what people are told."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from chain.errors import ChainError, RpcError, RpcUnavailable, WrongChain
from chain.evm.answers import Receipt
from chain.forwarder import Life
from chain.models import Attempt, Transaction
from chain.requests import ForwardRequest
from chain.states import AttemptKind, Outcome, TransactionStatus
from chain.witnesses import Course, Fate, Statement
from orders.gate.evidence import evidence, request_words
from orders.gate.judgement import FOR_PEOPLE, Asked, Bound, Cause, Facts, Finding, Safety, Word, decide
from orders.payments import Payment, Step
from orders.queue import Verdict
from orders.states import Status
from tests.factories import CONTRACT, an_address

ME = an_address()
HASH, STRANGE = "0x" + "ab" * 32, "0x" + "cd" * 32
STATEMENT = Statement(head=100, final=90, spent=5, nonce=5, receipts={})
WORD = Word(STATEMENT, since=10)
RECEIPT = Receipt(HASH, 50, "0x" + "22" * 32, True, 21_000, 1, ME, CONTRACT, ())
PAYMENT = Payment(Step.PAID, CONTRACT, STRANGE, 60, ME, 1, 7, 0)


def facts(*bound: Bound, **over: Any) -> Facts:
    return replace(Facts(3, ME, [WORD, WORD], list(bound)), **over)


def bound(course: Course = Course.LANDED, says: Status | None = None, receipt: Receipt = RECEIPT, **over: Any) -> Bound:
    """Bound to nonce 4, which came to that; `over` goes to the transaction."""
    attempt = Attempt(hash=HASH, kind=over.pop("kind", AttemptKind.ORIGINAL))
    fate = Fate(course, attempt, receipt) if course == Course.LANDED else Fate(course)
    verdict = Verdict(uuid4(), says) if says else None
    return Bound(Transaction(nonce=4, status=TransactionStatus.SENT, **over), [attempt], fate, verdict, [2] if says else ())


def judged(found: Facts) -> tuple[Safety, Cause | None]:
    finding = decide(found)
    return finding.verdict, finding.cause


REVERTED = bound(receipt=replace(RECEIPT, succeeded=False))
CANCELLED = bound(kind=AttemptKind.CANCEL)


@pytest.mark.parametrize(
    "found",
    [facts(), facts(REVERTED), facts(CANCELLED), facts(bound(says=Status.FAILED)), facts(bound(says=Status.PENDING), REVERTED)],
)
def test_what_is_spent_and_did_not_pay_it_is_safe(found: Facts) -> None:
    assert judged(found) == (Safety.SAFE, None)


@pytest.mark.parametrize(
    ("found", "cause"),
    [
        (facts(nodes=[]), Cause.NO_ANSWER),
        (facts(REVERTED, nodes=[WORD, RpcUnavailable()]), Cause.NO_ANSWER),
        (facts(nodes=[WORD, replace(WORD, statement=replace(STATEMENT, head=89))]), Cause.NODE_BEHIND),
        (facts(bound(Course.DISPUTED)), Cause.NODES_DISAGREE),
        (facts(bound(Course.FOREIGN)), Cause.FOREIGN),
        (facts(bound(says=Status.HELD)), Cause.REVIEW),
        (facts(payments=[(PAYMENT, False)]), Cause.STRANGE_PAYMENT),
        (facts(deciding="claimed(address)", nodes=[replace(WORD, answers={"claimed(address)": 1})]), Cause.SAID_PAID),
        (facts(deciding="claimed(address)", nodes=[replace(WORD, answers={"claimed(address)": None})]), Cause.NO_ANSWER),
    ],
)
def test_what_is_not_certain_is_for_a_person(found: Facts, cause: Cause) -> None:
    assert judged(found) == (Safety.UNSURE, cause)


def test_other_payments_to_the_same_recipient_do_not_matter() -> None:
    assert judged(facts(REVERTED, payments=[(PAYMENT, True)])) == (Safety.SAFE, None)


def test_a_view_that_says_no_and_a_balance_that_says_nothing_do_not_matter() -> None:
    word = replace(WORD, answers={"owned": 12, "claimed(address)": 0})
    assert judged(facts(deciding="claimed(address)", nodes=[word])) == (Safety.SAFE, None)


def test_one_that_paid_it_decides_whatever_the_others_came_to() -> None:
    paid = bound(says=Status.COMPLETED)
    finding = decide(facts(bound(Course.OPEN), bound(Course.FOREIGN), paid))
    assert (finding.verdict, finding.by) == (Safety.PAID, paid)
    assert finding.sentence == f"Transaction {HASH} in block 50 has paid it."


def test_but_not_while_a_node_is_silent() -> None:
    assert judged(facts(bound(says=Status.COMPLETED), nodes=[WORD, RpcUnavailable()])) == (Safety.UNSURE, Cause.NO_ANSWER)


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({}, "Have it cancelled"),
        ({"cancel_asked_by": "staff:ana"}, "asked for already"),
        ({"status": TransactionStatus.FINAL, "outcome": Outcome.REVERTED}, "a person must look"),
    ],
)
def test_a_nonce_that_is_open_must_be_spent_first(over: dict[str, Any], words: str) -> None:
    transaction = Transaction(nonce=4, **{"status": TransactionStatus.SENT, **over})
    finding = decide(facts(REVERTED, replace(bound(Course.OPEN), transaction=transaction)))
    assert finding.verdict == Safety.MUST_SPEND_NONCE
    assert "nonce 4 may still be mined" in finding.sentence
    assert words in finding.sentence


def test_nobody_answers_for_what_nodes_do_not_say() -> None:
    assert not FOR_PEOPLE & {Cause.NO_ANSWER, Cause.NODE_BEHIND, Cause.NODES_DISAGREE}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RpcUnavailable("https://secret"), "does not answer"),
        (RpcError("https://secret"), "refuses"),
        (WrongChain(1, 2), "another chain"),
    ],
)
def test_a_node_is_named_by_its_place_only(error: ChainError, words: str) -> None:
    found = facts(nodes=[WORD, error])
    finding = decide(found)
    assert finding.sentence.startswith("Node 2 of 2 ")
    assert words in finding.sentence
    assert "secret" not in str(evidence(found, finding))


def test_a_step_that_was_made_is_handed_on() -> None:
    made = bound(says=Status.PENDING)
    assert decide(facts(made)).by == made


def asked(*lives: Life, ours: bool = False) -> Asked:
    """A request that was signed for it, with nonce 7, as each node sees it."""
    return Asked(ForwardRequest(nonce=7, deadline=1_900_000_000), lives, ours)


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (asked(Life.DEAD, Life.DEAD), (Safety.SAFE, None)),
        (asked(Life.USED, Life.USED, ours=True), (Safety.SAFE, None)),
        (asked(Life.ALIVE, Life.ALIVE), (Safety.MUST_SPEND_NONCE, None)),
        (asked(Life.DEAD, Life.ALIVE), (Safety.MUST_SPEND_NONCE, None)),
        (asked(Life.USED, Life.ALIVE, ours=True), (Safety.MUST_SPEND_NONCE, None)),
        (asked(Life.USED, Life.USED), (Safety.UNSURE, Cause.FOREIGN)),
        (asked(Life.DEAD, Life.USED), (Safety.UNSURE, Cause.FOREIGN)),
    ],
    ids=lambda value: " ".join(value.lives) if isinstance(value, Asked) else None,
)
def test_a_signed_request_must_be_dead_or_used_by_us(one: Asked, verdict: tuple[Safety, Cause | None]) -> None:
    assert judged(facts(REVERTED, requests=[one])) == verdict


def test_nobody_may_answer_for_a_request_that_is_alive_whatever_else_conflicts() -> None:
    found = facts(REVERTED, requests=[asked(Life.ALIVE)], payments=[(PAYMENT, False)])
    assert judged(found) == (Safety.MUST_SPEND_NONCE, None)
    assert "may be executed until" in decide(found).sentence


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (asked(Life.DEAD), "nobody had it executed"),
        (asked(Life.ALIVE), "anybody may still"),
        (asked(Life.USED, ours=True), "used by a transaction of ours"),
        (asked(Life.USED), "not made here"),
    ],
    ids=lambda value: " ".join(value.lives) if isinstance(value, Asked) else None,
)
def test_the_evidence_says_what_a_request_can_still_do(one: Asked, words: str) -> None:
    (row,) = shown(facts(requests=[one]))["requests"]
    assert (row["nonce"], row["deadline"]) == (7, 1_900_000_000)
    assert words in request_words(row)


def shown(found: Facts) -> dict[str, Any]:
    return evidence(found, decide(found))


def test_the_evidence_has_each_attempts_receipt_by_each_node() -> None:
    knows = replace(WORD, statement=replace(STATEMENT, receipts={HASH: RECEIPT}))
    (transaction,) = shown(facts(bound(Course.DISPUTED), nodes=[knows, WORD]))["transactions"]
    assert (transaction["nonce"], transaction["nonce_spent"], transaction["came_to"]) == (4, None, "")
    assert transaction["attempts"] == [
        {"hash": HASH, "kind": "original", "receipts": [{"block": 50, "succeeded": True, "final": True}, None]}
    ]


def test_the_evidence_of_a_payment_names_hash_block_and_log() -> None:
    found = shown(facts(bound(says=Status.COMPLETED)))
    assert (found["verdict"], found["hash"], found["block"], found["logs"], found["revision"]) == ("paid", HASH, 50, [2], 3)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (REVERTED, "reverted"),
        (CANCELLED, "cancelled"),
        (bound(says=Status.FAILED), "did not pay it"),
        (bound(says=Status.PENDING), "made its first step"),
        (bound(says=Status.HELD), "does not tell"),
        (bound(Course.FOREIGN), ""),
    ],
)
def test_the_evidence_says_what_each_transaction_came_to(one: Bound, words: str) -> None:
    assert shown(facts(one))["transactions"][0]["came_to"] == words


def test_the_evidence_shows_the_recipients_side() -> None:
    recipient = shown(facts(payments=[(PAYMENT, False)], nodes=[replace(WORD, answers={"owned": 2})]))["recipient"]
    assert recipient == {
        "address": ME,
        "since_block": 10,
        "payments": [{"hash": STRANGE, "block": 60, "log": 0, "amount": "1", "token_id": "7", "accounted_for": False}],
        "answers": [{"owned": "2"}],
    }


def test_a_finding_without_evidence_is_not_one_yet() -> None:
    assert decide(facts()) == Finding(Safety.SAFE, "Nothing was ever signed for it, and nothing has paid its recipient.")
