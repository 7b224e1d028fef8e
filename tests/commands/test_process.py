"""The process_* commands on a real chain."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chain.lane import Lane
from chain.models import Transaction, Wallet
from claims.models import Reward
from orders.models import Event, Order
from orders.states import Status
from tests.commands.conftest import Ran
from tests.factories import make_claim, make_stake, make_withdrawal
from tests.flow.conftest import World

Run = Callable[..., Ran]


def test_claims_are_completed_and_told_in_one_line_per_wallet(world: World, run: Run) -> None:
    reward, _ = world.badge()
    for _ in range(3):
        make_claim(reward)
    ran = run("process_claims")
    assert (ran.code, ran.out) == (0, f"wallet {reward.wallet}: 3 completed, 0 failed, 0 still open\n")
    assert set(Order.objects.values_list("status", flat=True)) == {Status.COMPLETED}


def test_withdrawals_are_paid(world: World, run: Run) -> None:
    token = world.token()
    withdrawal = make_withdrawal(world.erc20_pool(token))
    assert run("process_withdrawals").code == 0
    assert token.call("balanceOf", withdrawal.recipient) == withdrawal.amount


def test_each_command_leaves_the_other_kind_alone(world: World, run: Run) -> None:
    make_withdrawal(world.erc20_pool(world.token()))
    ran = run("process_claims")
    assert (ran.code, ran.out) == (0, "No wallet has a claim to process.\n")
    assert Order.objects.get().status == Status.PENDING


def test_only_the_wallet_that_is_named_is_worked_on(world: World, run: Run) -> None:
    one, two = (world.badge(wallet=world.wallet(number))[0] for number in (1, 2))
    claims = [make_claim(one), make_claim(two)]
    run("process_claims", "--wallet", minter(one).address)
    assert [Order.objects.get(pk=claim.pk).status for claim in claims] == [Status.COMPLETED, Status.PENDING]


def test_once_sends_and_does_not_wait_for_the_chain(world: World, run: Run) -> None:
    reward, _ = world.badge()
    make_claim(reward)
    ran = run("process_claims", "--once", "--json")
    assert json.loads(ran.out) == {
        "wallet": minter(reward).name, "completed": 0, "failed": 0, "open": 1, "waits": "", "taken": False,
    }  # fmt: skip
    assert Order.objects.get().status == Status.BUSY


def test_a_lane_that_somebody_holds_is_said_and_is_no_error(world: World, run: Run) -> None:
    reward, _ = world.badge()
    make_claim(reward)
    with Lane.open(minter(reward).pk) or pytest.fail("the lane is free"):
        ran = run("process_claims")
    assert (ran.code, ran.out) == (0, f"wallet {reward.wallet} is being worked on by another process\n")


def test_the_run_ends_after_the_turn_in_which_enough_have_ended(world: World, run: Run) -> None:
    reward, _ = world.badge(batch_size=2)
    Wallet.objects.update(max_in_flight=1)
    for _ in range(6):
        make_claim(reward)
    run("process_claims", "--limit", 2)
    assert Order.objects.filter(status=Status.COMPLETED).count() == 2


def test_gas_above_the_ceiling_ends_the_run_and_is_said(world: World, run: Run) -> None:
    reward, _ = world.badge()
    make_claim(reward)
    world.network.gas_ceiling = 1
    world.network.save()
    ran = run("process_claims")
    assert ran.code == 0
    assert "1 still open (Gas costs" in ran.out


# -- the bill ----------------------------------------------------------------------------------------------------------


def test_a_dry_run_tells_calls_prices_and_who_would_fail(world: World, run: Run) -> None:
    reward, badge = world.badge()
    good, bad = make_claim(reward), make_claim(reward)
    badge.send("refuse", bad.recipient, True)
    out = run("process_claims", "--dry-run").out
    assert f"{good.pk}  claim({good.recipient}, 1)\n" in out
    assert f"would fail: RecipientRefused(recipient={bad.recipient})" in out
    assert "1 transactions, gas limit" in out


def test_a_dry_run_writes_nothing(world: World, run: Run) -> None:
    reward, _ = world.badge()
    make_claim(reward)
    before = _everything(reward.wallet)
    assert run("process_claims", "--dry-run").code == 0
    assert _everything(reward.wallet) == before


def test_a_dry_run_in_json_is_one_object_a_group(world: World, run: Run) -> None:
    pool = world.erc20_pool(world.token())
    withdrawal = make_withdrawal(pool)
    bill = json.loads(run("process_withdrawals", "--dry-run", "--json").out)
    assert bill["lines"] == [
        {"order": str(withdrawal.pk), "call": f"transfer({withdrawal.recipient}, {withdrawal.amount})", "problem": ""}
    ]
    assert bill["cost"] == bill["gas"] * bill["max_fee"] > 0


def test_a_dry_run_above_the_ceiling_says_so(world: World, run: Run) -> None:
    make_claim(world.badge()[0])
    world.network.gas_ceiling = 1
    world.network.save()
    assert "nothing would be signed: Gas costs" in run("process_claims", "--dry-run").out


# -- bad arguments -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [("--wallet", "nobody"), ("--limit", "0"), ("--limit", "many"), ("--what",), ("--wallet",)],
)
@pytest.mark.django_db
def test_bad_arguments_are_one_line_and_exit_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    ran = run("process_claims", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


@pytest.mark.django_db
def test_an_unreachable_node_ends_a_dry_run_with_code_1(run: Run) -> None:
    make_claim()
    ran = run("process_claims", "--dry-run")
    assert (ran.code, ran.err.count("\n")) == (1, 1)


def _everything(wallet: Any) -> list[Any]:
    wallet.refresh_from_db()
    rows = [list(model.objects.order_by("pk").values()) for model in (Order, Event, Transaction)]
    return [*rows, {name: value for name, value in vars(wallet).items() if not name.startswith("_")}]


def minter(reward: Reward) -> Wallet:
    assert reward.wallet is not None
    return reward.wallet


def test_stakes_are_worked_and_their_bill_is_shown(world: World, run: Run) -> None:
    staking = world.staking()
    stake = make_stake(staking.row, staking.user(), amount=700)
    bill = run("process_stakes", "--dry-run")
    assert (bill.code, Order.objects.get().status) == (0, Status.PENDING)
    assert f"{stake.pk}  createStakeWithSignature({stake.owner}, 7, 700, {stake.signature_word}, " in bill.out
    ran = run("process_stakes", "--json", "--wallet", staking.row.wallet.address)
    assert json.loads(ran.out)["completed"] == 1
    assert staking.deployed.call("stakedOn", 7) == 700
