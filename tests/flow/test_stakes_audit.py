"""The audit of stakes: what the contract says against the orders, both ways."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chain.findings import ChainCode
from chain.models import Wallet
from orders.audit.codes import OrderCode
from orders.models import Order
from orders.states import Status
from stakes.models import Stake
from tests.factories import make_stake, signed
from tests.flow.conftest import Staking, World
from tests.flow.test_audit import bury, found, told
from tests.flow.test_stakes import AS_IT_USED_TO_BE, submitted_by_others
from tests.forge import forge

Work = Callable[[Wallet], None]


@pytest.mark.parametrize("over", [{}, AS_IT_USED_TO_BE, {"batch_size": 9}], ids=["one by one", "as it used to be", "together"])
def test_stakes_and_restakes_are_clean(world: World, work: Work, over: dict[str, Any]) -> None:
    staking = world.staking(**over)
    user = staking.user()
    for _ in range(3):
        make_stake(staking.row, user)
    work(staking.row.wallet)
    make_stake(staking.row, user)
    make_stake(staking.row, user, stake_id=1, target=8)
    make_stake(staking.row, user, stake_id=2, target=8)
    work(staking.row.wallet)
    assert set(Order.objects.values_list("status", flat=True)) == {Status.COMPLETED}
    assert found() == []


def test_what_owners_do_by_themselves_is_no_finding(world: World, work: Work) -> None:
    staking = world.staking()
    make_stake(staking.row, staking.user())
    work(staking.row.wallet)
    submitted_by_others(staking, signed(staking.row, staking.user()))
    bury(world)
    assert found() == []


@pytest.mark.fault(32)
def test_a_stake_without_an_order(world: World, work: Work) -> None:
    """The wallet's key was used elsewhere."""
    staking = world.staking()
    make_stake(staking.row, staking.user())
    work(staking.row.wallet)
    by_the_wallet(staking, signed(staking.row, staking.user()))
    bury(world)
    assert told(found()) == [(ChainCode.NONCE_NOT_STORED, None), (OrderCode.PAID_WITHOUT_ORDER, None)]


def by_the_wallet(staking: Staking, stake: Stake) -> None:
    submitted_by_others(replace(staking, world=_As(staking.world, staking.row.wallet.address)), stake)  # type: ignore[arg-type]


class _As:
    """The world as another account of the chain sees it."""

    def __init__(self, world: World, account: str) -> None:
        self.chain, self.me = world.chain, account


def test_an_order_without_its_stake(world: World, work: Work) -> None:
    staking = world.staking()
    stake = make_stake(staking.row, staking.user(), target=7)
    work(staking.row.wallet)
    forge(stake, owner=world.me)
    assert {code for code, _ in told(found())} == {OrderCode.WRONG_RECIPIENT}


def test_another_amount_and_another_signature_id(world: World, work: Work) -> None:
    staking = world.staking()
    stake, other = make_stake(staking.row, staking.user()), make_stake(staking.row, staking.user())
    work(staking.row.wallet)
    forge(stake, amount=999)
    forge(other, signature_id="something else")
    assert told(found()) == [(OrderCode.WRONG_AMOUNT, stake.pk), (OrderCode.WRONG_TOKEN, other.pk)]


def test_a_failed_order_whose_stake_somebody_else_has_submitted(world: World, work: Work) -> None:
    staking = world.staking()
    stake = make_stake(staking.row, staking.user())
    submitted_by_others(staking, stake)
    work(staking.row.wallet)
    bury(world)
    assert Order.objects.get().status == Status.FAILED
    assert told(found()) == [(OrderCode.PAID_NOT_COMPLETED, stake.pk)]
