"""Each order by its own event, and in one commit with its transaction's end."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chain.decisions import Landed
from chain.models import Transaction
from chain.states import Outcome
from orders import settle
from orders.models import Event, Order
from orders.states import Reason, Status
from tests.factories import make_claim, make_withdrawal
from tests.lanes import pay
from tests.orders.conftest import Desk, Died


def outcome_of(pk: Any) -> tuple[str, str]:
    order = Order.objects.get(pk=pk)
    return order.status, order.reason


def test_each_order_gets_the_token_of_its_own_event(desk: Desk) -> None:
    claims = [make_claim(desk.reward, quantity=n) for n in (1, 2, 3)]
    desk.finish()
    for claim in claims:
        claim.refresh_from_db()
    tokens = [claim.token_ids or [] for claim in claims]
    assert [len(each) for each in tokens] == [1, 2, 3]
    assert len({token for each in tokens for token in each}) == 6


def test_the_same_recipient_twice_in_one_batch_gets_two_tokens(desk: Desk) -> None:
    first = make_claim(desk.reward)
    second = make_claim(desk.reward, recipient=first.recipient)
    desk.finish()
    for claim in (first, second):
        claim.refresh_from_db()
    assert Transaction.objects.count() == 1
    assert first.token_ids != second.token_ids


@pytest.mark.fault(36)
def test_an_order_without_its_event_goes_to_review(desk: Desk) -> None:
    claim, other = make_claim(desk.reward), make_claim(desk.reward)
    desk.badge.silent.add(claim.recipient)
    desk.finish()
    assert outcome_of(claim.pk) == (Status.HELD, Reason.REVIEW)
    assert outcome_of(other.pk) == (Status.COMPLETED, "")


@pytest.mark.fault(35)
def test_a_reverted_batch_pays_nobody_and_its_orders_wait_again(desk: Desk) -> None:
    claims = [make_claim(desk.reward) for _ in range(2)]
    desk.badge.turned.add(claims[0].recipient)
    desk.turn()
    desk.chain.mine(2)
    desk.badge.refused.add(claims[1].recipient)  # so that this turn does not send them again
    desk.turn()
    assert Transaction.objects.get(nonce=0).outcome == Outcome.REVERTED
    assert {(e.to_status, e.reason) for e in Event.objects.filter(from_status=Status.BUSY)} == {("pending", "batch_reverted")}


@pytest.mark.fault(35)
def test_after_two_reverted_batches_an_order_goes_alone(desk: Desk) -> None:
    bad, good = make_claim(desk.reward), make_claim(desk.reward)
    desk.badge.turned.add(bad.recipient)
    for _ in range(4):
        desk.finish()
    assert outcome_of(good.pk) == (Status.COMPLETED, "")
    assert Order.objects.get(pk=bad.pk).status == Status.FAILED


def test_an_order_fails_after_three_reverted_tries(desk: Desk) -> None:
    claim = make_claim(desk.reward)
    desk.badge.turned.add(claim.recipient)
    for _ in range(4):
        desk.finish()
    claim.order.refresh_from_db()
    assert outcome_of(claim.pk) == (Status.FAILED, Reason.REVERTED)
    assert (claim.order.tries, claim.order.fail_reason) == (
        3, "Reverted on chain 3 times although each simulation passed."
    )  # fmt: skip
    assert Transaction.objects.count() == 3


def test_gas_shares_add_up_to_what_was_used(desk: Desk) -> None:
    desk.badge.gas = 50_001
    for _ in range(2):
        make_claim(desk.reward)
    desk.finish()
    shares = list(Order.objects.order_by("created", "id").values_list("gas_used", flat=True))
    assert shares == [50_001, 50_001]
    assert sum(share or 0 for share in shares) == Transaction.objects.get().gas_used


@pytest.mark.parametrize(("gas", "shares"), [(9, [3, 3, 3]), (10, [4, 3, 3]), (11, [4, 4, 3]), (0, [0, 0, 0])])
def test_the_first_orders_carry_the_remainder_of_the_gas(gas: int, shares: list[int]) -> None:
    assert settle._shares(gas, 3) == shares


def test_gas_of_every_try_is_counted(desk: Desk) -> None:
    claim = make_claim(desk.reward)
    desk.badge.turned.add(claim.recipient)
    desk.turn()
    desk.chain.mine(2)
    desk.badge.turned.clear()
    desk.turn()
    desk.chain.mine(2)
    desk.turn()
    claim.order.refresh_from_db()
    assert (claim.order.status, claim.order.gas_used) == (Status.COMPLETED, 25_000 + 50_000)


def test_a_receipt_nobody_foresaw_goes_to_review_and_stops_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    claim = make_claim(desk.reward)
    desk.turn()

    def broken(reward: Any, logs: Sequence[Any]) -> Any:
        raise KeyError("a field")

    monkeypatch.setattr("orders.minting.erc721_mints", broken)
    desk.chain.mine(2)
    desk.turn()
    assert outcome_of(claim.pk) == (Status.HELD, Reason.REVIEW)
    assert "receipt_not_readable" in caplog.text


def test_the_history_names_the_transaction_that_proves_it(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.finish()
    transaction = Transaction.objects.get()
    last = Event.objects.get(to_status=Status.COMPLETED)
    assert (last.actor, last.transaction) == ("lane", transaction)
    assert last.evidence == {"hash": transaction.mined_hash, "block": transaction.block_number}


def test_a_transaction_without_orders_ends_too(desk: Desk) -> None:
    desk.turn()
    pay(desk.lane)
    desk.chain.mine(2)
    assert desk.turn().settled == 1


def test_a_withdrawal_of_coin_is_paid_by_its_transaction(desk: Desk) -> None:
    withdrawal = make_withdrawal(desk.pool, amount=77)
    desk.finish()
    withdrawal.refresh_from_db()
    assert (withdrawal.order.status, withdrawal.paid_amount) == (Status.COMPLETED, 77)


def test_an_order_of_a_reorganised_block_is_not_settled(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.turn()
    desk.chain.mine()
    desk.turn()
    desk.chain.reorg(1)
    desk.chain.mine(5)
    desk.turn()
    assert Order.objects.get().status == Status.BUSY


def test_a_foreign_outcome_holds_the_order_with_its_transaction(desk: Desk) -> None:
    claim = make_claim(desk.reward)
    desk.turn()
    order = Order.objects.get(pk=claim.pk)
    move = settle._unpaid(Landed(Transaction.objects.get(), Outcome.FOREIGN), order, 0)
    assert (move.to, move.reason, move.transaction) == (Status.HELD, Reason.FOREIGN, order.transaction_id)


def test_a_transaction_and_its_orders_end_together_or_not_at_all(desk: Desk, die_at: Callable[[str], None]) -> None:
    make_claim(desk.reward)
    desk.turn()
    desk.chain.mine(2)
    die_at("settling")
    with pytest.raises(Died):
        desk.turn()
    assert (Transaction.objects.get().outcome, Order.objects.get().status) == ("", Status.BUSY)
