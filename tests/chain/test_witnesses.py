"""What several nodes of one chain say together, and that none of them is believed alone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from django.test import override_settings

from chain import nodes, signing
from chain.errors import ChainError, RpcUnavailable
from chain.evm.node import Node
from chain.models import Network, Transaction, Wallet
from chain.witnesses import CLOCKS_DIFFER, Course, Fate, Statement, behind, block_before, everywhere, fate_of, hear
from tests.chain.rpc_server import Http, RpcServer
from tests.factories import ANVIL_MNEMONIC, make_network, make_wallet
from tests.lanes import opened, pay
from tests.model_chain import ModelChain

pytestmark = pytest.mark.django_db


@pytest.fixture
def two() -> Iterator[tuple[ModelChain, ModelChain]]:
    """Two nodes of one chain."""
    nodes._node.cache_clear()
    signing.key_sources.cache_clear()
    with override_settings(MNEMONIC=ANVIL_MNEMONIC), ModelChain() as one, one.twin() as other:
        yield one, other


@pytest.fixture
def wallet(two: tuple[ModelChain, ModelChain]) -> Wallet:
    one, other = two
    return make_wallet(network=make_network(rpc_urls=f"{one.url}\n{other.url}", chain_id=one.chain_id, confirmations=2))


def sent(wallet: Wallet) -> Transaction:
    with opened(wallet) as lane:
        return pay(lane)[0]


def words(wallet: Wallet) -> list[Statement | ChainError]:
    hashes = list(wallet.transactions.values_list("attempts__hash", flat=True))
    return everywhere(wallet.network, lambda node: hear(node, wallet.network, wallet.address, hashes))


def fate(wallet: Wallet) -> Fate:
    said = words(wallet)
    assert not any(isinstance(word, ChainError) for word in said)
    return fate_of(wallet.transactions.get(), [word for word in said if isinstance(word, Statement)])


def test_one_that_is_silent_is_said_to_be(two: tuple[ModelChain, ModelChain], wallet: Wallet) -> None:
    two[1].fail(Http(503))
    one, other = words(wallet)
    assert (type(one), type(other)) == (Statement, RpcUnavailable)


def test_a_nonce_is_open_until_its_block_is_final(two: tuple[ModelChain, ModelChain], wallet: Wallet) -> None:
    sent(wallet)
    assert fate(wallet) == Fate(Course.OPEN)
    two[0].mine()
    assert fate(wallet) == Fate(Course.OPEN)
    two[0].mine()
    assert fate(wallet).course == Course.LANDED


def test_then_the_attempt_and_its_receipt_are_named(two: tuple[ModelChain, ModelChain], wallet: Wallet) -> None:
    transaction = sent(wallet)
    two[0].mine(2)
    found = fate(wallet)
    assert found.attempt == transaction.attempts.get()
    assert found.receipt is not None
    assert (found.receipt.tx_hash, found.receipt.succeeded) == (found.attempt.hash, True)


@pytest.mark.fault(32)
def test_spent_by_none_of_our_payloads(two: tuple[ModelChain, ModelChain], wallet: Wallet) -> None:
    sent(wallet)
    two[0].steal_nonce(wallet.address)
    two[0].mine()
    assert fate(wallet) == Fate(Course.FOREIGN)


@pytest.mark.fault(19)
def test_a_node_that_lags_disputes_it(two: tuple[ModelChain, ModelChain], wallet: Wallet) -> None:
    sent(wallet)
    two[0].mine(5)
    two[1].lag(5)
    assert fate(wallet) == Fate(Course.DISPUTED)
    said = [word for word in words(wallet) if isinstance(word, Statement)]
    assert behind(said) == said[1:]


def test_a_node_that_hides_the_receipt_disputes_it(two: tuple[ModelChain, ModelChain], wallet: Wallet) -> None:
    sent(wallet)
    two[0].mine(2)
    two[0].lie("eth_getTransactionReceipt", None)
    assert fate(wallet) == Fate(Course.DISPUTED)
    two[0].lie("eth_getTransactionByHash", None)
    assert fate(wallet) == Fate(Course.DISPUTED)


def test_nobody_else_took_the_nonce_while_a_node_has_heard_of_ours(two: tuple[ModelChain, ModelChain], wallet: Wallet) -> None:
    sent(wallet)
    two[0].mine(2)
    for node in two:
        node.lie("eth_getTransactionReceipt", None)
    assert fate(wallet) == Fate(Course.DISPUTED)


def elsewhere(node: ModelChain, params: list[Any]) -> Any:
    """The receipt, as if in another block."""
    return node.answer_receipt(params) | {"blockHash": "0x" + "99" * 32}


@pytest.mark.fault(20)
def test_a_receipt_whose_block_is_not_on_the_chain_counts_for_nothing(
    two: tuple[ModelChain, ModelChain], wallet: Wallet
) -> None:
    sent(wallet)
    two[0].mine(2)
    for node in two:
        node.lie("eth_getTransactionReceipt", partial(elsewhere, node))
    assert fate(wallet) == Fate(Course.DISPUTED)


def test_with_nobody_to_ask_it_is_disputed(wallet: Wallet) -> None:
    assert fate_of(sent(wallet), []) == Fate(Course.DISPUTED)


def test_the_finalized_tag_decides_where_the_network_has_it(two: tuple[ModelChain, ModelChain], wallet: Wallet) -> None:
    sent(wallet)
    two[0].mine(2)  # the model's finalized block is two below its head
    Network.objects.update(uses_finalized_tag=True)
    wallet.refresh_from_db()
    assert fate(wallet) == Fate(Course.OPEN)
    two[0].mine()
    assert fate(wallet).course == Course.LANDED


def test_a_node_that_has_no_final_block_yet_has_spent_nothing(two: tuple[ModelChain, ModelChain], wallet: Wallet) -> None:
    Network.objects.update(confirmations=50)
    wallet.refresh_from_db()
    first = words(wallet)[0]
    assert isinstance(first, Statement)
    assert (first.final, first.spent) == (-1, 0)


def test_nodes_may_differ_in_what_lies_above_what_is_final() -> None:
    ahead = Statement(head=100, final=90, spent=1, nonce=1, receipts={})
    assert behind([ahead, replace(ahead, head=90, final=80)]) == []
    assert behind([ahead, replace(ahead, head=89, final=79)]) == [replace(ahead, head=89, final=79)]


def block_at(height: int, *, ten_seconds_after: datetime) -> dict[str, str]:
    time = int(ten_seconds_after.timestamp()) + 10 * height
    return {"number": hex(height), "hash": "0x" + "11" * 32, "timestamp": hex(time), "gasLimit": "0x1"}


def test_the_block_before_a_moment_is_found_by_the_blocks_own_times() -> None:
    start, head = datetime(2026, 1, 1, tzinfo=UTC), 5_000
    with RpcServer() as server:
        server.script["eth_getBlockByNumber"] = lambda params: block_at(int(params[0], 16), ten_seconds_after=start)
        node = Node([server.url], 31337)
        moment = datetime.fromtimestamp(start.timestamp() + 10 * 4_000, UTC)
        found = block_before(node, moment, head)
        assert found == 4_000 - CLOCKS_DIFFER.seconds // 10
        assert len(server.posts) < 20
        assert block_before(node, start, head) == 0
        assert block_before(node, datetime(2030, 1, 1, tzinfo=UTC), head) == 0  # the chain's clock is far behind: all of it
