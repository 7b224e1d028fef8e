"""Sponsored orders going again: through the gate, and after the database has lost what was signed."""

from pathlib import Path
from typing import Any

import pytest

from chain import journal, maintenance, steering
from chain.audit import Scope
from chain.models import Transaction, Wallet
from chain.requests import ForwardRequest
from chain.states import RequestOutcome, Waiting
from orders import actions
from orders.audit.codes import OrderCode
from orders.audit.examine import examine
from orders.gate import retry
from orders.gate.judgement import Cause, Safety
from orders.memory import Fate, replay, rows_of
from orders.models import Order
from orders.states import Reason, Status
from tests.factories import make_claim
from tests.flow.by_hand import ByHand, by_hand, minted, statuses
from tests.flow.conftest import World
from tests.flow.sponsored import Sponsored, ends, expire, forget, sponsored, steal

BECAUSE: dict[str, Any] = {"actor": "staff:ana", "reason": "because"}
COMPLETED = (Status.COMPLETED, "")


def settled(hand: ByHand) -> None:
    hand.mine(2)
    hand.turn()


def stolen(world: World, it: Sponsored, hand: ByHand) -> Order:
    """An order whose request a stranger had executed first, held for that."""
    claim = make_claim(it.reward)
    hand.turn()
    steal(it)
    settled(hand)
    expire(world)
    settled(hand)
    return Order.objects.select_related("wallet__network").get(pk=claim.pk)


def test_an_order_whose_call_failed_inside_may_go_again_and_is_paid_once(world: World) -> None:
    it = sponsored(world)
    bad, good = make_claim(it.reward), make_claim(it.reward)
    with by_hand(world, it.sponsor) as hand:
        hand.turn()
        hand.refuse(it.badge, bad)
        settled(hand)
        hand.refuse(it.badge, bad, False)
        hand.mine(2)
        order = actions.retry(bad.pk, **BECAUSE)
        assert order.status == Status.PENDING
        hand.finish()
    assert (statuses(bad, good), minted(it.badge, bad, good)) == ([COMPLETED, COMPLETED], [1, 1])


def test_one_that_was_passed_over_and_signed_anew_under_the_same_nonce_may_go_again(world: World) -> None:
    """Both of its requests had nonce 0: the second one used it, and failed."""
    it = sponsored(world)
    bad = make_claim(it.reward)
    with by_hand(world, it.sponsor) as hand:
        hand.turn()
        expire(world)
        hand.mine(2)
        hand.turn()
        hand.refuse(it.badge, bad)
        settled(hand)
        assert list(ForwardRequest.objects.values_list("nonce", "outcome")) == [(0, "expired"), (0, "failed")]
        hand.refuse(it.badge, bad, False)
        hand.mine(2)
        assert retry.find(Order.objects.select_related("wallet__network").get()).verdict == Safety.SAFE


def test_one_that_a_stranger_had_executed_is_for_two_people(world: World) -> None:
    it = sponsored(world)
    with by_hand(world, it.sponsor) as hand:
        order = stolen(world, it, hand)
        finding = retry.find(order)
        assert (finding.verdict, finding.cause) == (Safety.UNSURE, Cause.FOREIGN)
        with pytest.raises(actions.NotAllowed):
            actions.release(order.pk, **BECAUSE)
    assert minted(it.badge, *it.reward.claims.all()) == [1]


def test_while_its_request_may_be_executed_it_goes_nowhere(world: World) -> None:
    it = sponsored(world)
    claim = make_claim(it.reward)
    with by_hand(world, it.sponsor) as hand:
        hand.turn()
        steering.ask_to_cancel(Transaction.objects.get(), by="staff:ana", reason="wrong")
        hand.turn()
        settled(hand)
        finding = retry.find(Order.objects.select_related("wallet__network").get(pk=claim.pk))
    assert (finding.verdict, finding.cause) == (Safety.MUST_SPEND_NONCE, None)
    assert "may be executed until" in finding.sentence
    assert [each["lives"] for each in finding.evidence["requests"]] == [["alive"]]


# -- the audit ---------------------------------------------------------------------------------------------------------


def audited(it: Sponsored) -> list[tuple[str, Any]]:
    wallets = list(Wallet.objects.select_related("network").filter(network=it.sponsor.network))
    return [(finding.code.value, finding.order) for finding in examine(Scope(wallets))]


def test_what_was_executed_failed_expired_and_signed_anew_is_all_in_order(world: World) -> None:
    it = sponsored(world)
    good, bad = make_claim(it.reward), make_claim(it.reward)
    with by_hand(world, it.sponsor) as hand:
        hand.turn()
        expire(world)
        hand.mine(2)
        hand.turn()
        hand.refuse(it.badge, bad)
        settled(hand)
        hand.finish()
    assert statuses(good, bad) == [COMPLETED, (Status.FAILED, Reason.NOT_PAID)]
    assert audited(it) == []


def test_the_audit_finds_the_order_that_a_stranger_had_executed(world: World) -> None:
    it = sponsored(world)
    with by_hand(world, it.sponsor) as hand:
        order = stolen(world, it, hand)
        hand.mine(2)
    assert audited(it) == [(OrderCode.PAID_NOT_COMPLETED, order.pk)]


# -- a database that has lost them -------------------------------------------------------------------------------------


@pytest.mark.fault(40)
def test_requests_that_are_not_stored_here_hold_what_they_may_have_paid(world: World) -> None:
    """A stranger had one executed of which a restored database knows nothing."""
    it = sponsored(world)
    with by_hand(world, it.sponsor) as hand:
        stolen(world, it, hand)
        claim = make_claim(it.reward)
        forget(requests_only=True)
        hand.turn()
        assert statuses(claim) == [(Status.HELD, Reason.REVIEW)]
        assert Wallet.objects.get(pk=it.minter.pk).forwarder_nonce == 1
        later = make_claim(it.reward)
        hand.finish()
    assert (statuses(later), minted(it.badge, claim, later)) == ([COMPLETED], [0, 1])


@pytest.mark.fault(40)
def test_after_a_maintenance_nothing_is_signed_before_what_was_lost_is_dead(world: World) -> None:
    it = sponsored(world)
    claim = make_claim(it.reward)
    maintenance.begin("restored", by="test")
    maintenance.end(by="staff:ana", reason="looked")
    with by_hand(world, it.sponsor) as hand:
        assert hand.turn().blocked
        assert Wallet.objects.get(pk=it.sponsor.pk).waiting == Waiting.FORWARDER
        assert "before the maintenance" in Wallet.objects.get(pk=it.sponsor.pk).waiting_detail
        assert not Transaction.objects.exists()
        expire(world)
        hand.mine()
        hand.finish()
    assert (statuses(claim), minted(it.badge, claim)) == ([COMPLETED], [1])


@pytest.mark.fault(39, 40)
def test_a_journal_brings_the_requests_back_and_nothing_is_signed_anew(world: World, tmp_path: Path, settings: Any) -> None:
    settings.JOURNAL_DIR = tmp_path
    it = sponsored(world)
    claims = [make_claim(it.reward) for _ in range(2)]
    with by_hand(world, it.sponsor) as hand:
        hand.lane.memo = rows_of
        hand.turn()
        before = list(ForwardRequest.objects.values("order", "signer", "nonce", "deadline", "gas", "digest"))
        forget()
        assert [each.fate for each in replay(list(journal.entries(tmp_path)))] == [Fate.RESTORED]
        assert list(ForwardRequest.objects.values("order", "signer", "nonce", "deadline", "gas", "digest")) == before
        hand.finish()
    assert (set(statuses(*claims)), minted(it.badge, *claims)) == ({COMPLETED}, [1, 1])
    assert (ends(), Transaction.objects.count()) == ([RequestOutcome.EXECUTED] * 2, 1)


@pytest.mark.fault(39, 40)
def test_a_request_of_a_lost_database_that_the_journal_brings_back_is_waited_for(
    world: World, tmp_path: Path, settings: Any
) -> None:
    """Its transaction is cancelled: only the deadline frees its order."""
    settings.JOURNAL_DIR = tmp_path
    it = sponsored(world)
    claim = make_claim(it.reward)
    with by_hand(world, it.sponsor) as hand:
        hand.lane.memo = rows_of
        hand.turn()
        forget()
        list(replay(list(journal.entries(tmp_path))))
        steering.ask_to_cancel(Transaction.objects.get(), by="staff:ana", reason="wrong")
        hand.turn()
        settled(hand)
        assert statuses(claim) == [(Status.BUSY, "")]
        expire(world)
        settled(hand)
    assert (statuses(claim), minted(it.badge, claim)) == ([(Status.HELD, Reason.TRANSACTION_CANCELLED)], [0])
