"""A whole turn of a lane, from pending to settled, on good days and bad ones."""

from collections.abc import Callable
from typing import Any

import pytest

from chain.locks import lock_connection
from chain.models import Attempt, Transaction
from chain.states import TransactionStatus, Waiting, WalletStatus
from orders.models import Order, Stop
from orders.states import Reason, Status
from orders.turn import Turn
from tests.chain.rpc_server import Http, Refuse
from tests.factories import make_claim, make_reward, make_withdrawal
from tests.lanes import grow_old
from tests.model_chain import GWEI, METHODS, Result, always
from tests.orders.conftest import Desk


def statuses() -> list[str]:
    return list(Order.objects.order_by("created", "id").values_list("status", flat=True))


def waiting(desk: Desk) -> str:
    desk.wallet.refresh_from_db()
    return desk.wallet.waiting


# -- the good day ----------------------------------------------------------------------------------------------


def test_a_pending_order_is_bound_and_sent(desk: Desk) -> None:
    claim = make_claim(desk.reward)
    turn = desk.turn()
    claim.order.refresh_from_db()
    assert turn == Turn(settled=0, sent=1, open=1, blocked=False)
    assert (claim.order.status, claim.order.transaction) == (Status.BUSY, Transaction.objects.get())


def test_an_order_completes_when_its_block_is_final(desk: Desk) -> None:
    claim = make_claim(desk.reward)
    assert desk.finish() == Turn(settled=1, sent=0, open=0, blocked=False)
    claim.refresh_from_db()
    assert claim.order.status == Status.COMPLETED
    assert [int(token) for token in claim.token_ids or []] == [2]  # 1 was spoken of in the simulation


def test_an_order_in_a_young_block_is_still_busy(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.turn()
    desk.chain.mine()
    desk.turn()
    assert statuses() == [Status.BUSY]


def test_nothing_to_do_is_an_idle_turn(desk: Desk) -> None:
    assert desk.turn() == Turn()


def test_orders_of_one_reward_share_a_transaction(desk: Desk) -> None:
    for _ in range(5):
        make_claim(desk.reward)
    desk.finish()
    assert Transaction.objects.count() == 1
    assert statuses() == [Status.COMPLETED] * 5


def test_withdrawals_go_one_by_one_with_nonces_in_a_row(desk: Desk) -> None:
    for _ in range(3):
        make_withdrawal(desk.pool)
    desk.finish()
    assert sorted(Transaction.objects.values_list("nonce", flat=True)) == [0, 1, 2]
    assert statuses() == [Status.COMPLETED] * 3


def test_no_more_than_max_in_flight_are_sent(desk: Desk) -> None:
    desk.wallet.max_in_flight = 2
    desk.wallet.save()
    for _ in range(5):
        make_withdrawal(desk.pool)
    assert desk.turn().sent == 2
    assert desk.turn().sent == 0
    desk.chain.mine()
    assert desk.turn().sent == 2


def test_a_strict_wallet_sends_one_at_a_time(desk: Desk) -> None:
    desk.wallet.max_in_flight = 1
    desk.wallet.save()
    for _ in range(2):
        make_withdrawal(desk.pool)
    assert [desk.turn().sent, desk.turn().sent] == [1, 0]


# -- written ahead ---------------------------------------------------------------------------------------------


def test_bytes_nonce_and_orders_are_committed_before_a_node_sees_anything(committed_desk: Desk) -> None:
    held: list[object] = []

    def look(raw: bytes) -> None:
        with lock_connection() as other:
            held.append(other.execute(SEEN_BY_OTHERS, [raw]).fetchone())

    committed_desk.chain.on_send = look
    make_claim(committed_desk.reward)
    committed_desk.turn()
    assert held == [(0, "signed", "busy", 1)]


SEEN_BY_OTHERS = """
SELECT t.nonce, t.status, o.status, w.next_nonce FROM chain_attempt a JOIN chain_transaction t ON t.id = a.transaction_id
JOIN orders_order o ON o.transaction_id = t.id JOIN chain_wallet w ON w.id = t.wallet_id WHERE a.raw = %s
"""


def test_a_replacement_is_committed_before_a_node_sees_it(committed_desk: Desk) -> None:
    held: list[object] = []

    def look(raw: bytes) -> None:
        with lock_connection() as other:
            held.append(other.execute("SELECT kind FROM chain_attempt WHERE raw = %s", [raw]).fetchone())

    make_claim(committed_desk.reward)
    committed_desk.turn()
    grow_old(Transaction.objects.get())
    committed_desk.chain.on_send = look
    committed_desk.turn()
    assert held == [("original",), ("bump",)]


def test_no_node_is_asked_inside_a_database_transaction(committed_desk: Desk) -> None:
    chain, open_ones = committed_desk.chain, set[object]()

    def watched(name: str) -> Callable[[Any], Any]:
        def answer(params: Any) -> Any:
            with lock_connection() as other:
                open_ones.add(other.execute(IDLE_IN_TRANSACTION).fetchone())
            return getattr(chain, f"answer_{name}")(params)

        return answer

    chain.server.script |= {method: watched(name) for method, name in METHODS.items()}
    make_claim(committed_desk.reward)
    committed_desk.turn()
    grow_old(Transaction.objects.get())
    committed_desk.turn()  # the same bytes again, and a replacement
    committed_desk.finish()
    assert (statuses(), open_ones) == ([Status.COMPLETED], {(0,)})


IDLE_IN_TRANSACTION = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'
"""


@pytest.mark.fault(15)
def test_a_lost_answer_pays_once(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.chain.lose_answer()
    desk.finish()
    assert statuses() == [Status.COMPLETED]
    assert (Transaction.objects.count(), Attempt.objects.count()) == (1, 1)


def test_after_a_lost_answer_no_other_group_is_sent_in_this_turn(desk: Desk) -> None:
    """The node may not have the nonce; the next one would leave a gap in its pool."""
    make_claim(desk.reward)
    make_withdrawal(desk.pool)
    desk.chain.lose_answer()
    assert desk.turn().sent == 1
    assert len(desk.chain.received) == 1
    assert desk.turn().sent == 1


# -- bad days --------------------------------------------------------------------------------------------------


@pytest.mark.fault(18, 22)
def test_a_dead_node_blames_no_order(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.chain.fail(Http(503))
    assert desk.turn().blocked
    assert statuses() == [Status.PENDING]
    assert waiting(desk) == Waiting.RPC


@pytest.mark.fault(37)
def test_a_fault_in_the_simulation_blames_no_order(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.chain.fail(Http(500), on="eth_simulateV1")
    assert desk.turn().blocked
    assert statuses() == [Status.PENDING]


def test_work_goes_on_when_the_node_is_back(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.chain.fail(Http(503))
    desk.turn()
    desk.chain.honest()
    assert desk.turn().sent == 1
    assert waiting(desk) == ""


@pytest.mark.fault(21)
def test_on_the_wrong_chain_nothing_is_signed(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.chain.lie("eth_chainId", "0x1")
    assert desk.turn().blocked
    assert not Attempt.objects.exists()
    desk.wallet.refresh_from_db()
    assert desk.wallet.status == WalletStatus.QUARANTINED
    assert desk.wallet.status_reason == "The node serves chain 1, but this network is chain 31337."


@pytest.mark.fault(19)
def test_on_a_node_that_lags_nothing_is_signed(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.turn()
    desk.chain.mine()
    desk.turn()
    desk.chain.lag(1)
    make_claim(desk.reward)
    desk.turn()
    assert (statuses(), waiting(desk)) == ([Status.BUSY, Status.PENDING], Waiting.BEHIND)


@pytest.mark.fault(45)
def test_on_a_host_with_a_wrong_clock_nothing_is_signed(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.lane.clock_error = 600.0
    assert desk.turn().blocked
    assert (statuses(), waiting(desk)) == ([Status.PENDING], Waiting.CLOCK)


@pytest.mark.fault(31)
def test_a_chain_rewritten_below_finality_stops_the_wallet(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.finish()
    desk.chain.reorg(2)
    desk.reopen()
    make_claim(desk.reward)
    desk.turn()
    desk.wallet.refresh_from_db()
    assert (desk.wallet.status, statuses()) == (WalletStatus.QUARANTINED, [Status.COMPLETED, Status.PENDING])


def test_without_a_key_nothing_is_signed_and_staff_are_told(desk: Desk) -> None:
    desk.wallet.signer = "mnemonic:m/44'/60'/0'/0/9"
    desk.wallet.save()
    make_claim(desk.reward)
    assert desk.turn().blocked
    assert statuses() == [Status.PENDING]
    assert waiting(desk) == Waiting.SIGNER


@pytest.mark.fault(24)
def test_above_the_ceiling_orders_wait_without_a_fail_reason(desk: Desk) -> None:
    desk.network.gas_ceiling = 5 * GWEI
    desk.network.save()
    make_claim(desk.reward)
    desk.chain.base_fee = 9 * GWEI
    assert desk.turn().blocked
    desk.wallet.refresh_from_db()
    assert (statuses(), Order.objects.get().fail_reason) == ([Status.PENDING], "")
    assert desk.wallet.waiting_detail == "Gas costs 10 gwei, over the ceiling of 5 gwei."


def test_after_the_price_fell_the_oldest_goes_first(desk: Desk) -> None:
    desk.network.gas_ceiling = 5 * GWEI
    desk.network.save()
    desk.chain.base_fee = 9 * GWEI
    orders = [make_withdrawal(desk.pool).order for _ in range(3)]
    desk.turn()
    desk.chain.base_fee = GWEI
    desk.turn()
    nonces = [Order.objects.get(pk=order.pk).transaction for order in orders]
    assert [transaction.nonce for transaction in nonces if transaction] == [0, 1, 2]
    assert waiting(desk) == ""


@pytest.mark.fault(33)
def test_without_coin_for_gas_orders_wait(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.chain.balances[desk.wallet.address] = 1000
    assert desk.turn().blocked
    assert (statuses(), waiting(desk)) == ([Status.PENDING], Waiting.FUNDS)


def test_what_is_on_its_way_counts_against_the_balance(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.turn()
    attempt = Attempt.objects.select_related("transaction").get()
    desk.chain.balances[desk.wallet.address] = attempt.transaction.gas_limit * attempt.max_fee + 1000
    make_claim(desk.reward)
    desk.turn()
    assert (statuses(), waiting(desk)) == ([Status.BUSY, Status.PENDING], Waiting.FUNDS)


def test_behind_a_refused_transaction_nothing_is_signed(desk: Desk) -> None:
    desk.chain.lie("eth_sendRawTransaction", Refuse(-32000, "txpool is full"))
    make_claim(desk.reward)
    desk.turn()
    make_claim(desk.reward)
    desk.turn()
    assert Transaction.objects.get().status == TransactionStatus.SIGNED
    assert statuses() == [Status.BUSY, Status.PENDING]


def test_a_nonce_used_elsewhere_stops_the_wallet(desk: Desk) -> None:
    desk.turn()
    desk.chain.steal_nonce(desk.wallet.address)
    make_claim(desk.reward)
    desk.turn()
    desk.wallet.refresh_from_db()
    assert (desk.wallet.status, statuses()) == (WalletStatus.QUARANTINED, [Status.PENDING])
    assert desk.chain.received == []


def test_a_paused_wallet_signs_nothing_new_and_settles_the_old(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.turn()
    desk.wallet.status = WalletStatus.PAUSED
    desk.wallet.save(update_fields=["status"])
    make_claim(desk.reward)
    desk.chain.mine(2)
    desk.turn()
    assert statuses() == [Status.COMPLETED, Status.PENDING]


def test_a_stopped_group_does_not_stop_the_others(desk: Desk) -> None:
    for _ in range(5):
        make_claim(desk.reward)
    other = make_withdrawal(desk.pool)
    Stop.objects.create(group=desk.reward.pk, wallet=desk.wallet, reason="closed", by="staff:ana")
    desk.turn()
    assert statuses() == [Status.PENDING] * 5 + [Status.BUSY]
    assert Order.objects.get(status=Status.BUSY).pk == other.pk


def test_when_all_fail_alike_the_group_stops_and_no_order_is_blamed(desk: Desk) -> None:
    reward = make_reward(wallet=desk.wallet, contract="0x90F79bf6EB2c4f870365E785982E1f101E93b906")
    desk.chain.contracts[reward.contract] = always(Result(ok=False))
    for _ in range(5):
        make_claim(reward)
    desk.turn()
    assert statuses() == [Status.PENDING] * 5
    assert Stop.objects.get().by == "lane"


def test_a_cancelled_transaction_holds_its_orders(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.turn()
    original = Attempt.objects.get()
    Transaction.objects.update(cancel_asked_by="staff:ana")
    desk.turn()
    assert original.hash not in {tx.hash for tx in desk.chain.pool.values()}
    desk.chain.mine(2)
    desk.turn()
    assert list(Order.objects.values_list("status", "reason")) == [(Status.HELD, Reason.TRANSACTION_CANCELLED)]


@pytest.mark.fault(27)
def test_a_cancellation_that_loses_completes_the_order(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.turn()
    desk.chain.mine()
    Transaction.objects.update(cancel_asked_by="staff:ana")
    desk.chain.mine()
    desk.turn()
    assert statuses() == [Status.COMPLETED]


def test_the_way_of_simulating_is_remembered(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.turn()
    desk.network.refresh_from_db()
    assert desk.network.simulation == "simulate_v1"
