"""What the node client reads from a chain: on scripted answers, lies among them, and on a real anvil."""

from collections.abc import Iterator
from typing import Any

import pytest

from chain.calls import Call
from chain.errors import Reverted, RpcUnavailable, WrongChain
from chain.evm.node import Node
from local.anvil import Anvil
from tests.chain.rpc_server import Refuse, RpcServer
from tests.contracts.deployed import deploy, person

CHAIN = 31337
HASH = "0x" + "ab" * 32
RAW = b"\x02signed"
BLOCK = {"number": "0x10", "hash": HASH, "timestamp": "0x64", "gasLimit": "0x1c9c380", "baseFeePerGas": "0x8"}


@pytest.fixture
def server() -> Iterator[RpcServer]:
    with RpcServer() as running:
        yield running


def node_for(server: RpcServer | Anvil) -> Node:
    return Node([server.url], CHAIN)


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


def test_each_snapshot_checks_the_chain_id(server: RpcServer) -> None:
    node = scripted_snapshot(server)
    node.snapshot(person(1), finalized_tag=False)
    server.script["eth_chainId"] = "0x1"
    with pytest.raises(WrongChain):
        node.snapshot(person(1), finalized_tag=False)
    node.send(RAW)
    assert server.count("eth_sendRawTransaction") == 0


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


# Calls


def reverting(chain: Anvil, kind: int) -> tuple[Call, str, bytes]:
    contract = deploy(chain.request, "Reverter")
    return (
        Call(contract.address, contract.data("claim", person(1), kind)),
        contract.sender,
        contract.revert("claim", person(1), kind),
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
