"""The client of a Solana node on a scripted server: what a send's answer means, and what is no answer."""

from collections.abc import Iterator

import pytest

from chain.errors import RpcUnavailable
from chain.solana.rpc import Blockhash, Commitment, Rpc, SendAnswer
from chain.urls import Target, Trust
from tests.chain.rpc_server import Fault, Hang, Http, Refuse, Reset, RpcServer


@pytest.fixture
def server() -> Iterator[RpcServer]:
    with RpcServer(sendTransaction="signature") as running:
        yield running


def rpc_for(server: RpcServer) -> Rpc:
    return Rpc(Target(server.url, Trust.OPERATOR), read_timeout=0.5)


def answer_of(server: RpcServer) -> SendAnswer:
    return rpc_for(server).send(b"signed", Commitment.CONFIRMED, skip_preflight=False).answer


def test_a_send_is_accepted(server: RpcServer) -> None:
    assert answer_of(server) is SendAnswer.ACCEPTED


@pytest.mark.parametrize("fault", [Http(429), Http(503), Hang(), Reset()])
def test_a_lost_answer_is_possibly_sent_and_is_not_posted_again(server: RpcServer, fault: Fault) -> None:
    server.fault = fault
    assert answer_of(server) is SendAnswer.UNKNOWN
    assert len(server.posts) == 1


def test_a_failed_try_out_gives_its_error_and_logs(server: RpcServer) -> None:
    server.script["sendTransaction"] = Refuse(-32002, "failed", {"err": "BlockhashNotFound", "logs": ["a"]})
    sent = rpc_for(server).send(b"signed", Commitment.CONFIRMED, skip_preflight=False)
    assert (sent.answer, sent.error, sent.logs) == (SendAnswer.REFUSED, "BlockhashNotFound", ("a",))


def test_bytes_that_are_in_a_block_are_accepted(server: RpcServer) -> None:
    server.script["sendTransaction"] = Refuse(-32002, "failed", {"err": "AlreadyProcessed"})
    assert answer_of(server) is SendAnswer.ACCEPTED


def test_an_error_without_a_try_out_is_possibly_sent(server: RpcServer) -> None:
    server.script["sendTransaction"] = Refuse(-32005, "Node is behind")
    assert answer_of(server) is SendAnswer.UNKNOWN


def test_the_commitment_is_said(server: RpcServer) -> None:
    server.script["getSlot"] = lambda params: 7 if params == [{"commitment": "finalized"}] else "wrong"
    assert rpc_for(server).slot(Commitment.FINALIZED) == 7


def test_a_blockhash_comes_with_the_height_it_ends_at(server: RpcServer) -> None:
    server.script["getLatestBlockhash"] = {"value": {"blockhash": "hash", "lastValidBlockHeight": 150}}
    assert rpc_for(server).latest_blockhash(Commitment.CONFIRMED) == Blockhash("hash", 150)


def test_statuses_for_another_number_of_signatures_are_no_answer(server: RpcServer) -> None:
    server.script["getSignatureStatuses"] = {"value": []}
    with pytest.raises(RpcUnavailable):
        rpc_for(server).statuses(["one"])
