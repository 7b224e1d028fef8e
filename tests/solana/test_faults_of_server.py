"""What goes wrong at the test cluster on request."""

import json
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest
from solders.keypair import Keypair

from chain.solana.rpc import Commitment, Rpc, SendAnswer
from chain.urls import Target, Trust
from local.solana.node import Lags
from local.solana.process import SolanaCluster, SolanaError
from tests.solana.actor import Actor, make_bank, running

PROCESSED, CONFIRMED, FINALIZED = Commitment.PROCESSED, Commitment.CONFIRMED, Commitment.FINALIZED


def test_a_dropped_transaction_never_lands(actor: Actor) -> None:
    actor.cluster.faults(drop=1)
    first, second = actor.post(actor.payment()), actor.post(actor.payment())
    actor.cluster.advance(blocks=200)
    assert actor.status(first) is None
    assert actor.status(second) is not None


def test_a_late_transaction_lands_later(actor: Actor) -> None:
    actor.cluster.faults(late=1, late_slots=20)
    signature = actor.post(actor.payment())
    actor.cluster.advance(slots=20)
    assert actor.status(signature) is None
    actor.cluster.advance(slots=1)
    assert actor.status(signature) is not None


def test_a_busy_node_says_when_to_come_again(actor: Actor) -> None:
    actor.cluster.faults(busy=1, retry_after=7)
    connection = HTTPConnection("127.0.0.1", actor.cluster.port, timeout=10)
    connection.request("POST", "/", json.dumps({"jsonrpc": "2.0", "id": 1, "method": "getHealth"}))
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
    assert json.loads(answer.read())["error"]["code"] == 429
    connection.close()
    assert actor.cluster.request("getHealth") == "ok"


def test_an_answer_gets_lost_and_the_transaction_lands(actor: Actor) -> None:
    receiver = Keypair().pubkey()
    payment = actor.payment(10**9, receiver)
    actor.cluster.faults(lose=1)
    assert actor.rpc.send(bytes(payment), PROCESSED, skip_preflight=False).answer is SendAnswer.UNKNOWN
    actor.cluster.advance(blocks=1)
    assert actor.balance(receiver) == 10**9


def test_a_node_denies_what_it_knows(actor: Actor) -> None:
    signature = actor.post(actor.payment())
    actor.cluster.advance(blocks=3)
    actor.cluster.faults(deny=2)
    assert actor.status(signature) is None
    assert actor.rpc.transaction(signature, CONFIRMED) is None
    assert actor.status(signature) is not None


def test_a_second_node_lags_behind(actor: Actor) -> None:
    receiver = Keypair().pubkey()
    actor.cluster.faults(second=True, behind=5)
    signature = actor.post(actor.payment(10**9, receiver))
    actor.cluster.advance(slots=5)
    behind = Rpc(Target(actor.cluster.second_url, Trust.OPERATOR))
    assert (actor.status(signature, second=True), behind.balance(str(receiver), PROCESSED)) == (None, 0)
    assert behind.slot(PROCESSED) == actor.rpc.slot(PROCESSED) - 5
    actor.cluster.advance(slots=1)
    assert actor.status(signature, second=True) is not None
    assert behind.balance(str(receiver), PROCESSED) == 10**9


def test_a_node_that_lags_knows_no_fresh_blockhash(actor: Actor) -> None:
    actor.cluster.faults(second=True, behind=5)
    with pytest.raises(SolanaError, match="Blockhash not found"):
        actor.post(actor.payment(), second=True)


def test_a_node_far_behind_is_not_healthy(actor: Actor) -> None:
    actor.cluster.faults(behind=129)
    with pytest.raises(SolanaError, match="behind by 129 slots") as caught:
        actor.cluster.request("getHealth")
    assert (caught.value.code, caught.value.data) == (-32005, {"numSlotsBehind": 129})
    with pytest.raises(SolanaError, match="behind by 129 slots"):
        actor.post(actor.payment())


def test_a_silent_node_answers_when_it_is_asked_to(actor: Actor) -> None:
    actor.cluster.faults(silent=1)
    with pytest.raises(TimeoutError):
        asked(actor.cluster, "getHealth", 0.05)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(actor.cluster.request, "getHealth")
        actor.cluster.faults(silent=0)
        assert waiting.result(30) == "ok"


def asked(cluster: SolanaCluster, method: str, timeout: float) -> bytes:
    connection = HTTPConnection("127.0.0.1", cluster.port, timeout=timeout)
    try:
        connection.request("POST", "/", json.dumps({"jsonrpc": "2.0", "id": 1, "method": method}))
        return connection.getresponse().read()
    finally:
        connection.close()


def test_calm_ends_all_faults_of_both_nodes(actor: Actor) -> None:
    actor.cluster.faults(silent=1, busy=3)
    actor.cluster.faults(second=True, behind=200)
    actor.cluster.calm()
    assert [actor.cluster.request("getHealth", second=second) for second in (False, True)] == ["ok", "ok"]


# -- forks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slots", [1, 4, 9])
def test_after_a_fork_a_transaction_lands_again(actor: Actor, slots: int) -> None:
    """Also one that was confirmed."""
    receiver = Keypair().pubkey()
    signature = actor.post(actor.payment(10**9, receiver))
    actor.cluster.advance(blocks=slots)
    actor.cluster.fork(slots)
    assert (actor.status(signature), actor.balance(receiver)) == (None, 0)
    actor.cluster.advance(blocks=1)
    assert (actor.status(signature) or {})["confirmationStatus"] == "processed"
    assert actor.balance(receiver) == 10**9


def test_a_fork_can_swallow_a_transaction(actor: Actor) -> None:
    before, signature = actor.balance(), actor.post(actor.payment())
    actor.cluster.advance(blocks=3)
    actor.cluster.fork(3, pending=False)
    actor.cluster.advance(blocks=200)
    assert actor.status(signature) is None
    assert actor.balance() == before


def test_a_fork_takes_its_blockhashes_with_it(actor: Actor) -> None:
    actor.cluster.advance(blocks=1)
    orphan = actor.payment()
    actor.cluster.fork(1)
    actor.cluster.advance(blocks=1)
    with pytest.raises(SolanaError, match="Blockhash not found"):
        actor.post(orphan)


def test_what_is_finalized_is_on_no_fork(actor: Actor) -> None:
    signature = actor.post(actor.payment())
    actor.cluster.advance(blocks=12)
    actor.cluster.fork(10)
    assert (actor.status(signature) or {})["confirmationStatus"] == "finalized"


def test_some_slots_have_no_block_always_the_same() -> None:
    heights: list[list[int]] = []
    for _ in range(2):
        with running(make_bank("model"), Lags(), skipped=0.2) as cluster:
            cluster.advance(slots=50)
            heights.append([cluster.request("getBlockHeight", {"commitment": each}) for each in ("processed", "finalized")])
    assert heights[0] == heights[1]
    assert heights[0][0] < 850
