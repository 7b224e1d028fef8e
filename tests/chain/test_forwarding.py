"""When a request can do nothing more: by its own event, or by the word of every node."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chain.calls import Call, encode
from chain.decisions import Landed
from chain.errors import ChainError, RpcUnavailable
from chain.events import Log, topic_of
from chain.evm.answers import Receipt, Snapshot
from chain.forwarder import EXECUTE_BATCH, EXECUTED, Life
from chain.forwarding import ended, life_of, note
from chain.lane import Lane
from chain.models import Network, Transaction
from chain.requests import ForwardRequest
from chain.states import Outcome, RequestOutcome, TransactionStatus
from tests.chain.test_guards import make_transaction
from tests.chain.test_requests import make_request
from tests.factories import CONTRACT

pytestmark = pytest.mark.django_db
DEADLINE, LATE = 2_000_000_000, 2_000_000_001
DEAD, ALIVE, USED = (0, LATE), (0, DEADLINE), (1, LATE)


@dataclass
class Node:
    """Says that so many nonces are used at its final block, whose time that is; or fails."""

    used: int
    at: int
    fails: ChainError | None = None
    final: int | None = 9
    asked: int = 0

    def final_block(self, confirmations: int, *, finalized_tag: bool) -> int | None:
        assert (confirmations, finalized_tag) == (1, False)
        self.asked += 1
        return self.final

    def time(self, number: int) -> int:
        assert number == 9
        return self.at

    def call(self, call: Call, sender: str, tag: str) -> bytes:
        assert (call.to, tag) == (CONTRACT, "0x9")
        if self.fails:
            raise self.fails
        return encode(["uint256"], [self.used])


def lane(*nodes: Node) -> Lane:
    made: Any = SimpleNamespace(
        network=Network(confirmations=1), node=SimpleNamespace(apart=lambda: nodes), requests_seen_at=""
    )
    return cast(Lane, made)


def head(time: int = LATE, name: str = "0x1") -> Snapshot:
    return cast(Snapshot, SimpleNamespace(head_time=time, head_hash=name))


def carrier(outcome: Outcome = Outcome.SUCCEEDED, *logs: Log) -> tuple[ForwardRequest, Landed]:
    """A final transaction with one request, and what its receipt has."""
    transaction = make_transaction(TransactionStatus.MINED, data=EXECUTE_BATCH.selector)
    receipt = Receipt("0x2", 9, "0x3", outcome == Outcome.SUCCEEDED, 1, 1, CONTRACT, CONTRACT, logs)
    return make_request(transaction), Landed(transaction, outcome, None, receipt)


def told(request: ForwardRequest, *, success: bool = True) -> Log:
    topics = (EXECUTED.topic, topic_of(request.signer.address))
    return Log(CONTRACT, topics, encode(["uint256", "bool"], [request.nonce, success]), 0)


@pytest.mark.parametrize(("success", "is_"), [(True, RequestOutcome.EXECUTED), (False, RequestOutcome.FAILED)])
def test_one_that_was_executed_here_is_told_by_its_event_and_nobody_is_asked(success: bool, is_: RequestOutcome) -> None:
    request, end = carrier()
    receipt = end.receipt
    assert receipt is not None
    node = Node(*ALIVE)
    with_event = Landed(end.transaction, end.outcome, None, Receipt(*(*_fields(receipt), (told(request, success=success),))))
    (done,) = ended(lane(node), [with_event], head(DEADLINE))
    assert (dict(done.requests), node.asked) == ({request.order: is_}, 0)


def _fields(receipt: Receipt) -> tuple[Any, ...]:
    names = ("tx_hash", "block_number", "block_hash", "succeeded", "gas_used", "gas_price", "sender", "to")
    return tuple(getattr(receipt, name) for name in names)


@pytest.mark.parametrize("outcome", [Outcome.SUCCEEDED, Outcome.REVERTED, Outcome.CANCELLED, Outcome.FOREIGN])
@pytest.mark.parametrize(
    ("nodes", "is_"),
    [
        ([DEAD, DEAD], RequestOutcome.EXPIRED),
        ([USED, USED], RequestOutcome.TAKEN),
        ([ALIVE, ALIVE], None),
        ([DEAD, ALIVE], None),
        ([DEAD, USED], None),
        ([USED, ALIVE], None),
    ],
)
def test_whatever_became_of_its_transaction_all_nodes_must_say_that_it_is_dead(
    outcome: Outcome, nodes: list[tuple[int, int]], is_: RequestOutcome | None
) -> None:
    request, end = carrier(outcome)
    done = ended(lane(*(Node(*said) for said in nodes)), [end], head())
    assert [dict(each.requests) for each in done] == ([{request.order: is_}] if is_ else [])


def test_one_node_that_does_not_answer_leaves_it_open() -> None:
    _, end = carrier()
    assert not ended(lane(Node(*DEAD), Node(*DEAD, fails=RpcUnavailable())), [end], head())


def test_a_node_without_a_final_block_or_an_answer_proves_nothing() -> None:
    _, end = carrier()
    assert not ended(lane(Node(*DEAD, final=None)), [end], head())
    silent = Node(*DEAD)
    silent.call = lambda *_: b""  # type: ignore[method-assign]  # as an account without code answers
    assert not ended(lane(silent), [end], head())


def test_nobody_is_asked_before_the_deadline_nor_twice_a_block() -> None:
    _, end = carrier()
    node = Node(*ALIVE)
    it = lane(node)
    for snapshot, asked in [(head(DEADLINE, "0x1"), 0), (head(LATE, "0x2"), 1), (head(LATE, "0x2"), 1), (head(LATE, "0x3"), 2)]:
        ended(it, [end], snapshot)
        assert node.asked == asked


def test_a_transaction_without_requests_waits_for_none() -> None:
    transaction = make_transaction(TransactionStatus.MINED, data=b"\1\2\3\4")
    _, waits = carrier()
    free = Landed(transaction, Outcome.SUCCEEDED)
    assert ended(lane(Node(*ALIVE)), [waits, free], head()) == [free]


def test_what_became_of_them_is_written_beside_the_end() -> None:
    request, end = carrier()
    (done,) = ended(lane(Node(*USED)), [end], head())
    note(done)
    assert Transaction.objects.filter(pk=end.transaction.pk).update(status=TransactionStatus.FINAL, outcome=end.outcome)
    assert ForwardRequest.objects.get(pk=request.pk).outcome == RequestOutcome.TAKEN


def test_each_request_is_judged_by_its_own_nonce() -> None:
    transaction = make_transaction()
    first, second = make_request(transaction), make_request(transaction, nonce=1)
    lives = life_of(cast(Any, Node(*USED)), Network(confirmations=1), [first, second])
    assert lives == {first.pk: Life.USED, second.pk: Life.DEAD}
