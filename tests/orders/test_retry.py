"""Going again: what the chain is asked, what comes of it, and that nothing goes round it. On a model chain."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from chain.evm.node import Node
from chain.models import Transaction
from chain.states import Outcome, TransactionStatus
from claims.models import Claim, Reward
from orders import actions
from orders.actions import NotAllowed, NotSafe, Stale
from orders.gate import retry
from orders.gate.judgement import Cause, Safety
from orders.models import Event, Order, ReleaseRequest
from orders.states import Reason, Status
from orders.worker.runner import tick
from tests.chain.rpc_server import Hang, Http
from tests.chain.test_guards import make_transaction
from tests.factories import an_address, make_claim, make_withdrawal
from tests.model_badge import CLAIM
from tests.model_chain import ModelChain
from tests.orders.at_once import at_once, until
from tests.orders.conftest import Desk

ANA, BO = "staff:ana", "staff:bo"


def again(order: Order, actor: str = ANA, **over: Any) -> Order:
    act = actions.retry if Order.objects.get(pk=order.pk).status == Status.FAILED else actions.release
    return act(order.pk, actor=actor, reason="asked", **over)


def refused(order: Order, act: Callable[..., Order] = again) -> tuple[Safety, Cause | None]:
    """How it is refused; checks that nothing moved."""
    before = fresh(order)
    with pytest.raises(NotSafe) as caught:
        act(order)
    assert fresh(order).revision == before.revision
    return caught.value.finding.verdict, caught.value.finding.cause


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def status(order: Order) -> tuple[str, str]:
    now = fresh(order)
    return now.status, now.reason


def failed(desk: Desk) -> Claim:
    """A claim that the contract refuses before anything is signed, and would take now."""
    claim = make_claim(desk.reward)
    desk.badge.refused.add(claim.recipient)
    desk.turn()
    assert status(claim.order) == (Status.FAILED, Reason.SIMULATION_REVERTED)
    desk.badge.refused.clear()
    return claim


def reverted(desk: Desk) -> Claim:
    """A claim that has failed on chain for the third time, and would pass now."""
    claim = make_claim(desk.reward, order_tries=2)
    desk.badge.turned.add(claim.recipient)
    desk.finish()
    assert status(claim.order) == (Status.FAILED, Reason.REVERTED)
    desk.badge.turned.clear()
    return claim


def lied_about(desk: Desk) -> Claim:
    """A claim that was paid, while the node said that its transaction had reverted."""
    claim = make_claim(desk.reward, order_tries=2)
    told = desk.chain.answer_receipt
    desk.chain.lie("eth_getTransactionReceipt", lambda params: told(params) and told(params) | {"status": "0x0", "logs": []})
    desk.finish()
    assert status(claim.order) == (Status.FAILED, Reason.REVERTED)
    desk.chain.honest()
    return claim


def hidden(desk: Desk, other: ModelChain) -> Order:
    """A claim that was paid, while all nodes hid its receipt."""
    claim = make_claim(desk.reward)
    desk.turn()
    for node in (desk.chain, other):
        node.lie("eth_getTransactionReceipt", None)
        node.lie("eth_getTransactionByHash", None)
    desk.chain.mine(3)
    desk.turn()
    for node in (desk.chain, other):
        node.honest()
    assert status(claim.order) == (Status.HELD, Reason.FOREIGN)
    return fresh(claim.order)


def stolen(desk: Desk) -> Order:
    """A claim whose nonce a stranger took, as two nodes said."""
    claim = make_claim(desk.reward)
    desk.turn()
    desk.chain.steal_nonce(desk.wallet.address)
    desk.chain.mine(2)
    desk.turn()
    assert status(claim.order) == (Status.HELD, Reason.FOREIGN)
    return fresh(claim.order)


def mint_by_stranger(desk: Desk, recipient: str) -> str:
    return desk.chain.call_by_stranger(desk.badge.address, CLAIM.encode([recipient, 1]))


@pytest.fixture
def other(desk: Desk) -> Iterator[ModelChain]:
    """A second node of the same chain, in the network's list of URLs; the lane asks the first."""
    with desk.chain.twin() as node:
        desk.network.rpc_urls = f"{desk.chain.url}\n{node.url}"
        desk.network.save()
        yield node


# -- safe --------------------------------------------------------------------------------------------------------------


def test_an_order_for_which_nothing_was_signed_goes_again(desk: Desk) -> None:
    claim = failed(desk)
    assert again(claim.order).status == Status.PENDING
    desk.finish()
    assert status(claim.order) == (Status.COMPLETED, "")


@pytest.mark.fault(35)
def test_one_whose_transaction_reverted_goes_again_and_is_paid_once(desk: Desk, other: ModelChain) -> None:
    claim = reverted(desk)
    assert again(claim.order).status == Status.PENDING
    desk.finish()
    assert status(claim.order) == (Status.COMPLETED, "")
    assert len(Claim.objects.get(pk=claim.pk).token_ids or []) == 1


def test_the_history_keeps_who_why_and_the_evidence(desk: Desk) -> None:
    claim = reverted(desk)
    before = fresh(claim.order).revision
    again(claim.order)
    event = fresh(claim.order).events.last()
    assert event is not None
    assert event.evidence is not None
    assert (event.actor, event.note, event.reason) == (ANA, "asked", Reason.RETRIED)
    assert (event.evidence["verdict"], event.evidence["revision"]) == ("safe", before)
    (transaction,) = event.evidence["transactions"]
    assert (transaction["nonce_spent"], transaction["came_to"]) == (True, "reverted")
    assert [attempt["receipts"][0]["succeeded"] for attempt in transaction["attempts"]] == [False]


def test_every_transaction_it_was_ever_bound_to_is_looked_at(desk: Desk) -> None:
    claim = make_claim(desk.reward)
    desk.badge.turned.add(claim.recipient)
    for _ in range(4):
        desk.finish()
    finding = retry.find(fresh(claim.order))
    assert [each["nonce"] for each in finding.evidence["transactions"]] == [0, 1, 2]
    assert finding.verdict == Safety.SAFE


@pytest.mark.fault(27)
def test_one_whose_transaction_was_cancelled_is_released_by_one_person(desk: Desk) -> None:
    claim = cancelled(desk)
    assert again(claim.order, "client:shop").status == Status.PENDING
    desk.finish()
    assert status(claim.order) == (Status.COMPLETED, "")


def cancelled(desk: Desk) -> Claim:
    claim = make_claim(desk.reward)
    desk.turn()
    Transaction.objects.update(cancel_asked_by=ANA)
    desk.turn()
    desk.chain.mine(2)
    desk.turn()
    assert status(claim.order) == (Status.HELD, Reason.TRANSACTION_CANCELLED)
    return claim


def test_what_others_were_paid_in_the_same_batch_does_not_matter(desk: Desk) -> None:
    """The batch minted to the same recipient, for another order of theirs."""
    claim = reverted(desk)
    twin = make_claim(desk.reward, recipient=claim.recipient)
    desk.finish()
    assert status(twin.order) == (Status.COMPLETED, "")
    finding = retry.find(fresh(claim.order))
    assert [each["accounted_for"] for each in finding.evidence["recipient"]["payments"]] == [True]
    assert finding.verdict == Safety.SAFE


def test_what_the_recipient_had_before_the_order_does_not_matter(desk: Desk) -> None:
    recipient = an_address()
    make_claim(desk.reward, recipient=recipient)
    desk.finish()
    mint_by_stranger(desk, an_address())
    make_claim(desk.reward)
    desk.finish()
    claim = failed(desk)
    finding = retry.find(fresh(claim.order))
    block = Transaction.objects.get(nonce=1).block_number
    assert (finding.verdict, finding.evidence["recipient"]["since_block"]) == (Safety.SAFE, block)


# -- paid --------------------------------------------------------------------------------------------------------------


def test_one_that_was_paid_after_all_is_completed_with_the_proof(desk: Desk, other: ModelChain) -> None:
    claim = lied_about(desk)
    again(claim.order)
    order, transaction = fresh(claim.order), Transaction.objects.get()
    assert (order.status, order.transaction) == (Status.COMPLETED, transaction)
    assert (transaction.outcome, transaction.status) == (Outcome.SUCCEEDED, TransactionStatus.FINAL)
    event = order.events.last()
    assert event is not None
    assert event.evidence is not None
    assert (event.evidence["hash"], event.evidence["block"]) == (transaction.mined_hash, transaction.block_number)
    assert event.evidence["logs"] == [0]
    assert Claim.objects.get(pk=claim.pk).token_ids == [2]  # the simulation counted one
    desk.finish()
    assert Transaction.objects.count() == 1


def test_one_whose_receipt_all_nodes_hid_is_completed_when_it_is_to_be_released(desk: Desk, other: ModelChain) -> None:
    order = hidden(desk, other)
    actions.ask_to_release(order.pk, actor=ANA, reason="looked")
    assert actions.confirm_release(order.pk, actor=BO, reason="looked too").status == Status.COMPLETED
    transaction = Transaction.objects.get()
    assert (transaction.outcome, transaction.mined_hash) == (Outcome.SUCCEEDED, transaction.attempts.get().hash)


def test_a_payment_in_native_coin_is_found_too(desk: Desk) -> None:
    withdrawal = make_withdrawal(desk.pool, order_tries=2)
    told = desk.chain.answer_receipt
    desk.chain.lie("eth_getTransactionReceipt", lambda params: told(params) and told(params) | {"status": "0x0"})
    desk.finish()
    assert status(withdrawal.order) == (Status.FAILED, Reason.REVERTED)
    desk.chain.honest()
    assert again(withdrawal.order).status == Status.COMPLETED


def test_the_finding_on_a_completed_order_shows_its_payment(desk: Desk) -> None:
    claim = make_claim(desk.reward)
    desk.finish()
    finding = retry.find(fresh(claim.order))
    assert (finding.verdict, finding.evidence["hash"]) == (Safety.PAID, Transaction.objects.get().mined_hash)


@pytest.mark.fault(46)
def test_but_it_is_not_retried(desk: Desk) -> None:
    claim = make_claim(desk.reward)
    desk.finish()
    with pytest.raises(NotAllowed, match="completed"):
        actions.retry(claim.pk, actor=ANA, reason="again")


@pytest.mark.fault(36)
def test_an_order_whose_own_event_is_missing_may_have_been_paid(desk: Desk) -> None:
    claim = make_claim(desk.reward)
    desk.badge.silent.add(claim.recipient)
    desk.finish()
    assert status(claim.order) == (Status.HELD, Reason.REVIEW)
    finding = retry.find(fresh(claim.order))
    assert (finding.verdict, finding.cause) == (Safety.UNSURE, Cause.REVIEW)


def test_events_that_cannot_be_read_are_for_a_person(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = lied_about(desk)
    monkeypatch.setattr("orders.minting._take", lambda *_: 1 // 0)
    assert refused(claim.order) == (Safety.UNSURE, Cause.REVIEW)


# -- the nonce must be spent first ---------------------------------------------------------------------------------------


def test_while_its_transaction_may_be_mined_it_must_be_cancelled_first(desk: Desk) -> None:
    claim = make_claim(desk.reward)
    desk.turn()
    finding = retry.find(fresh(claim.order))
    assert (finding.verdict, "Have it cancelled" in finding.sentence) == (Safety.MUST_SPEND_NONCE, True)
    with pytest.raises(NotAllowed, match="busy"):
        actions.retry(claim.pk, actor=ANA, reason="again")


@pytest.mark.fault(31)
def test_when_the_chain_loses_what_was_final_it_is_not_sent_again(desk: Desk) -> None:
    """The payload that reverted may be mined once more, in another block, and pay this time."""
    claim = reverted(desk)
    desk.chain.reorg(2)
    assert refused(claim.order) == (Safety.MUST_SPEND_NONCE, None)


# -- not certain -----------------------------------------------------------------------------------------------------------


@pytest.mark.fault(18, 22)
@pytest.mark.parametrize("fault", [Http(503), Http(429)])
def test_no_node_answers(desk: Desk, fault: Any) -> None:
    claim = reverted(desk)
    desk.chain.fail(fault)
    assert refused(claim.order) == (Safety.UNSURE, Cause.NO_ANSWER)


@pytest.mark.parametrize("method", ["eth_getTransactionReceipt", "eth_getLogs", "eth_getTransactionCount"])
def test_one_of_two_answers_all_but_one_question(desk: Desk, other: ModelChain, method: str) -> None:
    claim = reverted(desk)
    other.fail(Http(500), on=method)
    assert refused(claim.order) == (Safety.UNSURE, Cause.NO_ANSWER)


def test_a_node_that_hangs_holds_nobody_up_for_long(desk: Desk, other: ModelChain, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = failed(desk)
    quick = Node([other.url], desk.chain.chain_id, read_timeout=0.3)
    monkeypatch.setattr(Node, "apart", lambda node: [node, quick])
    other.fail(Hang())
    assert refused(claim.order) == (Safety.UNSURE, Cause.NO_ANSWER)


@pytest.mark.fault(19)
@pytest.mark.parametrize("make", [failed, reverted])
def test_the_second_node_lags(desk: Desk, other: ModelChain, make: Callable[[Desk], Claim]) -> None:
    claim = make(desk)
    desk.chain.mine(50)
    other.lag(50)
    assert refused(claim.order)[0] == Safety.UNSURE
    other.lag(0)
    assert again(claim.order).status == Status.PENDING


def test_the_nodes_disagree_about_a_receipt(desk: Desk, other: ModelChain) -> None:
    claim = reverted(desk)
    told = other.answer_receipt
    other.lie("eth_getTransactionReceipt", lambda params: told(params) | {"status": "0x1"})
    assert refused(claim.order) == (Safety.UNSURE, Cause.NODES_DISAGREE)


def test_the_second_node_serves_another_chain(desk: Desk, other: ModelChain) -> None:
    claim = failed(desk)
    other.lie("eth_chainId", "0x1")
    assert refused(claim.order) == (Safety.UNSURE, Cause.NO_ANSWER)


@pytest.mark.parametrize("make", [failed, reverted])
def test_somebody_else_minted_for_the_recipient(desk: Desk, make: Callable[[Desk], Claim]) -> None:
    claim = make(desk)
    tx_hash = mint_by_stranger(desk, claim.recipient)
    finding = retry.find(fresh(claim.order))
    assert tx_hash in finding.sentence
    assert [each["accounted_for"] for each in finding.evidence["recipient"]["payments"]] == [False]
    assert refused(claim.order) == (Safety.UNSURE, Cause.STRANGE_PAYMENT)


def test_only_one_of_two_nodes_has_seen_that_mint(desk: Desk, other: ModelChain) -> None:
    claim = failed(desk)
    mint_by_stranger(desk, claim.recipient)
    desk.chain.lie("eth_getLogs", [])
    assert refused(claim.order) == (Safety.UNSURE, Cause.STRANGE_PAYMENT)


def test_the_contract_says_that_it_was_paid(desk: Desk) -> None:
    claim = failed(desk)
    Reward.objects.update(paid_view="claimed(address)", paid_view_arguments=["{recipient}"])
    desk.chain.lie("eth_call", "0x" + "00" * 31 + "01")
    assert refused(claim.order) == (Safety.UNSURE, Cause.SAID_PAID)
    desk.chain.lie("eth_call", "0x" + "00" * 32)
    assert again(claim.order).status == Status.PENDING


# -- two people ---------------------------------------------------------------------------------------------------------------


def release_by_two(order: Order) -> Order:
    actions.ask_to_release(order.pk, actor=ANA, reason="looked")
    return actions.confirm_release(order.pk, actor=BO, reason="looked too")


@pytest.mark.fault(32)
def test_after_a_strangers_transaction_two_people_release_it(desk: Desk, other: ModelChain) -> None:
    order = stolen(desk)
    assert release_by_two(order).status == Status.PENDING
    event = fresh(order).events.last()
    assert event is not None
    assert event.evidence is not None
    assert (event.actor, event.evidence["verdict"], event.evidence["cause"]) == (BO, "unsure", "foreign")
    assert event.evidence["released_by"] == [ANA, BO]
    assert event.note == "looked Confirmed: looked too"
    request = ReleaseRequest.objects.get()
    assert (request.asked_by, request.confirmed_by) == (ANA, BO)


@pytest.mark.fault(32)
def test_held_once_more_for_another_reason_it_still_takes_two(desk: Desk, other: ModelChain) -> None:
    order = stolen(desk)
    release_by_two(order)
    actions.hold(order.pk, actor=ANA, reason="wait")
    assert refused(order) == (Safety.UNSURE, Cause.FOREIGN)
    assert release_by_two(order).status == Status.PENDING


def test_a_failed_order_whose_recipient_a_stranger_paid_is_retried_by_two(desk: Desk) -> None:
    claim = reverted(desk)
    mint_by_stranger(desk, claim.recipient)
    desk.chain.mine(3)
    with pytest.raises(NotSafe, match="Two members of staff may answer"):
        again(claim.order)
    order = release_by_two(claim.order)
    assert (order.status, order.reason) == (Status.PENDING, Reason.RETRIED)


@pytest.mark.parametrize("actor", [ANA, BO, "client:shop", "command:ana"])
def test_one_alone_does_not(desk: Desk, other: ModelChain, actor: str) -> None:
    order = stolen(desk)
    with pytest.raises(NotAllowed, match="two members of staff"):
        actions.release(order.pk, actor=actor, reason="sure")
    actions.ask_to_release(order.pk, actor=ANA, reason="looked")
    with pytest.raises(NotAllowed, match="two members of staff"):
        actions.release(order.pk, actor=actor, reason="sure")
    assert status(order) == (Status.HELD, Reason.FOREIGN)


def test_nobody_confirms_what_they_asked_for(desk: Desk, other: ModelChain) -> None:
    order = stolen(desk)
    actions.ask_to_release(order.pk, actor=ANA, reason="looked")
    with pytest.raises(NotAllowed, match="somebody else must confirm"):
        actions.confirm_release(order.pk, actor=ANA, reason="looked too")
    assert status(order) == (Status.HELD, Reason.FOREIGN)


def test_nobody_confirms_what_nobody_asked_for(desk: Desk, other: ModelChain) -> None:
    with pytest.raises(NotAllowed, match="Nobody has asked"):
        actions.confirm_release(stolen(desk).pk, actor=BO, reason="looked")


@pytest.mark.parametrize("act", [actions.ask_to_release, actions.confirm_release])
@pytest.mark.parametrize("actor", ["client:shop", "command:ana", "lane"])
def test_only_staff_ask_and_confirm(desk: Desk, other: ModelChain, act: Callable[..., Order], actor: str) -> None:
    with pytest.raises(NotAllowed, match="members of staff"):
        act(stolen(desk).pk, actor=actor, reason="sure")


def test_it_is_asked_for_once(desk: Desk, other: ModelChain) -> None:
    order = stolen(desk)
    actions.ask_to_release(order.pk, actor=ANA, reason="looked")
    with pytest.raises(NotAllowed, match="staff:ana has asked"):
        actions.ask_to_release(order.pk, actor=BO, reason="looked")


@pytest.mark.parametrize("act", [actions.ask_to_release, actions.confirm_release])
@pytest.mark.parametrize("status", [Status.HELD, Status.PENDING])
def test_other_orders_take_no_two_people(db: None, act: Callable[..., Order], status: Status) -> None:
    claim = make_claim(order_status=status, order_reason=Reason.STAFF if status == Status.HELD else "")
    with pytest.raises(NotAllowed, match="Nothing about this order"):
        act(claim.pk, actor=ANA, reason="looked")


def test_two_people_who_saw_another_revision_release_nothing(desk: Desk, other: ModelChain) -> None:
    order = stolen(desk)
    for act in (actions.ask_to_release, actions.confirm_release):
        with pytest.raises(Stale):
            act(order.pk, actor=ANA, reason="looked", revision=0)


@pytest.mark.fault(22)
def test_two_people_cannot_answer_for_a_node_that_is_silent(desk: Desk, other: ModelChain) -> None:
    order = stolen(desk)
    desk.chain.fail(Http(503))
    assert refused(order, release_by_two) == (Safety.UNSURE, Cause.NO_ANSWER)
    assert ReleaseRequest.objects.get().confirmed_by == ""


# -- meanwhile ----------------------------------------------------------------------------------------------------------------


def test_one_that_moves_while_the_chain_is_asked_is_left_alone(committed_desk: Desk) -> None:
    desk = committed_desk
    claim = failed(desk)
    told = desk.chain.answer_logs

    def slow(params: list[Any]) -> Any:
        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(closing, lambda: actions.cancel(claim.pk, actor=BO, reason="no")).result()
        return told(params)

    desk.chain.lie("eth_getLogs", slow)
    with pytest.raises(Stale, match="moved on"):
        again(claim.order)
    assert status(claim.order) == (Status.CANCELLED, "")


def closing(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - the test looks at it
        return error
    finally:
        connection.close()


@pytest.mark.fault(46)
def test_of_two_who_click_at_once_one_counts(committed_desk: Desk) -> None:
    desk = committed_desk
    claim = reverted(desk)
    revision = fresh(claim.order).revision
    clicks = [lambda who=who: closing(lambda: again(claim.order, who, revision=revision)) for who in (ANA, BO)]
    with ThreadPoolExecutor(2) as pool:
        results = [each.result() for each in [pool.submit(click) for click in clicks]]
    assert sorted(type(result).__name__ for result in results) == sorted([Order.__name__, Stale.__name__])
    assert fresh(claim.order).events.filter(reason=Reason.RETRIED).count() == 1


@pytest.mark.fault(46)
def test_a_retry_while_a_tick_runs_is_paid_once(committed_desk: Desk) -> None:
    desk = committed_desk
    claims = [reverted(desk) for _ in range(3)]
    desk.close()
    desk._lane = None
    with at_once(tick, str(desk.wallet.pk)):
        for claim in claims:
            again(claim.order)
        until(lambda: mined_and_completed(desk, claims))
    minted = [token for claim in Claim.objects.all() for token in claim.token_ids or []]
    assert len(minted) == len(set(minted)) == 3


def mined_and_completed(desk: Desk, claims: list[Claim]) -> bool:
    desk.chain.mine()
    return all(status(claim.order)[0] == Status.COMPLETED for claim in claims)


def test_the_chain_is_asked_outside_of_any_database_transaction(committed_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = failed(committed_desk)
    asked: list[bool] = []
    apart = Node.apart

    def looking_on(node: Node) -> list[Node]:
        asked.append(connection.in_atomic_block)
        return apart(node)

    monkeypatch.setattr(Node, "apart", looking_on)
    again(claim.order)
    assert asked == [False]


def test_a_hold_that_ends_by_itself_needs_no_node(desk: Desk) -> None:
    """It was free to go before the hold, however often it had been bound before."""
    order = make_claim(desk.reward).order
    transaction = make_transaction(TransactionStatus.FINAL, wallet=desk.wallet, outcome=Outcome.REVERTED)
    Event.objects.create(order=order, to_status=Status.BUSY, actor="lane", transaction=transaction)
    actions.hold(order.pk, actor=ANA, reason="a moment", until=timezone.now())
    desk.chain.fail(Http(503))
    assert refused(order) == (Safety.UNSURE, Cause.NO_ANSWER)
    assert actions.release_expired() == 1
    assert status(order) == (Status.PENDING, Reason.RELEASED)


@pytest.mark.fault(46)
def test_nothing_else_in_the_code_sets_a_failed_order_going() -> None:
    """Beside it only the end of a hold and the first release do; the database refuses what this misses (test_retry_guards)."""
    root = Path(actions.__file__).parents[1]
    files = [
        path for room in ("orders", "claims", "withdrawals", "stakes", "desk", "chain") for path in (root / room).rglob("*.py")
    ]
    leads = re.compile(r"Move\([^()]*(?:\([^()]*\))?[^()]*Status\.PENDING, *(?:why|Reason)")
    found = {path.name: leads.findall(path.read_text()) for path in files if leads.search(path.read_text())}
    from_rest = [move for moves in found.values() for move in moves if "BUSY" not in move and "*at" not in move]
    assert (sorted(found), len(from_rest)) == (["actions.py", "settle.py"], 3)
