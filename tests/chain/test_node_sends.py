"""Sending signed bytes: lost answers on scripted servers, and what a real anvil says to each kind of send."""

from collections.abc import Iterator
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from chain.errors import SendAnswer
from chain.evm.node import Node
from local.anvil import Anvil
from tests.chain.rpc_server import Fault, Hang, Http, Refuse, Reset, RpcServer

CHAIN = 31337
HASH = "0x" + "ab" * 32
RAW = b"\x02signed"


@pytest.fixture
def server() -> Iterator[RpcServer]:
    with RpcServer(eth_sendRawTransaction=HASH) as running:
        yield running


@pytest.fixture
def spare() -> Iterator[RpcServer]:
    with RpcServer(eth_sendRawTransaction=HASH) as running:
        yield running


def node_for(*servers: RpcServer | Anvil, read_timeout: float = 5.0) -> Node:
    return Node([server.url for server in servers], CHAIN, read_timeout=read_timeout)


# Sending


def test_a_send_gives_back_the_nodes_hash(server: RpcServer) -> None:
    sent = node_for(server).send(RAW)
    assert (sent.answer, sent.hash) == (SendAnswer.ACCEPTED, HASH)


def test_a_refused_send_is_classified(server: RpcServer) -> None:
    server.script["eth_sendRawTransaction"] = Refuse(-32000, "nonce too low: next nonce 8, tx nonce 7")
    sent = node_for(server).send(RAW)
    assert (sent.answer, sent.hash) == (SendAnswer.NONCE_LOW, None)
    assert "next nonce 8" in sent.message


@pytest.mark.fault(15, 16, 18)
@pytest.mark.parametrize("fault", [Http(503), Http(200, b"<html>"), Reset(), Hang()])
def test_a_send_without_answer_is_unknown_and_posted_once(server: RpcServer, fault: Fault) -> None:
    server.fault, server.fault_on = fault, "eth_sendRawTransaction"
    sent = node_for(server, read_timeout=0.2).send(RAW)
    assert (sent.answer, sent.hash) == (SendAnswer.UNKNOWN, None)
    assert server.count("eth_sendRawTransaction") == 1


@pytest.mark.parametrize("result", [None, "", "0x12", {"hash": HASH}])
def test_a_send_answered_with_garbage_is_unknown(server: RpcServer, result: Any) -> None:
    server.script["eth_sendRawTransaction"] = result
    assert node_for(server).send(RAW).answer is SendAnswer.UNKNOWN


def test_a_send_without_answer_goes_to_the_next_url_too(server: RpcServer, spare: RpcServer) -> None:
    server.fault, server.fault_on = Reset(), "eth_sendRawTransaction"
    assert node_for(server, spare).send(RAW).answer is SendAnswer.ACCEPTED
    assert spare.count("eth_sendRawTransaction") == 1


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("intrinsic gas too low", SendAnswer.UNKNOWN),
        ("already known", SendAnswer.KNOWN),
        ("nonce too low", SendAnswer.NONCE_LOW),
    ],
)
def test_after_a_lost_answer_the_next_refusal_proves_nothing(
    server: RpcServer, spare: RpcServer, words: str, answer: SendAnswer
) -> None:
    server.fault, server.fault_on = Reset(), "eth_sendRawTransaction"
    spare.script["eth_sendRawTransaction"] = Refuse(-32000, words)
    assert node_for(server, spare).send(RAW).answer is answer


def test_a_refusal_after_a_url_that_got_nothing_counts(server: RpcServer, spare: RpcServer) -> None:
    server.fault = Reset()
    spare.script["eth_sendRawTransaction"] = Refuse(-32000, "insufficient funds for transfer")
    assert node_for(server, spare).send(RAW).answer is SendAnswer.FUNDS


@pytest.mark.fault(21)
def test_nothing_is_sent_to_another_chain(server: RpcServer) -> None:
    server.script["eth_chainId"] = "0x1"
    assert node_for(server).send(RAW).answer is SendAnswer.UNKNOWN
    assert server.count("eth_sendRawTransaction") == 0


# What anvil says


@pytest.fixture
def paused(chain: Anvil) -> Anvil:
    """The chain with its pool filling up: no blocks, so that each send meets the pool's rules."""
    chain.request("evm_setAutomine", False)
    return chain


@pytest.fixture
def account(chain: Anvil) -> LocalAccount:
    made: LocalAccount = Account.create()
    chain.request("anvil_setBalance", made.address, hex(10**18))
    return made


def signed(account: LocalAccount, **fields: Any) -> bytes:
    plain: dict[str, Any] = {"chainId": CHAIN, "nonce": 0, "to": account.address, "value": 0, "gas": 21_000}
    fees = {"maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9}
    return bytes(account.sign_transaction(plain | fees | fields).raw_transaction)


def test_anvil_accepts_with_the_hash_of_the_bytes(paused: Anvil, account: LocalAccount) -> None:
    node = node_for(paused)
    sent = node.send(signed(account))
    assert sent.answer is SendAnswer.ACCEPTED
    assert sent.hash is not None
    assert paused.request("eth_getTransactionByHash", sent.hash) is not None


def test_anvil_knows_the_same_bytes(paused: Anvil, account: LocalAccount) -> None:
    node = node_for(paused)
    assert [node.send(signed(account)).answer for _ in range(2)] == [SendAnswer.ACCEPTED, SendAnswer.KNOWN]


def test_anvil_takes_a_gap(paused: Anvil, account: LocalAccount) -> None:
    assert node_for(paused).send(signed(account, nonce=5)).answer is SendAnswer.ACCEPTED


def test_anvil_refuses_a_cheaper_replacement(paused: Anvil, account: LocalAccount) -> None:
    node = node_for(paused)
    node.send(signed(account))
    cheaper = signed(account, maxFeePerGas=10**10, value=1)
    assert node.send(cheaper).answer is SendAnswer.REPLACEMENT_UNDERPRICED


def test_anvil_refuses_a_spent_nonce(chain: Anvil, account: LocalAccount) -> None:
    node = node_for(chain)
    node.send(signed(account))
    chain.request("evm_mine")  # anvil answers a send before it has mined it
    assert node.nonce(account.address) == 1
    assert node.send(signed(account, value=1)).answer is SendAnswer.NONCE_LOW


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"value": 10**19}, SendAnswer.FUNDS),
        ({"gas": 20_000}, SendAnswer.INVALID),
        ({"gas": 40_000_000, "maxFeePerGas": 2 * 10**9}, SendAnswer.INVALID),
        ({"maxFeePerGas": 1, "maxPriorityFeePerGas": 1}, SendAnswer.UNDERPRICED),
        ({"chainId": 1}, SendAnswer.INVALID),
    ],
)
def test_anvils_other_refusals(paused: Anvil, account: LocalAccount, fields: dict[str, int], answer: SendAnswer) -> None:
    sent = node_for(paused).send(signed(account, **fields))
    assert sent.answer is answer, sent.message
