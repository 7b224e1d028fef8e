"""How withdrawals become calls, and how a receipt's events settle them: without a chain."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from chain.calls import encode
from chain.events import Log
from chain.models import Wallet
from orders.states import Reason, Status
from tests.factories import CONTRACT, MINTER, an_address
from withdrawals.models import Pool, PoolKind, Withdrawal
from withdrawals.processor import (
    FINALIZE,
    INSUFFICIENT_BALANCE,
    OWNED,
    POLL_CREATED,
    PROPOSE,
    TRANSFER,
    WITHDRAWN,
    batch,
    questions,
    read,
)  # fmt: skip

TOKEN = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
TRANSFERRED = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"  # ERC-20 Transfer


def pool(kind: PoolKind = PoolKind.ERC20, **over: Any) -> Pool:
    return Pool(kind=kind, wallet=Wallet(name="payer", address=MINTER), contract=CONTRACT, token=TOKEN, **over)


def withdrawal(of: Pool | None = None, **over: Any) -> Withdrawal:
    return Withdrawal(order_id=uuid4(), pool=of or pool(), **{"recipient": an_address(), "amount": 1000, **over})


def transfer(recipient: str, amount: int, *, sender: str = MINTER, token: str = TOKEN) -> Log:
    parties = tuple("0x" + party[2:].lower().rjust(64, "0") for party in (sender, recipient))
    return Log(token, (TRANSFERRED, *parties), amount.to_bytes(32), 0)


def event(signature: Any, *values: Any, contract: str = CONTRACT) -> Log:
    return Log(contract, (signature.topic,), encode(signature.types, values), 0)


# -- calls --------------------------------------------------------------------------------------------------------


def test_a_token_is_transferred() -> None:
    one = withdrawal()
    (call,) = batch([one]).calls
    assert (call.to, call.value, TRANSFER.decode(call.data)) == (TOKEN, 0, (one.recipient, 1000))


def test_coin_goes_with_the_call() -> None:
    one = withdrawal(pool(PoolKind.NATIVE))
    (call,) = batch([one]).calls
    assert (call.to, call.value, call.data) == (one.recipient, 1000, b"")


def test_an_asset_pool_proposes_first() -> None:
    one = withdrawal(pool(PoolKind.ASSET_POOL))
    (call,) = batch([one]).calls
    assert (call.to, PROPOSE.decode(call.data)) == (CONTRACT, (1000, one.recipient))


def test_an_asset_pool_finalizes_what_is_proposed() -> None:
    one = withdrawal(pool(PoolKind.ASSET_POOL, finalize=True), withdrawal_id=7)
    assert FINALIZE.decode(batch([one]).calls[0].data) == (7,)


def test_withdrawals_never_share_a_transaction() -> None:
    assert batch([withdrawal(), withdrawal()]).combine is None


# -- lack ---------------------------------------------------------------------------------------------------------


def lack(data: bytes, kind: PoolKind = PoolKind.ERC20) -> str | None:
    return batch([withdrawal(pool(kind))]).lack(data)


def test_our_own_shortage_is_told_apart_from_the_recipients() -> None:
    ours, theirs = (INSUFFICIENT_BALANCE.encode([who, 5, 9]) for who in (MINTER, an_address()))
    assert lack(ours) == f"payer has 5 of the 9 base units of {TOKEN}"
    assert lack(theirs) is None


@pytest.mark.parametrize(("words", "short"), [("ERC20: transfer amount exceeds balance", True), ("paused", False)])
def test_older_tokens_say_it_in_words(words: str, short: bool) -> None:
    data = bytes.fromhex("08c379a0") + encode(["string"], [words])
    assert bool(lack(data)) is short


def test_an_asset_pool_pays_from_its_contract() -> None:
    assert lack(INSUFFICIENT_BALANCE.encode([MINTER, 5, 9]), PoolKind.ASSET_POOL) is None
    assert lack(INSUFFICIENT_BALANCE.encode([CONTRACT, 5, 9]), PoolKind.ASSET_POOL) is not None


# -- events -------------------------------------------------------------------------------------------------------


def test_the_whole_amount_completes_it() -> None:
    one = withdrawal()
    (verdict,) = read([one], [transfer(one.recipient, 1000)])
    assert (verdict.to, verdict.facts) == (Status.COMPLETED, {"paid_amount": 1000})


@pytest.mark.parametrize("amount", [999, 1001, 0])
def test_another_amount_goes_to_review_with_what_arrived(amount: int) -> None:
    one = withdrawal()
    (verdict,) = read([one], [transfer(one.recipient, amount)])
    assert (verdict.to, verdict.reason, verdict.facts) == (Status.HELD, Reason.REVIEW, {"paid_amount": amount})


@pytest.mark.parametrize("wrong", ["sender", "token", "recipient"])
def test_a_transfer_of_others_proves_nothing(wrong: str) -> None:
    one = withdrawal()
    over = {} if wrong == "recipient" else {wrong: an_address()}
    log = transfer(an_address() if wrong == "recipient" else one.recipient, 1000, **over)
    assert read([one], [log])[0].to == Status.HELD


def test_two_withdrawals_of_one_recipient_take_a_transfer_each() -> None:
    of = pool()
    one = withdrawal(of)
    two = withdrawal(of, recipient=one.recipient)
    assert [v.to for v in read([one, two], [transfer(one.recipient, 1000)])] == [Status.COMPLETED, Status.HELD]


@pytest.mark.parametrize(("finalize", "to"), [(False, Status.COMPLETED), (True, Status.PENDING)])
def test_a_proposal_is_the_end_or_the_first_half(finalize: bool, to: Status) -> None:
    one = withdrawal(pool(PoolKind.ASSET_POOL, finalize=finalize))
    (verdict,) = read([one], [event(POLL_CREATED, 7, 3)])
    assert (verdict.to, verdict.facts) == (to, {"withdrawal_id": 7})


@pytest.mark.parametrize("logs", [[], [event(POLL_CREATED, 7, 3, contract=TOKEN)]])
def test_a_proposal_without_its_event_goes_to_review(logs: list[Log]) -> None:
    assert read([withdrawal(pool(PoolKind.ASSET_POOL))], logs)[0].reason == Reason.REVIEW


def proposed() -> Withdrawal:
    return withdrawal(pool(PoolKind.ASSET_POOL, finalize=True), withdrawal_id=7)


def test_a_finalized_poll_that_paid_completes_it() -> None:
    one = proposed()
    (verdict,) = read([one], [event(WITHDRAWN, 7, one.recipient, 1000)])
    assert (verdict.to, verdict.facts) == (Status.COMPLETED, {"paid_amount": 1000})


@pytest.mark.parametrize(("poll", "amount", "to_us"), [(8, 1000, True), (7, 999, True), (7, 1000, False)])
def test_a_finalized_poll_that_paid_otherwise_goes_to_review(poll: int, amount: int, to_us: bool) -> None:
    one = proposed()
    payee = one.recipient if to_us else an_address()
    assert read([one], [event(WITHDRAWN, poll, payee, amount)])[0].reason == Reason.REVIEW


def test_coin_needs_no_event() -> None:
    assert read([withdrawal(pool(PoolKind.NATIVE))], [])[0].to == Status.COMPLETED


# -- pools that may not be saved ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": PoolKind.ASSET_POOL}, "contract"),
        ({"kind": PoolKind.ERC20}, "token"),
        ({"kind": PoolKind.NATIVE, "token": TOKEN}, "token"),
        ({"kind": PoolKind.NATIVE, "errors": "Refused("}, "errors"),
    ],
)
def test_a_pool_that_could_not_pay_is_refused_with_its_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Pool(**values).clean()
    assert list(caught.value.message_dict) == [field]


def test_a_pool_of_coin_may_be_saved() -> None:
    Pool(kind=PoolKind.NATIVE).clean()


def test_the_token_is_asked_for_the_recipients_balance() -> None:
    one = withdrawal()
    (question,) = questions(one)
    assert (question.name, question.call.to, question.call.data) == ("owned", TOKEN, OWNED.encode([one.recipient]))
    assert list(questions(withdrawal(Pool(kind=PoolKind.NATIVE)))) == []


def test_the_pools_contract_is_asked_where_it_can_tell_whether_a_poll_was_paid() -> None:
    of = pool(PoolKind.ASSET_POOL, paid_view="paid(uint256)", paid_view_arguments=["{token_id}"])
    deciding = [question for question in questions(withdrawal(of, withdrawal_id=7)) if question.decides]
    assert [(question.call.to, question.call.data[-1]) for question in deciding] == [(CONTRACT, 7)]
