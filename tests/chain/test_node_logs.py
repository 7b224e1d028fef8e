"""Logs in ranges of blocks: on scripted answers, refusals among them, and on a real anvil."""

from collections.abc import Iterator
from typing import Any

import pytest

from chain.calls import checksummed
from chain.errors import RpcError, RpcUnavailable
from chain.events import erc721_mint_topics, topic_of
from chain.evm.node import Node
from chain.evm.ranges import MOST_BLOCKS, SILENCES, in_ranges
from local.anvil import Anvil
from tests.chain.rpc_server import Http, Refuse, RpcServer
from tests.contracts.deployed import deploy, person

CHAIN = 31337


@pytest.fixture
def server() -> Iterator[RpcServer]:
    with RpcServer() as running:
        yield running


def entry(block: int, **over: Any) -> dict[str, Any]:
    hashes = {"transactionHash": f"0x{block:064x}", "blockHash": f"0x{block + 1:064x}"}
    return {"address": person(1), "topics": [], "data": "0x", "logIndex": "0x3", "blockNumber": hex(block), **hashes, **over}


def test_a_log_says_where_it_stands(server: RpcServer) -> None:
    server.script["eth_getLogs"] = [entry(7), entry(8, removed=True)]
    (only,) = Node([server.url], CHAIN).logs([person(1)], (), 0, 9)
    assert (only.block_number, only.tx_hash, only.block_hash, only.log.index) == (7, f"0x{7:064x}", f"0x{8:064x}", 3)


@pytest.mark.parametrize("refusal", [Refuse(-32602, "block range is too wide"), Refuse(-32005, "more than 10000 results")])
def test_a_refused_range_is_halved(server: RpcServer, refusal: Refuse) -> None:
    asked: list[tuple[int, int]] = []

    def answer(params: list[Any]) -> Any:
        low, high = int(params[0]["fromBlock"], 16), int(params[0]["toBlock"], 16)
        if high - low >= 250:
            return refusal
        asked.append((low, high))
        return [entry(block) for block in range(low, high + 1) if block % 100 == 0]

    server.script["eth_getLogs"] = answer
    found = [each.block_number for each in Node([server.url], CHAIN).logs([person(1)], (), 100, 1000)]
    assert found == list(range(100, 1001, 100))
    assert [low for low, _ in asked] == [100, *(high + 1 for _, high in asked[:-1])]


def test_a_refused_single_block_is_an_error(server: RpcServer) -> None:
    server.script["eth_getLogs"] = Refuse(-32000, "no logs here")
    with pytest.raises(RpcError, match="no logs here"):
        list(Node([server.url], CHAIN).logs([person(1)], (), 0, 100))


def test_a_dead_node_is_not_asked_for_ever(server: RpcServer) -> None:
    server.fault, server.fault_on = Http(503), "eth_getLogs"
    with pytest.raises(RpcUnavailable):
        list(Node([server.url], CHAIN).logs([person(1)], (), 0, MOST_BLOCKS * 10))
    assert sum("eth_getLogs" in post for post in server.posts) == SILENCES


def test_ranges_grow_again_after_a_hard_part() -> None:
    asked = []

    def ask(low: int, high: int) -> list[int]:
        if low < 2500 <= high and high - low > 10:
            raise RpcError("too much")
        asked.append(high - low + 1)
        return []

    assert list(in_ranges(ask, 0, 20_000)) == []
    assert sum(asked) == 20_001
    assert asked[-2] == MOST_BLOCKS


def test_a_willing_node_is_asked_for_more_and_more_at_once() -> None:
    asked = list(in_ranges(lambda low, high: [high - low + 1], 0, 999_999, 1_000_000))
    assert (sum(asked), len(asked)) == (1_000_000, 9)


def test_mints_of_one_recipient_on_a_real_chain(chain: Anvil) -> None:
    owner = chain.request("eth_accounts")[0]
    badge = deploy(chain.request, "Badge721", "Badge", "BDG", owner, owner)
    for number in (1, 2, 1):
        badge.send("claim", checksummed(person(number)), 1)
    node, head = Node([chain.url], CHAIN), int(chain.request("eth_blockNumber"), 16)
    everybody = list(node.logs([badge.address], erc721_mint_topics(), 0, head))
    one = list(node.logs([badge.address], erc721_mint_topics(checksummed(person(1))), 0, head))
    assert (len(everybody), len(one)) == (3, 2)
    assert {each.log.topics[2] for each in one} == {topic_of(person(1))}
