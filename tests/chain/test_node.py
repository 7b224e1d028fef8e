"""The node client as such: asking, failing over, checking the chain, on servers that misbehave by script."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from chain.errors import RpcError, RpcUnavailable, WrongChain
from chain.evm.node import Node
from tests.chain.rpc_server import Drip, Fault, Hang, Http, Refuse, Reset, RpcServer
from tests.contracts.deployed import person

CHAIN = 31337


@pytest.fixture
def server() -> Iterator[RpcServer]:
    with RpcServer(eth_gasPrice="0x7") as running:
        yield running


@pytest.fixture
def spare() -> Iterator[RpcServer]:
    with RpcServer(eth_gasPrice="0x8") as running:
        yield running


def node_for(*servers: RpcServer, read_timeout: float = 5.0) -> Node:
    return Node([server.url for server in servers], CHAIN, read_timeout=read_timeout)


# Asking


def test_a_request_gives_its_result(server: RpcServer) -> None:
    assert node_for(server).request("eth_gasPrice", []) == "0x7"


def test_a_refusal_carries_code_message_and_data(server: RpcServer) -> None:
    server.script["eth_gasPrice"] = Refuse(-32000, "header not found", "why")
    with pytest.raises(RpcError, match="header not found") as caught:
        node_for(server).request("eth_gasPrice", [])
    assert (caught.value.code, caught.value.data) == (-32000, "why")


def test_a_refusal_inside_a_400_is_read(server: RpcServer) -> None:
    server.fault = Http(400, b'{"jsonrpc":"2.0","id":2,"error":{"code":-32602,"message":"bad"}}')
    server.fault_on = "eth_gasPrice"
    with pytest.raises(RpcError, match="bad"):
        node_for(server).request("eth_gasPrice", [])


def test_a_batch_is_one_post_and_keeps_refusals_as_values(server: RpcServer) -> None:
    node = node_for(server)
    price, refused = node.batch([("eth_gasPrice", []), ("eth_nothing", [])])
    assert price == "0x7"
    assert isinstance(refused, RpcError)
    assert server.posts == [["eth_chainId"], ["eth_gasPrice", "eth_nothing"]]


def test_a_batch_is_ordered_by_id(server: RpcServer) -> None:
    server.rewrite = lambda answers: answers[::-1] if isinstance(answers, list) else answers
    assert node_for(server).batch([("eth_gasPrice", []), ("eth_chainId", [])]) == ["0x7", "0x7a69"]


def test_an_empty_batch_asks_nothing(server: RpcServer) -> None:
    assert node_for(server).batch([]) == []
    assert server.posts == []


@pytest.mark.parametrize("spoil", [lambda a: a[:1], lambda _: None, lambda a: [*a[:1], 7], lambda _: {"id": 1}])
def test_a_batch_with_missing_answers_is_no_answer(server: RpcServer, spoil: Any) -> None:
    server.rewrite = lambda answers: spoil(answers) if isinstance(answers, list) else answers
    with pytest.raises(RpcUnavailable, match="not"):
        node_for(server).batch([("eth_gasPrice", []), ("eth_chainId", [])])


def test_a_batch_refused_as_a_whole_raises(server: RpcServer) -> None:
    refusal = {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "batch too large"}}
    server.rewrite = lambda answers: refusal if isinstance(answers, list) else answers
    with pytest.raises(RpcError, match="batch too large"):
        node_for(server).batch([("eth_gasPrice", []), ("eth_chainId", [])])


@pytest.mark.fault(18)
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Http(503), "HTTP 503"),
        (Http(429, b'{"error":{"code":429,"message":"slow down"}}'), "HTTP 429"),
        (Http(302), "HTTP 302"),
        (Http(200, b"<html>"), "not JSON"),
        (Http(200, b'{"jsonrpc":"2.0"}'), "not a JSON-RPC answer"),
        (Http(200, b"null"), "not a JSON-RPC answer"),
        (Reset(), "connection lost"),
        (Hang(), "time-out"),
        (Drip(), "time-out"),
    ],
)
def test_a_fault_is_posted_once_and_its_outcome_unknown(server: RpcServer, fault: Fault, words: str) -> None:
    server.fault, server.fault_on = fault, "eth_gasPrice"
    with pytest.raises(RpcUnavailable, match=words):
        node_for(server, read_timeout=0.2).request("eth_gasPrice", [])
    assert server.count("eth_gasPrice") == 1


def test_nobody_listening_is_a_fault() -> None:
    with pytest.raises(RpcUnavailable, match="no connection"):
        Node(["http://127.0.0.1:9/secret-key"], CHAIN).request("eth_gasPrice", [])


def test_no_url_is_a_fault() -> None:
    with pytest.raises(RpcUnavailable, match="No node URL"):
        Node([], CHAIN).request("eth_gasPrice", [])


@pytest.mark.parametrize("fault", [Http(503), Reset(), Hang()])
def test_the_key_in_a_url_is_in_no_error(server: RpcServer, fault: Fault) -> None:
    server.fault = fault
    with pytest.raises(RpcUnavailable) as caught:
        node_for(server, read_timeout=0.2).request("eth_gasPrice", [])
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_overloaded_node_has_not_answered(server: RpcServer, spare: RpcServer) -> None:
    server.script["eth_gasPrice"] = Refuse(-32005, "daily request limit reached")
    assert node_for(server, spare).request("eth_gasPrice", []) == "0x8"


# Fail-over


def test_a_fault_moves_on_to_the_next_url_and_stays_there(server: RpcServer, spare: RpcServer) -> None:
    node = node_for(server, spare)
    server.fault = Http(503)
    assert [node.request("eth_gasPrice", []) for _ in range(3)] == ["0x8"] * 3
    assert len(server.posts) == 1


def test_garbage_moves_on_to_the_next_url(server: RpcServer, spare: RpcServer) -> None:
    server.script["eth_getTransactionCount"] = None
    spare.script["eth_getTransactionCount"] = "0x5"
    assert node_for(server, spare).nonce(person(1)) == 5


def test_a_refusal_is_an_answer_and_asked_once(server: RpcServer, spare: RpcServer) -> None:
    server.script["eth_gasPrice"] = Refuse(-32000, "no")
    with pytest.raises(RpcError):
        node_for(server, spare).request("eth_gasPrice", [])
    assert spare.posts == []


def test_when_all_rest_they_are_asked_all_the_same(server: RpcServer) -> None:
    node = node_for(server)
    server.fault = Http(503)
    with pytest.raises(RpcUnavailable):
        node.request("eth_gasPrice", [])
    server.fault = None
    assert node.request("eth_gasPrice", []) == "0x7"


def test_a_url_that_fails_again_rests_longer(server: RpcServer) -> None:
    node, (endpoint,) = (made := node_for(server)), made._endpoints
    server.fault = Http(503)
    rests = []
    for _ in range(3):
        with pytest.raises(RpcUnavailable):
            node.request("eth_gasPrice", [])
        rests.append(endpoint.rests_until - time.monotonic())
    assert rests[0] < rests[1] < rests[2] <= 30


# The chain's id


def test_the_chain_id_is_checked_before_the_first_question(server: RpcServer) -> None:
    server.script["eth_chainId"] = "0x1"
    with pytest.raises(WrongChain) as caught:
        node_for(server).request("eth_gasPrice", [])
    assert (caught.value.got, server.count("eth_gasPrice")) == (1, 0)


@pytest.mark.fault(21)
def test_the_chain_id_is_checked_again_after_a_fault(server: RpcServer) -> None:
    node = node_for(server)
    node.request("eth_gasPrice", [])
    server.fault = Reset()
    with pytest.raises(RpcUnavailable):
        node.request("eth_gasPrice", [])
    server.fault, server.script["eth_chainId"] = None, "0x1"
    with pytest.raises(WrongChain):
        node.request("eth_gasPrice", [])


def test_a_node_that_hides_its_chain_id_is_not_used(server: RpcServer, spare: RpcServer) -> None:
    server.script["eth_chainId"] = Refuse(-32000, "node is syncing")
    assert node_for(server, spare).request("eth_gasPrice", []) == "0x8"


def test_a_proxy_named_by_the_environment_is_used(server: RpcServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", server.url.removesuffix("/v3/secret-key"))
    monkeypatch.delenv("no_proxy", raising=False)
    assert Node(["http://chain.invalid/rpc"], CHAIN).request("eth_gasPrice", []) == "0x7"
