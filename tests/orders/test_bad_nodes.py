"""Nodes that fail, forget, lag and lie, on every method there is: nobody is blamed, and each order is paid once."""

from collections.abc import Iterator
from typing import Any

import pytest

from chain import nodes
from chain.models import Attempt, Network, Transaction, Wallet
from chain.states import TransactionStatus, Waiting, WalletStatus
from claims.models import Claim
from orders.models import Order
from orders.states import Status
from tests.chain.rpc_server import Fault, Http, Refuse, Reset, RpcServer
from tests.factories import make_claim
from tests.model_chain import METHODS, ModelChain
from tests.orders.conftest import Desk
from tests.orders.life import assert_all_paid_once, assert_nobody_is_blamed, later, some_orders, turns
from withdrawals.models import Withdrawal

TRUNCATED = b'{"jsonrpc":"2.0","id":1,"resu'
FAULTS: dict[str, Fault | Refuse | None] = {
    "429": Http(429),
    "500": Http(500, b"Internal Server Error"),
    "503": Http(503),
    "html": Http(200, b"<html>maintenance</html>"),
    "truncated": Http(200, TRUNCATED),
    "reset": Reset(),
    "null": None,
    "internal error": Refuse(-32603, "Internal error"),
    "limit exceeded": Refuse(-32005, "limit exceeded"),
    "syncing": Refuse(-32000, "header not found: node is syncing"),
}


def inflict(desk: Desk, method: str, fault: Fault | Refuse | None) -> None:
    if fault is None or isinstance(fault, Refuse):
        desk.chain.lie(method, fault)
    else:
        desk.chain.fail(fault, on=method)


@pytest.mark.fault(18, 37)
@pytest.mark.parametrize("method", ["eth_chainId", *METHODS])
def test_a_fault_on_any_method_is_only_a_delay(desk: Desk, method: str) -> None:
    """One kind of fault after the other, each for two turns, while some orders are in blocks and others wait."""
    if method == "eth_call":
        Network.objects.update(simulation="singles")  # the way that uses it
        desk.network.refresh_from_db()
    details: list[Claim | Withdrawal] = []
    for name, fault in FAULTS.items():
        details += some_orders(desk)
        inflict(desk, method, fault)
        for _ in range(2):
            later()
            desk.turn()
            assert_nobody_is_blamed(f"{name} on {method}")
        desk.chain.honest()
        later()
        desk.turn()
        desk.chain.mine(desk.network.confirmations)
    assert_all_paid_once(desk, details, turns)
    assert_nobody_is_blamed("in the end")


@pytest.mark.fault(37)
@pytest.mark.parametrize("form", ["simulate_v1", "singles"])
def test_a_simulation_that_flaps_between_fault_and_verdict_rejects_nobody(desk: Desk, form: str) -> None:
    Network.objects.update(simulation=form)
    desk.network.refresh_from_db()
    details = some_orders(desk)
    flapping = iter([Refuse(-32603, "Internal error"), Refuse(3, "execution reverted"), Refuse(-32603, "Internal error")])
    truth = desk.chain.answer_estimate
    desk.chain.lie("eth_estimateGas", lambda params: next(flapping, None) or truth(params))
    for _ in range(2):
        later()
        desk.turn()
        assert_nobody_is_blamed()
    assert_all_paid_once(desk, details, turns)


@pytest.mark.fault(37)
def test_a_fault_while_the_bad_order_is_looked_for_blames_nobody(desk: Desk) -> None:
    """The node cannot simulate; asked call by call, it fails at the second of them."""
    Network.objects.update(simulation="singles")
    desk.network.refresh_from_db()
    details = [make_claim(desk.reward) for _ in range(3)]
    answers = iter(["0x", Refuse(-32603, "Internal error")])
    truth = desk.chain.answer_call
    desk.chain.lie("eth_call", lambda params: next(answers, None) or truth(params))
    desk.turn()
    assert_nobody_is_blamed()
    assert not Attempt.objects.exists()
    assert_all_paid_once(desk, details, turns)


# -- sends whose outcome is unknown ------------------------------------------------------------------------------


@pytest.mark.fault(15, 16)
@pytest.mark.parametrize("took", [True, False])
def test_a_send_without_an_answer_goes_again_byte_for_byte(desk: Desk, took: bool) -> None:
    claim = make_claim(desk.reward)
    if took:
        desk.chain.lose_answer()
    else:
        desk.chain.fail(Reset(), on="eth_sendRawTransaction")
    desk.turn()
    assert len(desk.chain.pool) == took
    assert Attempt.objects.get().answer == "unknown"
    desk.chain.honest()
    later()
    desk.turn()
    assert set(desk.chain.received) == {bytes(Attempt.objects.get().raw)}
    assert len(desk.chain.pool) == 1
    assert_all_paid_once(desk, [claim], turns)
    assert (Transaction.objects.count(), Attempt.objects.count()) == (1, 1)


@pytest.mark.fault(17)
def test_a_node_that_answers_with_a_strange_hash_is_not_believed(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """It swallows the transaction, says that it took it, and names another hash."""
    desk.chain.lie("eth_sendRawTransaction", "0x" + "11" * 32)
    details = some_orders(desk)
    desk.turn()
    assert "node_answered_with_a_strange_hash" in caplog.text
    assert set(Attempt.objects.values_list("answer", flat=True)) == {"unknown"}
    desk.chain.honest()
    later()
    desk.turn()
    assert desk.chain.received[0] == bytes(Attempt.objects.earliest("pk").raw)
    assert_all_paid_once(desk, details, turns)


@pytest.mark.fault(17)
def test_a_swallowed_transaction_is_sent_again(desk: Desk) -> None:
    """The node answers with the right hash and keeps nothing."""
    claim = make_claim(desk.reward)
    desk.turn()
    desk.chain.drop(Attempt.objects.get().hash)
    assert_all_paid_once(desk, [claim], turns)
    assert len(set(desk.chain.received)) == 1


# -- two nodes, one of them behind -------------------------------------------------------------------------------


class Behind(RpcServer):
    """Another node of the same chain, so many blocks behind."""

    def __init__(self, chain: ModelChain, blocks: int) -> None:
        super().__init__()
        self.chain, self.blocks = chain, blocks

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        self.chain.lag(self.blocks)
        try:
            return self.chain.server.answer(request)
        finally:
            self.chain.lag(0)


@pytest.fixture
def behind(desk: Desk) -> Iterator[Behind]:
    """The desk's network has two nodes: this one, preferred, and the chain's own."""
    desk.chain.mine(60)
    with Behind(desk.chain, 50) as server:
        Network.objects.update(rpc_urls=f"{server.url}\n{desk.chain.url}")
        desk.network.refresh_from_db()
        desk.lane.node = nodes.node_for(desk.network)
        yield server


def turn_by(desk: Desk, behind: Behind, *, lagging: bool) -> None:
    """A turn in which only one of the two answers."""
    behind.fault, desk.chain.server.fault = (None, Http(503)) if lagging else (Http(503), None)
    later()
    desk.turn()


@pytest.mark.fault(19)
def test_flapping_between_two_nodes_fifty_blocks_apart_nothing_is_undone(desk: Desk, behind: Behind) -> None:
    details: list[Claim | Withdrawal] = []
    for _ in range(4):
        details += some_orders(desk)
        turn_by(desk, behind, lagging=True)
        desk.chain.mine()
        turn_by(desk, behind, lagging=False)
        seen = list(Transaction.objects.order_by("nonce").values_list("status", "block_number"))
        turn_by(desk, behind, lagging=True)
        assert list(Transaction.objects.order_by("nonce").values_list("status", "block_number")) == seen
        assert_nobody_is_blamed()
        turn_by(desk, behind, lagging=False)
    behind.fault = desk.chain.server.fault = None
    desk.chain.mine(51)
    assert_all_paid_once(desk, details, turns)
    assert Attempt.objects.count() == Transaction.objects.count() == 8


# -- lies --------------------------------------------------------------------------------------------------------


@pytest.mark.fault(20)
def test_a_receipt_of_a_block_that_is_not_on_the_chain_settles_nothing(desk: Desk) -> None:
    """The node says that the transaction mined long ago, while nobody has it. Once it tells the truth, the bytes go again."""
    claim = make_claim(desk.reward)
    desk.turn()
    attempt = Attempt.objects.get()
    desk.chain.mine()
    receipt = desk.chain.answer_receipt([attempt.hash])
    desk.chain.reorg(1)
    desk.chain.mine(5)
    desk.chain.lie("eth_getTransactionReceipt", receipt)
    desk.chain.lie("eth_getTransactionCount", "0x1")
    desk.turn()
    assert (Order.objects.get().status, Transaction.objects.get().status) == (Status.BUSY, TransactionStatus.MINED)
    desk.chain.honest()
    desk.turn()
    assert Transaction.objects.get().status == TransactionStatus.SENT
    assert_all_paid_once(desk, [claim], turns)
    assert Attempt.objects.get() == attempt


# -- none at all -------------------------------------------------------------------------------------------------


@pytest.mark.fault(22)
def test_with_all_nodes_down_for_an_hour_orders_wait_and_then_go(desk: Desk) -> None:
    before = list(some_orders(desk))
    desk.turn()
    desk.chain.fail(Http(503))
    after = some_orders(desk)
    for _ in range(12):
        later(300)
        assert desk.turn().blocked
    wallet = Wallet.objects.get()
    assert (wallet.status, wallet.waiting) == (WalletStatus.ACTIVE, Waiting.RPC)
    assert_nobody_is_blamed()
    assert len(desk.chain.received) == 2
    desk.chain.honest()
    assert_all_paid_once(desk, [*before, *after], turns)
