"""Claims that a minter without coin signs and its sponsor sends."""

from collections.abc import Callable
from typing import Any

import pytest

from chain import crash, forwarder, steering
from chain.calls import checksummed
from chain.models import Network, Transaction, Wallet
from chain.requests import ForwardRequest
from chain.states import Outcome, RequestOutcome, TransactionStatus, Waiting
from orders import turn as turn_module
from orders.models import Event, Order
from orders.queue import queues
from orders.states import Reason, Status
from orders.turn import take_turn
from orders.waiting import sentence
from tests.factories import make_claim
from tests.flow.by_hand import ByHand, by_hand, minted, only_transaction, raws, statuses
from tests.flow.conftest import World
from tests.flow.sponsored import ends, expire, sponsored, steal
from tests.lanes import opened
from tests.orders.life import later

ETHER = 10**18
BUSY, PENDING, COMPLETED = (Status.BUSY, ""), (Status.PENDING, ""), (Status.COMPLETED, "")
EXECUTED, FAILED, EXPIRED, TAKEN = RequestOutcome.EXECUTED, RequestOutcome.FAILED, RequestOutcome.EXPIRED, RequestOutcome.TAKEN


def deep(hand: ByHand, blocks: int = 3) -> None:
    """So many blocks, with a look after each."""
    for _ in range(blocks):
        hand.mine()
        hand.turn()


def test_a_hundred_claims_of_a_minter_without_coin(world: World, work: Callable[[Wallet], None]) -> None:
    it = sponsored(world, batch_size=50)
    claims = [make_claim(it.reward) for _ in range(100)]
    work(it.sponsor)
    assert set(statuses(*claims)) == {COMPLETED}
    assert minted(it.badge, *claims) == [1] * 100
    assert ends() == [EXECUTED] * 100
    assert (Transaction.objects.count(), it.forwarder.call("nonces", it.minter.address)) == (2, 100)
    assert int(world.chain.request("eth_getTransactionCount", it.minter.address, "latest"), 16) == 0


@pytest.mark.fault(33, 60)
def test_a_sponsor_that_runs_dry_sends_nothing_until_it_is_filled(world: World) -> None:
    it = sponsored(world)
    first, second = make_claim(it.reward), make_claim(it.reward)
    with by_hand(world, it.sponsor) as hand:
        hand.balance(0)
        assert hand.turn().blocked
        assert (Wallet.objects.get(pk=it.sponsor.pk).waiting, ForwardRequest.objects.count()) == (Waiting.FUNDS, 0)
        hand.balance(ETHER)
        hand.turn()
        hand.evict()
        hand.balance(0)
        later()
        assert hand.turn().blocked
        assert statuses(first, second) == [BUSY, BUSY]
        hand.balance(ETHER)
        later()
        hand.finish()
    assert statuses(first, second) == [COMPLETED, COMPLETED]
    assert (minted(it.badge, first, second), len(raws())) == ([1, 1], 1)


@pytest.mark.fault(59)
def test_a_request_past_its_deadline_is_signed_anew_and_minted_once(world: World) -> None:
    it = sponsored(world)
    claim = make_claim(it.reward)
    with by_hand(world, it.sponsor) as hand:
        hand.turn()
        expire(world)
        deep(hand, 2)
        assert Transaction.objects.earliest("nonce").outcome == Outcome.SUCCEEDED
        assert Event.objects.filter(order=claim.pk, reason=Reason.REQUEST_EXPIRED).count() == 1
        assert (minted(it.badge, claim), Transaction.objects.count()) == ([0], 2)
        hand.finish()
    assert (statuses(claim), minted(it.badge, claim), ends()) == ([COMPLETED], [1], [EXPIRED, EXECUTED])


@pytest.mark.fault(35)
def test_of_two_requests_the_one_whose_call_fails_fails_alone(world: World) -> None:
    it = sponsored(world)
    good, bad = make_claim(it.reward), make_claim(it.reward)
    with by_hand(world, it.sponsor) as hand:
        hand.turn()
        hand.refuse(it.badge, bad)
        hand.mine()
        hand.finish()
    assert statuses(good, bad) == [COMPLETED, (Status.FAILED, Reason.NOT_PAID)]
    assert (minted(it.badge, good, bad), ends()) == ([1, 0], [EXECUTED, FAILED])
    assert only_transaction().outcome == Outcome.SUCCEEDED


@pytest.mark.fault(34)
def test_what_the_contract_refuses_is_named_before_anything_is_signed(world: World) -> None:
    it = sponsored(world)
    good, bad = make_claim(it.reward), make_claim(it.reward)
    it.badge.send("refuse", bad.recipient, True)
    with by_hand(world, it.sponsor) as hand:
        hand.finish()
    assert statuses(good, bad) == [COMPLETED, (Status.FAILED, Reason.SIMULATION_REVERTED)]
    assert Order.objects.get(pk=bad.pk).fail_reason == f"RecipientRefused(recipient={bad.recipient})"


@pytest.mark.fault(32, 59)
@pytest.mark.parametrize("place", [0, 1])
def test_what_a_stranger_had_executed_first_is_never_paid_again(world: World, place: int) -> None:
    """The forwarder takes requests in order, so he can only take the second after the first."""
    it = sponsored(world)
    claims = [make_claim(it.reward), make_claim(it.reward)]
    with by_hand(world, it.sponsor) as hand:
        hand.turn()
        for each in range(place + 1):
            steal(it, each)
        deep(hand)
        taken = claims[: place + 1]
        assert statuses(*taken) == [BUSY] * (place + 1)
        expire(world)
        deep(hand)
        hand.finish()
    assert statuses(*taken) == [(Status.HELD, Reason.REVIEW)] * (place + 1)
    assert minted(it.badge, *claims) == [1, 1]
    assert ends() == [TAKEN] * (place + 1) + [EXECUTED] * (1 - place)


@pytest.mark.fault(27)
def test_a_cancelled_transaction_is_settled_only_when_its_requests_are_dead(world: World) -> None:
    it = sponsored(world)
    claim, next_one = make_claim(it.reward), None
    with by_hand(world, it.sponsor) as hand:
        hand.turn()
        steering.ask_to_cancel(only_transaction(), by="staff:ana", reason="wrong")
        hand.turn()
        deep(hand, 4)
        next_one = make_claim(it.reward)
        hand.turn()
        assert (statuses(claim, next_one), only_transaction().status) == ([BUSY, PENDING], TransactionStatus.MINED)
        assert "may be executed until" in sentence(Order.objects.get(pk=claim.pk))
        assert "was passed over, and may be executed" in sentence(Order.objects.get(pk=next_one.pk))
        expire(world)
        deep(hand)
        assert statuses(claim) == [(Status.HELD, Reason.TRANSACTION_CANCELLED)]
        hand.finish()
    assert (statuses(next_one), ends(), minted(it.badge, claim, next_one)) == ([COMPLETED], [EXPIRED, EXECUTED], [0, 1])


def test_a_cancelled_transaction_whose_request_a_stranger_had_executed_is_for_a_person(world: World) -> None:
    it = sponsored(world)
    claim = make_claim(it.reward)
    with by_hand(world, it.sponsor) as hand:
        hand.turn()
        steering.ask_to_cancel(only_transaction(), by="staff:ana", reason="wrong")
        hand.turn()
        steal(it)
        deep(hand)
        expire(world)
        deep(hand)
    assert (statuses(claim), ends()) == ([(Status.HELD, Reason.REVIEW)], [TAKEN])
    assert minted(it.badge, claim) == [1]


@pytest.mark.fault(36)
def test_a_batch_that_reverts_as_a_whole_goes_again_only_after_the_deadline(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With too little gas the forwarder reverts it all; no call is starved and looks as if it had failed."""
    it = sponsored(world)
    claims = [make_claim(it.reward, quantity=20) for _ in range(2)]
    with by_hand(world, it.sponsor) as hand:
        with monkeypatch.context() as patch:
            enough = forwarder.batch_gas
            patch.setattr(forwarder, "batch_gas", lambda *given: int(enough(*given) * 0.5))
            hand.turn()
        deep(hand)
        assert statuses(*claims) == [BUSY, BUSY]
        expire(world)
        deep(hand)
        assert Transaction.objects.earliest("nonce").outcome == Outcome.REVERTED
        assert Event.objects.filter(reason=Reason.BATCH_REVERTED).count() == 2
        hand.finish()
    assert (set(statuses(*claims)), minted(it.badge, *claims)) == ({COMPLETED}, [20, 20])


@pytest.mark.fault(29)
def test_a_reorganisation_takes_the_requests_along(world: World) -> None:
    it = sponsored(world)
    claim = make_claim(it.reward)
    with by_hand(world, it.sponsor, confirmations=3) as hand:
        hand.turn()
        hand.mine()
        hand.turn()
        hand.reorg(1)
        hand.turn()
        assert (statuses(claim), ends()) == ([BUSY], [""])
        later()
        hand.finish()
    assert (statuses(claim), minted(it.badge, claim), ends()) == ([COMPLETED], [1], [EXECUTED])


def test_one_batch_waits_until_the_one_before_is_mined(world: World) -> None:
    it = sponsored(world, batch_size=1)
    claims = [make_claim(it.reward) for _ in range(3)]
    with by_hand(world, it.sponsor) as hand:
        hand.turn()
        hand.turn()
        assert Transaction.objects.count() == 1
        hand.mine()
        hand.turn()
        assert Transaction.objects.count() == 2
        hand.finish()
    assert (set(statuses(*claims)), minted(it.badge, *claims)) == ({COMPLETED}, [1, 1, 1])


def _another_forwarder(world: World) -> dict[str, Any]:
    return {"forwarder": checksummed(world.put("Forwarder", "Other").address)}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_another_forwarder, "does not trust the forwarder"),
        (lambda _: {"forwarder": ""}, "has no forwarder"),
        (lambda world: {"forwarder": checksummed(world.put("OpenBadge").address)}, "there is no ERC2771Forwarder at"),
    ],
)
def test_what_the_forwarder_would_not_do_waits_and_says_why(
    world: World, change: Callable[[World], dict[str, Any]], says: str
) -> None:
    it = sponsored(world)
    right = world.network.forwarder
    wrong = change(world)
    claim = make_claim(it.reward)
    with by_hand(world, it.sponsor) as hand:
        Network.objects.update(**wrong)
        assert hand.turn().blocked
        assert (statuses(claim), ForwardRequest.objects.count()) == ([PENDING], 0)
        assert says in sentence(Order.objects.select_related("wallet__network").get())
        Network.objects.update(forwarder=right)
        hand.finish()
    assert (statuses(claim), minted(it.badge, claim)) == ([COMPLETED], [1])


def test_of_two_lanes_that_sponsor_one_minter_the_later_commit_signs_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sponsor was changed while orders were open: those taken before stay with the one before."""
    it = sponsored(world)
    before = make_claim(it.reward)
    other = world.wallet(4)
    Wallet.objects.filter(pk=it.minter.pk).update(sponsor=other)
    it.reward.refresh_from_db()
    after = make_claim(it.reward)
    with by_hand(world, it.sponsor) as hand, opened(other) as rival:
        plan = vars(turn_module)["make_plan"]

        def meanwhile(*given: Any) -> Any:
            made = plan(*given)
            monkeypatch.setattr(turn_module, "make_plan", plan)
            take_turn(rival, list(queues()))
            return made

        monkeypatch.setattr(turn_module, "make_plan", meanwhile)
        hand.turn()
        assert statuses(before, after) == [PENDING, BUSY]
        hand.mine(2)
        take_turn(rival, list(queues()))
        hand.finish()
    assert (set(statuses(before, after)), minted(it.badge, before, after)) == ({COMPLETED}, [1, 1])


def test_a_minter_that_is_paused_signs_nothing(world: World) -> None:
    it = sponsored(world)
    claim = make_claim(it.reward)
    steering.pause(it.minter, by="staff:ana", reason="its key may be known")
    with by_hand(world, it.sponsor) as hand:
        assert hand.turn().blocked
        assert "is paused: its key may be known" in sentence(Order.objects.select_related("wallet").get())
        assert not ForwardRequest.objects.exists()
        steering.resume(it.minter, by="staff:ana", reason="it is not")
        hand.finish()
    assert statuses(claim) == [COMPLETED]


def test_a_minter_that_is_paused_meanwhile_signs_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    it = sponsored(world)
    claim = make_claim(it.reward)

    def meanwhile(name: str) -> None:
        if name == "simulated":
            steering.pause(it.minter, by="staff:ana", reason="its key may be known")

    monkeypatch.setattr(crash, "point", meanwhile)
    with by_hand(world, it.sponsor) as hand:
        hand.turn()
    assert (statuses(claim), ForwardRequest.objects.exists()) == ([PENDING], False)
