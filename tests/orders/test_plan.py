"""From pending orders to transactions: who goes, who is set aside and why, who waits."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from chain.errors import RpcUnavailable
from chain.fees import AboveCeiling
from claims.models import Claim
from orders.models import Order, Stop
from orders.plan import ALIKE, Plan, make_plan, pick
from orders.queue import queues
from orders.states import Kind, Reason, Status
from tests.chain.rpc_server import Http, Refuse
from tests.factories import an_address, make_claim, make_pool, make_reward, make_withdrawal
from tests.model_chain import GWEI, Result, always
from tests.orders.conftest import Desk

KINDS = list(Kind)


def picked(desk: Desk, room: int = 16, kinds: Sequence[Kind] = KINDS, skip: Sequence[UUID] = ()) -> list[UUID]:
    found = pick(desk.wallet, room, kinds, skip)
    return [detail.pk for detail in found[1]] if found else []


def plan(desk: Desk) -> Plan:
    found = pick(desk.wallet, 16, KINDS, [])
    assert found is not None
    node = desk.lane.node
    snapshot = node.snapshot(desk.wallet.address, finalized_tag=False)
    return make_plan(node, desk.wallet, snapshot, *found)


def paid(plan: Plan) -> list[list[UUID]]:
    return [[detail.pk for detail in bundle.details] for bundle in plan.bundles]


# -- who goes ---------------------------------------------------------------------------------------------------


def test_nothing_pending_is_nothing_to_do(desk: Desk) -> None:
    assert picked(desk) == []


def test_the_oldest_go_first(desk: Desk) -> None:
    claims = [make_claim(desk.reward) for _ in range(3)]
    assert picked(desk) == [claim.pk for claim in claims]


def test_a_batch_is_no_larger_than_its_reward_says(desk: Desk) -> None:
    desk.reward.batch_size = 2
    desk.reward.save()
    claims = [make_claim(desk.reward) for _ in range(3)]
    assert picked(desk) == [claim.pk for claim in claims[:2]]


def test_only_orders_of_one_group_go_together(desk: Desk) -> None:
    first = make_claim(desk.reward)
    make_claim(make_reward(wallet=desk.wallet))
    third = make_claim(desk.reward)
    assert picked(desk) == [first.pk, third.pk]


def test_the_oldest_order_names_the_group(desk: Desk) -> None:
    withdrawal = make_withdrawal(desk.pool)
    make_claim(desk.reward)
    assert picked(desk) == [withdrawal.pk]


def test_orders_that_go_one_by_one_are_simulated_together_up_to_the_room(desk: Desk) -> None:
    withdrawals = [make_withdrawal(desk.pool) for _ in range(3)]
    assert picked(desk, room=2) == [w.pk for w in withdrawals[:2]]


def test_an_order_taken_away_between_two_looks_is_left_to_the_commit(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = make_claim(desk.reward)

    def size(_: Claim) -> int:
        Order.objects.filter(pk=claim.pk).update(status=Status.CANCELLED)
        return 20

    monkeypatch.setitem(queues(), Kind.CLAIM, replace(queues()[Kind.CLAIM], size=size))
    assert desk.turn().sent == 0
    assert Order.objects.get().status == Status.CANCELLED


def test_an_order_that_failed_twice_goes_alone(desk: Desk) -> None:
    troubled = make_claim(desk.reward, order_tries=2)
    make_claim(desk.reward)
    assert picked(desk) == [troubled.pk]


def test_a_batch_ends_before_an_order_that_failed_twice(desk: Desk) -> None:
    first = make_claim(desk.reward)
    make_claim(desk.reward, order_tries=2)
    make_claim(desk.reward)
    assert picked(desk) == [first.pk]


def test_held_orders_and_other_wallets_are_left_out(desk: Desk) -> None:
    make_claim(desk.reward, order_status=Status.HELD, order_reason=Reason.STAFF)
    make_claim(make_reward())
    assert picked(desk) == []


def test_skipped_and_stopped_groups_are_left_out(desk: Desk) -> None:
    make_claim(desk.reward)
    withdrawal = make_withdrawal(desk.pool)
    assert picked(desk, skip=[desk.reward.pk]) == [withdrawal.pk]
    Stop.objects.create(group=desk.reward.pk, wallet=desk.wallet, reason="closed", by="lane")
    assert picked(desk) == [withdrawal.pk]


def test_only_the_kinds_asked_for_go(desk: Desk) -> None:
    make_claim(desk.reward)
    withdrawal = make_withdrawal(desk.pool)
    assert picked(desk, kinds=[Kind.WITHDRAWAL]) == [withdrawal.pk]


# -- who is set aside ---------------------------------------------------------------------------------------------


def test_bad_orders_are_set_aside_with_their_decoded_reason(desk: Desk) -> None:
    good, bad = make_claim(desk.reward), make_claim(desk.reward)
    desk.badge.refused.add(bad.recipient)
    made = plan(desk)
    assert paid(made) == [[good.pk]]
    assert [(m.order, m.to, m.reason, m.fail_reason) for m in made.refused] == [
        (bad.pk, Status.FAILED, Reason.SIMULATION_REVERTED, f"RecipientRefused(recipient={bad.recipient})")
    ]


def test_a_plan_writes_nothing(desk: Desk) -> None:
    desk.badge.refused.add(make_claim(desk.reward).recipient)
    plan(desk)
    assert Order.objects.get().status == Status.PENDING


def test_an_order_whose_simulation_shows_the_wrong_event_goes_to_review_unsent(desk: Desk) -> None:
    claim = make_claim(desk.reward)
    wrong = desk.badge.mint(an_address())
    desk.chain.contracts[desk.reward.contract] = always(Result(logs=(wrong,)))
    made = plan(desk)
    assert (made.bundles, [m.reason for m in made.refused]) == ([], [Reason.REVIEW])
    assert made.refused[0].note.startswith("Not sent, for its simulation shows: ")
    assert claim.recipient in made.refused[0].note


def test_an_order_no_call_can_be_built_from_does_not_sink_the_rest(desk: Desk) -> None:
    desk.reward.function, desk.reward.arguments = "claim(address,uint256)", ["{recipient}", "{token_id}"]
    desk.reward.save()
    good, bad = make_claim(desk.reward, token_id=1), make_claim(desk.reward)
    made = plan(desk)
    assert paid(made) == [[good.pk]]
    assert [(m.order, m.reason) for m in made.refused] == [(bad.pk, Reason.INVALID)]


def test_a_batch_of_nothing_but_impossible_calls_is_not_simulated(desk: Desk) -> None:
    desk.reward.arguments = ["{recipient}", "{token_id}"]
    desk.reward.save()
    for _ in range(2):
        make_claim(desk.reward)
    made = plan(desk)
    assert (len(made.refused), made.batch) == (2, None)
    assert desk.chain.server.count("eth_simulateV1") == 0


@pytest.mark.parametrize(("count", "stopped"), [(ALIKE - 1, False), (ALIKE, True)])
def test_orders_that_all_fail_alike_stop_the_group_and_none_is_blamed(desk: Desk, count: int, stopped: bool) -> None:
    desk.chain.contracts[desk.reward.contract] = always(Result(False))
    for _ in range(count):
        make_claim(desk.reward)
    made = plan(desk)
    assert (bool(made.stop), len(made.refused)) == (stopped, 0 if stopped else count)


def test_orders_that_fail_each_for_its_own_reason_are_each_at_fault(desk: Desk) -> None:
    for _ in range(ALIKE):
        desk.badge.refused.add(make_claim(desk.reward).recipient)
    made = plan(desk)
    assert (made.stop, len(made.refused)) == ("", ALIKE)


def test_lack_of_the_token_is_nobodys_fault(desk: Desk) -> None:
    pool = make_pool(wallet=desk.wallet)
    short = b"\x08\xc3\x79\xa0" + bytes.fromhex(f"{32:064x}{len(SHORT):064x}") + SHORT.ljust(64, b"\0")
    desk.chain.contracts[pool.token] = always(Result(False, data=short))
    make_withdrawal(pool)
    made = plan(desk)
    assert (made.lack, made.refused, made.bundles) == (f"{desk.wallet.name} is short of {pool.token}", [], ())


SHORT = b"ERC20: transfer amount exceeds balance"


# -- gas ----------------------------------------------------------------------------------------------------------


def test_a_batch_is_trimmed_to_what_a_transaction_may_use(desk: Desk) -> None:
    desk.badge.gas = 100_000
    desk.network.max_gas_per_transaction = 500_000
    claims = [make_claim(desk.reward) for _ in range(10)]
    (bundle,) = plan(desk).bundles
    assert 1 < len(bundle.details) < 5
    assert bundle.gas <= 500_000
    assert bundle.details[0].pk == claims[0].pk


def test_an_order_too_big_for_any_transaction_fails(desk: Desk) -> None:
    desk.badge.gas = 600_000
    desk.network.max_gas_per_transaction = 500_000
    make_claim(desk.reward)
    (move,) = plan(desk).refused
    assert (move.reason, move.fail_reason) == (
        Reason.INVALID,
        "Its call needs 662,900 gas, and one transaction may use 500,000 on this network.",
    )


def test_the_first_order_too_big_for_a_transaction_leaves_the_batch(desk: Desk) -> None:
    desk.badge.gas = 600_000
    desk.network.max_gas_per_transaction = 500_000
    claims = [make_claim(desk.reward) for _ in range(2)]
    made = plan(desk)
    assert (made.bundles, [m.order for m in made.refused]) == ([], [claims[0].pk])


def test_a_block_with_little_gas_makes_smaller_batches(desk: Desk) -> None:
    desk.chain.gas_limit = 800_000
    for _ in range(20):
        make_claim(desk.reward)
    (bundle,) = plan(desk).bundles
    assert bundle.gas <= 400_000


def test_the_cost_is_all_gas_at_the_highest_fee_and_the_value(desk: Desk) -> None:
    make_withdrawal(desk.pool, amount=77)
    made = plan(desk)
    assert made.cost == made.bundles[0].gas * 3 * GWEI + 77


# -- the node -----------------------------------------------------------------------------------------------------


def test_one_request_finds_the_bad_orders_the_gas_and_the_events(desk: Desk) -> None:
    for _ in range(20):
        make_claim(desk.reward)
    desk.lane.look()
    before = len(desk.chain.server.posts)
    plan(desk)
    assert len(desk.chain.server.posts) == before + 2  # the snapshot, and this
    assert desk.chain.server.posts[-1] == ["eth_simulateV1", "eth_estimateGas"]


@pytest.mark.parametrize("fault", [Http(429), Http(500), Http(503)])
def test_a_fault_of_the_node_is_raised_and_blames_nobody(desk: Desk, fault: Http) -> None:
    make_claim(desk.reward)
    desk.chain.fail(fault, on="eth_simulateV1")
    with pytest.raises(RpcUnavailable):
        plan(desk)


def test_an_overloaded_node_blames_nobody(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.chain.lie("eth_simulateV1", Refuse(-32005, "limit exceeded"))
    with pytest.raises(RpcUnavailable):
        plan(desk)


def test_a_node_without_simulations_is_asked_call_by_call(desk: Desk) -> None:
    desk.chain.simulates = False
    good, bad = make_claim(desk.reward), make_claim(desk.reward)
    desk.badge.refused.add(bad.recipient)
    made = plan(desk)
    assert made.simulation == "singles"
    assert (paid(made), [m.order for m in made.refused]) == ([[good.pk]], [bad.pk])


def test_above_the_ceiling_no_plan_is_made(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.network.gas_ceiling = GWEI
    with pytest.raises(AboveCeiling):
        plan(desk)
