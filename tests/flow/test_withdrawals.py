"""A withdrawal from pending to proved, on a real chain, from each kind of pool and in tokens of every temper."""

from collections.abc import Callable

import pytest

from chain.models import Transaction, Wallet
from chain.states import Waiting
from orders.models import Event
from orders.states import Reason, Status
from tests.factories import make_pool, make_withdrawal
from tests.flow.conftest import World
from withdrawals.models import PoolKind, Withdrawal

Work = Callable[[Wallet], None]


def played(work: Work, *withdrawals: Withdrawal) -> list[Withdrawal]:
    work(withdrawals[0].pool.wallet)
    return [Withdrawal.objects.select_related("order").get(pk=each.pk) for each in withdrawals]


def test_a_proposal_is_finalized_in_a_second_transaction(world: World, work: Work) -> None:
    token = world.token()
    pool = world.asset_pool(token, finalize=True)
    (done,) = played(work, make_withdrawal(pool, amount=77))
    assert (done.order.status, done.withdrawal_id, done.paid_amount) == (Status.COMPLETED, 1, 77)
    assert (token.call("balanceOf", done.recipient), Transaction.objects.count()) == (77, 2)


def test_both_steps_stand_in_the_orders_history(world: World, work: Work) -> None:
    played(work, make_withdrawal(world.asset_pool(world.token(), finalize=True)))
    history = Event.objects.values_list("from_status", "to_status", "reason")
    assert list(history) == [
        ("pending", "busy", ""), ("busy", "pending", "next_step"), ("pending", "busy", ""), ("busy", "completed", "")
    ]  # fmt: skip


def test_where_proposing_is_all_the_order_ends_with_the_polls_id(world: World, work: Work) -> None:
    token = world.token()
    pool = world.asset_pool(token, finalize=False)
    first, second = played(work, make_withdrawal(pool), make_withdrawal(pool))
    assert [(w.order.status, w.withdrawal_id) for w in (first, second)] == [(Status.COMPLETED, 1), (Status.COMPLETED, 2)]
    assert token.call("balanceOf", first.recipient) == 0


def test_tokens_are_paid_one_transaction_each_oldest_first(world: World, work: Work) -> None:
    token = world.token()
    pool = world.erc20_pool(token)
    withdrawals = played(work, *(make_withdrawal(pool, amount=n) for n in (5, 6, 7)))
    assert [token.call("balanceOf", w.recipient) for w in withdrawals] == [5, 6, 7]
    assert [w.order.transaction.nonce for w in withdrawals if w.order.transaction] == [0, 1, 2]


def test_coin_is_paid(world: World, work: Work) -> None:
    pool = make_pool(wallet=world.wallet(), kind=PoolKind.NATIVE, token="")
    (done,) = played(work, make_withdrawal(pool, amount=10**18))
    assert (done.order.status, done.paid_amount) == (Status.COMPLETED, 10**18)
    assert int(world.chain.request("eth_getBalance", done.recipient, "latest"), 16) == 10**18


def test_a_token_that_takes_a_fee_goes_to_review_before_anything_is_sent(world: World, work: Work) -> None:
    (kept,) = played(work, make_withdrawal(world.erc20_pool(world.token("FeeToken")), amount=1000))
    assert (kept.order.status, kept.order.reason) == (Status.HELD, Reason.REVIEW)
    assert "990 arrived instead of 1000" in Event.objects.get().note
    assert not Transaction.objects.exists()


def test_a_token_that_returns_nothing_is_paid(world: World, work: Work) -> None:
    token = world.token("SilentToken")
    (done,) = played(work, make_withdrawal(world.erc20_pool(token), amount=9))
    assert (done.order.status, token.call("balanceOf", done.recipient)) == (Status.COMPLETED, 9)


@pytest.mark.parametrize(
    ("name", "block", "reason"),
    [("BlocklistToken", "setBlocked", "account is blocked"), ("DemoToken", "setBlocked", "PayeeBlocked(payee={payee})")],
)
def test_a_blocked_payee_fails_and_the_others_are_paid(world: World, work: Work, name: str, block: str, reason: str) -> None:
    token = world.token(name)
    pool = world.erc20_pool(token)
    bad, good = make_withdrawal(pool), make_withdrawal(pool)
    token.send(block, bad.recipient, True)
    bad, good = played(work, bad, good)
    assert (bad.order.status, bad.order.fail_reason) == (Status.FAILED, reason.format(payee=bad.recipient))
    assert good.order.status == Status.COMPLETED


@pytest.mark.parametrize("name", ["DemoToken", "BlocklistToken"])
def test_a_wallet_short_of_the_token_waits_for_it(world: World, work: Work, name: str) -> None:
    token = world.token(name)
    pool = world.erc20_pool(token, funds=10)
    withdrawal = make_withdrawal(pool, amount=11)
    (short,) = played(work, withdrawal)
    pool.wallet.refresh_from_db()
    assert (short.order.status, short.order.fail_reason, pool.wallet.waiting) == (Status.PENDING, "", Waiting.FUNDS)
    token.send("mint", pool.wallet.address, 1)
    (done,) = played(work, withdrawal)
    assert done.order.status == Status.COMPLETED
