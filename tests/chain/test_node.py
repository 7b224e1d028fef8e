"""The node client, on a server that misbehaves by script and on a real anvil."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from chain.calls import Call
from chain.errors import Reverted, RpcError, RpcUnavailable, SendAnswer, WrongChain
from chain.evm.node import Node
from local.anvil import Anvil
from tests.chain.rpc_server import Drip, Fault, Hang, Http, Refuse, Reset, RpcServer
from tests.contracts.deployed import deploy, person

CHAIN = 31337
HASH = "0x" + "ab" * 32
RAW = b"\x02signed"
BLOCK = {"number": "0x10", "hash": HASH, "timestamp": "0x64", "gasLimit": "0x1c9c380", "baseFeePerGas": "0x8"}


@pytest.fixture
def server() -> Iterator[RpcServer]:
    with RpcServer(eth_gasPrice="0x7", eth_sendRawTransaction=HASH) as running:
        yield running


@pytest.fixture
def spare() -> Iterator[RpcServer]:
    with RpcServer(eth_gasPrice="0x8", eth_sendRawTransaction=HASH) as running:
        yield running


def node_for(*servers: RpcServer | Anvil, read_timeout: float = 5.0) -> Node:
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


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Http(503), "HTTP 503"),
        (Http(429, b'{"error":{"code":429,"message":"slow down"}}'), "HTTP 429"),
        (Http(302), "HTTP 302"),
        (Http(200, b"<html>"), "not JSON"),
        (Http(200, b'{"jsonrpc":"2.0"}'), "not a JSON-RPC answer"),
        (Http(200, b"null"), "not a JSON-RPC answer"),
        (Reset(), "connection failed"),
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
    with pytest.raises(RpcUnavailable, match="connection failed"):
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
    server.script["eth_getBalance"] = None
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


def test_each_snapshot_checks_the_chain_id(server: RpcServer) -> None:
    node = scripted_snapshot(server)
    node.snapshot(person(1), finalized_tag=False)
    server.script["eth_chainId"] = "0x1"
    with pytest.raises(WrongChain):
        node.snapshot(person(1), finalized_tag=False)


# Snapshots


def scripted_snapshot(server: RpcServer, **script: Any) -> Node:
    server.script |= {
        "eth_getBlockByNumber": lambda params: BLOCK if params[0] == "latest" else {"number": "0x9"},
        "eth_getTransactionCount": "0x3",
        "eth_getBalance": "0x64",
        "eth_feeHistory": {"baseFeePerGas": ["0x8", "0x9"], "reward": [["0x1"], ["0x0"], ["0x5"], ["0x3"]]},
        "eth_gasPrice": "0xb",
    } | script
    return node_for(server)


def test_a_snapshot_is_one_post(server: RpcServer) -> None:
    node = scripted_snapshot(server)
    node.request("eth_chainId", [])
    before = len(server.posts)
    seen = node.snapshot(person(1), finalized_tag=True)
    assert len(server.posts) - before == 1
    assert (seen.head_number, seen.head_hash, seen.head_time, seen.gas_limit) == (16, HASH, 100, 30_000_000)
    assert (seen.finalized_number, seen.nonce, seen.balance) == (9, 3, 100)


def test_the_market_is_the_next_base_fee_and_the_median_tip(server: RpcServer) -> None:
    market = scripted_snapshot(server).snapshot(person(1), finalized_tag=False).market
    assert (market.base_fee, market.tip, market.gas_price) == (9, 3, 11)


@pytest.mark.parametrize("rewards", [{}, {"reward": None}, {"reward": []}, {"reward": [[], ["0x0"]]}])
def test_without_rewards_the_tip_comes_from_the_gas_price(server: RpcServer, rewards: dict[str, Any]) -> None:
    node = scripted_snapshot(server, eth_feeHistory={"baseFeePerGas": ["0x8", "0x9"]} | rewards)
    assert node.snapshot(person(1), finalized_tag=False).market.tip == 3


def test_without_fee_history_the_base_fee_is_the_highest_possible(server: RpcServer) -> None:
    node = scripted_snapshot(server, eth_feeHistory=Refuse(-32601, "method not found"))
    market = node.snapshot(person(1), finalized_tag=False).market
    assert (market.base_fee, market.tip) == (9, 3)


def test_a_legacy_chain_has_a_gas_price_only(server: RpcServer) -> None:
    legacy = {key: value for key, value in BLOCK.items() if key != "baseFeePerGas"}
    node = scripted_snapshot(server, eth_getBlockByNumber=legacy, eth_feeHistory=Refuse(-32601, "no"))
    market = node.snapshot(person(1), finalized_tag=False).market
    assert (market.base_fee, market.gas_price) == (None, 11)


def test_without_any_price_there_is_no_snapshot(server: RpcServer) -> None:
    legacy = {key: value for key, value in BLOCK.items() if key != "baseFeePerGas"}
    node = scripted_snapshot(server, eth_getBlockByNumber=legacy, eth_gasPrice=Refuse(-32601, "no"))
    with pytest.raises(RpcUnavailable, match="gas price"):
        node.snapshot(person(1), finalized_tag=False)


def test_a_node_without_the_finalized_tag_knows_no_finality(server: RpcServer) -> None:
    tagless = lambda params: BLOCK if params[0] == "latest" else Refuse(-32602, "invalid tag")  # noqa: E731
    node = scripted_snapshot(server, eth_getBlockByNumber=tagless)
    assert node.snapshot(person(1), finalized_tag=True).finalized_number is None


@pytest.mark.parametrize("method", ["eth_getBlockByNumber", "eth_getTransactionCount", "eth_getBalance"])
@pytest.mark.parametrize("garbage", [None, 7, "", "0x", "0xzz", [], {}, "-0x1", True])
def test_a_garbled_snapshot_is_no_answer(server: RpcServer, method: str, garbage: Any) -> None:
    node = scripted_snapshot(server, **{method: garbage})
    with pytest.raises(RpcUnavailable):
        node.snapshot(person(1), finalized_tag=False)


def test_a_snapshot_of_a_real_chain(chain: Anvil) -> None:
    sender = chain.request("eth_accounts")[0]
    seen = node_for(chain).snapshot(sender, finalized_tag=True)
    assert seen.head_number == int(chain.request("eth_blockNumber"), 16)
    assert seen.balance > 0
    assert seen.market.base_fee is not None
    assert seen.market.tip > 0


# Receipts and blocks


def receipt(**fields: Any) -> dict[str, Any]:
    log = {"address": person(2), "topics": [HASH], "data": "0x01", "logIndex": "0x2"}
    return {
        "transactionHash": HASH,
        "blockNumber": "0x5",
        "blockHash": HASH,
        "status": "0x1",
        "gasUsed": "0x5208",
        "effectiveGasPrice": "0x7",
        "from": person(1),
        "to": None,
        "logs": [log],
    } | fields


def test_receipts_are_read_and_missing_ones_left_out(server: RpcServer) -> None:
    server.script["eth_getTransactionReceipt"] = lambda params: receipt() if params == [HASH] else None
    found = node_for(server).receipts([HASH, "0x" + "cd" * 32])
    assert list(found) == [HASH]
    assert found[HASH].succeeded
    assert (found[HASH].gas_used, found[HASH].gas_price, found[HASH].to) == (21000, 7, None)
    assert (found[HASH].logs[0].data, found[HASH].logs[0].index) == (b"\x01", 2)


def test_no_hashes_ask_nothing(server: RpcServer) -> None:
    assert node_for(server).receipts([]) == {}
    assert server.posts == []


def test_a_pending_receipt_is_none(server: RpcServer) -> None:
    server.script["eth_getTransactionReceipt"] = receipt(blockHash=None, blockNumber=None)
    assert node_for(server).receipts([HASH]) == {}


@pytest.mark.parametrize(
    "lie",
    [
        receipt(transactionHash="0x" + "cd" * 32),
        receipt(status=None),
        receipt(logs=None),
        receipt(logs=[7]),
        receipt(**{"from": "0x12"}),
        receipt(blockHash="0x12"),
        "0x",
        Refuse(-32000, "database is compacting"),
    ],
)
def test_a_receipt_that_cannot_be_believed_is_no_answer(server: RpcServer, lie: Any) -> None:
    server.script["eth_getTransactionReceipt"] = lie
    with pytest.raises(RpcUnavailable):
        node_for(server).receipts([HASH])


def test_a_real_receipt(chain: Anvil) -> None:
    badge = deploy(chain.request, "Reverter")
    tx_hash = badge.send("claim", person(1), 0)["transactionHash"]
    found = node_for(chain).receipts([tx_hash])[tx_hash]
    assert found.succeeded
    assert found.sender.lower() == badge.sender.lower()
    assert found.to is not None
    assert found.to.lower() == badge.address.lower()
    assert node_for(chain).block_hash(found.block_number) == found.block_hash


def test_a_block_the_node_has_not_got_has_no_hash(chain: Anvil) -> None:
    assert node_for(chain).block_hash(10**6) is None


def test_a_transaction_is_known_or_not(chain: Anvil) -> None:
    tx_hash = deploy(chain.request, "Reverter").send("claim", person(1), 0)["transactionHash"]
    node = node_for(chain)
    assert node.knows(tx_hash)
    assert not node.knows(HASH)


# Calls


def reverting(chain: Anvil, kind: int) -> tuple[Call, str, bytes]:
    contract = deploy(chain.request, "Reverter")
    return Call(contract.address, contract.data("claim", person(1), kind)), contract.sender, contract.revert(
        "claim", person(1), kind
    )


def test_a_call_returns_data(chain: Anvil) -> None:
    contract = deploy(chain.request, "Reverter")
    answer = node_for(chain).call(Call(contract.address, contract.data("TEXT")), contract.sender)
    assert int.from_bytes(answer) == 2


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_a_revert_carries_its_data(chain: Anvil, kind: int) -> None:
    call, sender, data = reverting(chain, kind)
    for ask in (node_for(chain).call, node_for(chain).estimate):
        with pytest.raises(Reverted) as caught:
            ask(call, sender)
        assert caught.value.data == data


def test_gas_is_estimated(chain: Anvil) -> None:
    assert node_for(chain).estimate(Call(person(1), b"", value=1), chain.request("eth_accounts")[0]) == 21_000


def test_code_is_read(chain: Anvil) -> None:
    contract = deploy(chain.request, "Reverter")
    assert node_for(chain).code(contract.address) == contract.artifact.runtime
    assert node_for(chain).code(person(1)) == b""


@pytest.mark.parametrize(
    "refusal",
    [
        Refuse(3, "execution reverted: no", "0x08c379a0"),
        Refuse(-32000, "execution reverted", "0x08c379a0"),
        Refuse(-32000, "Execution reverted", {"data": "0x08c379a0"}),
        Refuse(-32015, "VM execution error.", "Reverted 0x08c379a0"),
        Refuse(-32603, "execution reverted", {"message": "x", "data": "0x08c379a0"}),
    ],
)
def test_reverts_are_read_in_the_forms_of_all_nodes(server: RpcServer, refusal: Refuse) -> None:
    server.script["eth_call"] = refusal
    with pytest.raises(Reverted) as caught:
        node_for(server).call(Call(person(1), b""), person(2))
    assert caught.value.data == bytes.fromhex("08c379a0")


# Sending


def test_a_send_gives_back_the_nodes_hash(server: RpcServer) -> None:
    sent = node_for(server).send(RAW)
    assert (sent.answer, sent.hash) == (SendAnswer.ACCEPTED, HASH)


def test_a_refused_send_is_classified(server: RpcServer) -> None:
    server.script["eth_sendRawTransaction"] = Refuse(-32000, "nonce too low: next nonce 8, tx nonce 7")
    sent = node_for(server).send(RAW)
    assert (sent.answer, sent.hash) == (SendAnswer.NONCE_LOW, None)
    assert "next nonce 8" in sent.message


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
    plain = {"chainId": CHAIN, "nonce": 0, "to": account.address, "value": 0, "gas": 21_000}
    fees = {"maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9}
    return bytes(account.sign_transaction(plain | fees | fields).raw_transaction)


def test_anvil_accepts_with_the_hash_of_the_bytes(paused: Anvil, account: LocalAccount) -> None:
    node = node_for(paused)
    sent = node.send(signed(account))
    assert sent.answer is SendAnswer.ACCEPTED
    assert sent.hash is not None
    assert node.knows(sent.hash)


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
def test_anvils_other_refusals(
    paused: Anvil, account: LocalAccount, fields: dict[str, int], answer: SendAnswer
) -> None:
    sent = node_for(paused).send(signed(account, **fields))
    assert sent.answer is answer, sent.message
