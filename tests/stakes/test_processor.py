"""How stakes become calls, and how a receipt's events settle them: without a chain."""

from typing import Any
from uuid import uuid4

import pytest

from chain.calls import Signature, encode
from chain.events import Emitted, Log
from chain.models import Network, Wallet
from orders.payments import Owed, Payment, Step
from orders.states import Reason, Status
from stakes import defaults
from stakes.models import Stake, StakeAction, StakingContract
from stakes.processor import batch, named, owed, questions, read, size, source
from tests.factories import CONTRACT, TELLING, a_key, an_address, make_stake

OTHER = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
OLD = Signature.parse(defaults.STAKED)


def staking(**over: Any) -> StakingContract:
    wallet = Wallet(address=OTHER, network=Network(chain_id=31337))
    return StakingContract(**{"wallet": wallet, "contract": CONTRACT, **TELLING, **over})


def stake(of: StakingContract | None = None, **over: Any) -> Stake:
    action = StakeAction.RESTAKE if "stake_id" in over else StakeAction.STAKE
    amount = 1000 if action == StakeAction.STAKE else None
    values = {"action": action, "owner": a_key().address, "target": 7, "amount": amount, "signature_id": uuid4().hex[:8]}
    return Stake(order_id=uuid4(), staking=of or staking(), signature=b"\1" * 65, **{**values, **over})


def word(value: str | int) -> str:
    return f"0x{value:064x}" if isinstance(value, int) else "0x" + value[2:].lower().rjust(64, "0")


def staked(of: Stake, *, contract: str = CONTRACT, **over: Any) -> Log:
    says = {"owner": of.owner, "signature_id": of.signature_word, "target": of.target, "amount": of.amount, **over}
    event = of.staking.recipe(of.action).event
    topics = (event.topic, word(says["owner"]), says["signature_id"], word(says["target"]))
    last = [of.stake_id, 2] if of.action == StakeAction.RESTAKE else [1, says["amount"]]
    return Log(contract, topics, encode(["uint96", "uint256"], last), 0)


def ends(stakes: list[Stake], logs: list[Log]) -> list[tuple[Status, Reason | None]]:
    return [(verdict.to, verdict.reason) for verdict in read(stakes, logs)]


DONE, LOST, REVIEW = (Status.COMPLETED, None), (Status.FAILED, Reason.NOT_PAID), (Status.HELD, Reason.REVIEW)


# -- calls --------------------------------------------------------------------------------------------------------------


def test_a_stake_is_called_with_what_was_signed() -> None:
    one = stake(signature_id="äöü")
    (call,) = batch([one]).calls
    assert call.to == CONTRACT
    assert Signature.parse(defaults.STAKE).decode(call.data) == (
        one.owner, 7, 1000, "äöü".encode().ljust(32, b"\0"), b"\1" * 65
    )  # fmt: skip


def test_a_restake_has_a_call_of_its_own() -> None:
    one = stake(stake_id=5)
    (call,) = batch([one]).calls
    assert Signature.parse(defaults.RESTAKE).decode(call.data)[:3] == (one.owner, 5, 7)


def test_alone_unless_they_may_share() -> None:
    assert (size(stake()), batch([stake()]).combine) == (1, None)


def test_together_they_go_through_multicall3() -> None:
    of = staking(batch_size=7)
    made = batch([stake(of), stake(of, stake_id=1), stake(of)])
    assert made.combine is not None
    assert made.rehearse is not None
    together = made.combine([0, 2])
    assert (size(stake(of)), together.to) == (7, of.network.multicall3)
    assert [call.data in together.data for call in made.calls] == [True, False, True]
    assert together.data != made.rehearse([0, 2]).data


def test_which_refusals_are_the_orders_own_fault_and_which_are_in_everybodys_way() -> None:
    made = batch([stake()])
    error = Signature.parse("Error(string)")
    for words in defaults.PERMANENT_REVERTS.splitlines():
        assert made.fault(error.encode([words]))
        assert not made.obstacle(error.encode([words]))
    unauthorized = Signature.parse("AccessControlUnauthorizedAccount(address,bytes32)")
    for data in (
        Signature.parse("EnforcedPause()").selector,
        error.encode(["Pausable: paused"]),
        unauthorized.encode([OTHER, bytes(32)]),
        Signature.parse("OwnableUnauthorizedAccount(address)").encode([made.details[0].staking.network.multicall3]),
    ):
        assert made.obstacle(data)
        assert not made.fault(data)
    for data in (b"", b"\1\2\3\4", error.encode(["no"]), unauthorized.encode([CONTRACT, bytes(32)]), unauthorized.selector):
        assert not made.obstacle(data)
        assert not made.fault(data)


# -- events -------------------------------------------------------------------------------------------------------------


def test_its_own_event_completes_it() -> None:
    for one in (stake(), stake(stake_id=5)):
        assert ends([one], [staked(one)]) == [DONE]


@pytest.mark.parametrize(
    "says", [{"owner": OTHER}, {"signature_id": word(1)}, {"target": 8}, {"amount": 999}, {"contract": OTHER}], ids=str
)
def test_an_event_that_says_anything_else_does_not(says: dict[str, Any]) -> None:
    one = stake()
    assert ends([one], [staked(one, **says)]) == [REVIEW]


def test_the_event_of_the_other_action_does_not() -> None:
    one = stake(stake_id=5)
    other = Stake(staking=one.staking, action="stake", owner=one.owner, target=7, amount=5, signature_id=one.signature_id)
    assert ends([one], [staked(other)]) == [REVIEW]


def test_an_emitter_of_its_own_is_who_is_believed() -> None:
    one = stake(staking(emitter=OTHER))
    assert ends([one], [staked(one)]) == [REVIEW]
    assert ends([one], [staked(one, contract=OTHER)]) == [DONE]


@pytest.mark.fault(35, 36)
def test_of_those_that_share_a_transaction_the_one_without_event_fails_alone() -> None:
    of = staking(batch_size=9)
    some = [stake(of), stake(of, stake_id=5), stake(of)]
    assert ends(some, [staked(some[2]), staked(some[0])]) == [DONE, LOST, DONE]


def test_where_none_has_an_event_or_one_is_left_over_a_person_looks() -> None:
    of = staking(batch_size=9)
    some = [stake(of), stake(of)]
    assert ends(some, []) == [REVIEW, REVIEW]
    assert ends(some, [staked(some[0]), staked(stake(of))]) == [DONE, REVIEW]


def test_one_event_is_not_counted_for_two_that_look_alike() -> None:
    """The old events have no signature id; such orders are kept apart, and if they were not, nobody would guess."""
    of = staking(
        batch_size=9, stake_event=defaults.STAKED, stake_proof=defaults.stake_proof(),
        restake_event=defaults.RESTAKED, restake_proof=defaults.restake_proof(),
    )  # fmt: skip
    owner = an_address()
    twins = [stake(of, owner=owner), stake(of, owner=owner)]
    event = Log(CONTRACT, (OLD.topic,), encode(OLD.types, [7, owner, 1, 1000, 1000]), 0)
    other = stake(of)
    its_own = Log(CONTRACT, (OLD.topic,), encode(OLD.types, [7, other.owner, 2, 1000, 1000]), 0)
    assert ends([*twins, other], [event, its_own]) == [REVIEW, REVIEW, DONE]
    assert ends([*twins, other], [event, event, its_own]) == [DONE, DONE, DONE]


def test_parameters_may_be_named_by_their_place() -> None:
    of = staking(stake_event="Staked(address indexed, bytes32 indexed, uint96 indexed, uint96, uint256)",
                 stake_proof={"0": "{owner}", "1": "{signature_id}", "4": "{amount}"})  # fmt: skip
    one = stake(of)
    assert ends([one], [staked(one)]) == [DONE]
    assert ends([one], [staked(one, amount=1)]) == [REVIEW]


# -- the other way ------------------------------------------------------------------------------------------------------


def test_what_the_chain_shows_is_what_an_order_must_come_to() -> None:
    for one in (stake(), stake(stake_id=5)):
        emitted = Emitted(staked(one), "0x" + "ab" * 32, 9, "0x" + "cd" * 32)
        (payment,) = source(one.staking, one.owner).read([emitted])
        must = owed(one)
        assert (payment.contract, payment.recipient, payment.amount, (payment.token_id,)) == (
            must.contract, must.recipient, must.amount, must.token_ids
        )  # fmt: skip


def test_events_without_a_signature_id_name_no_order() -> None:
    of = staking(
        stake_event=defaults.STAKED, stake_proof=defaults.stake_proof(),
        restake_event=defaults.RESTAKED, restake_proof=defaults.restake_proof(),
    )  # fmt: skip
    assert owed(stake(of, owner=OTHER)) == Owed(CONTRACT, OTHER, 1000, None)
    assert owed(stake(of, owner=OTHER, stake_id=5)) == Owed(CONTRACT, OTHER, 1, None)


def test_one_look_finds_both_events_and_an_owner_narrows_it() -> None:
    of = staking()
    both = tuple(sorted(of.recipe(action).event.topic for action in StakeAction))
    assert source(of).topics == (both,)
    assert source(of, OTHER).topics == (both, word(OTHER))
    assert source(staking(stake_event=defaults.STAKED, stake_proof=defaults.stake_proof()), OTHER).topics[1:] == ()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "word_", [0, 1, 2**256 - 1, int.from_bytes(b"a\0b".ljust(32, b"\0")), int.from_bytes(b"\n" * 32)], ids=str
)
def test_a_word_that_is_no_signature_id_names_no_order(word_: int) -> None:
    """Anybody may emit anything, and badges have small numbers: PostgreSQL would not even take some of them as text."""
    assert named([Payment(Step.PAID, CONTRACT, "0x", 1, OTHER, 1, word_)]) == {}


@pytest.mark.django_db
def test_an_event_names_the_order_whose_signature_id_it_carries() -> None:
    one = make_stake(signature_id="äöü, and 31 bytes altogether")
    (number,) = owed(one).token_ids or ()
    payment = Payment(Step.PAID, CONTRACT, "0x", 1, OTHER, 1, number)
    assert {key: stake.pk for key, stake in named([payment]).items()} == {(CONTRACT, number): one.pk}


def test_the_view_is_asked_about_this_very_signature() -> None:
    one = stake()
    (question,) = questions(one)
    asked = Signature.parse("isSignatureUsed(address,bytes32)").decode(question.call.data)
    assert (question.decides, asked) == (True, (one.owner, bytes.fromhex(one.signature_word[2:])))
    assert questions(stake(staking(used_view=""))) == []
