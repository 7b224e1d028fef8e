"""Gas above the ceiling: nothing is signed, nobody is blamed, nothing is forgotten."""

from collections.abc import Callable, Iterator

import pytest

from chain.models import Attempt, Wallet
from chain.states import Waiting
from orders import waiting
from orders.models import Order
from orders.states import Status
from tests.factories import make_claim
from tests.flow.conftest import World

Work = Callable[[Wallet], None]
GWEI = 10**9


@pytest.fixture
def dear(world: World) -> Iterator[Callable[[int], None]]:
    """Set the next block's base fee, in wei; it is as it was after the test."""

    def set_base_fee(wei: int) -> None:
        world.chain.request("anvil_setNextBlockBaseFeePerGas", hex(wei))
        world.chain.request("evm_mine")

    yield set_base_fee
    set_base_fee(GWEI)


@pytest.fixture
def minter(world: World, dear: Callable[[int], None]) -> Wallet:
    """Three claims, one transaction each, wait for a gas price under 20 gwei; it is 90."""
    world.network.gas_ceiling = 20 * GWEI
    world.network.save()
    reward, _ = world.badge(strategy="single")
    for _ in range(3):
        make_claim(reward)
    dear(90 * GWEI)
    assert reward.wallet is not None
    return reward.wallet


@pytest.mark.fault(24)
def test_above_the_ceiling_no_order_fails(minter: Wallet, work: Work) -> None:
    work(minter)
    assert set(Order.objects.values_list("status", "reason", "fail_reason")) == {(Status.PENDING, "", "")}
    assert not Attempt.objects.exists()


def test_staff_read_why(minter: Wallet, work: Work) -> None:
    work(minter)
    minter.refresh_from_db()
    told = waiting.sentence(Order.objects.earliest("created"))
    assert minter.waiting == Waiting.GAS
    assert "over the ceiling of 20 gwei" in told


def test_after_the_price_fell_all_complete_oldest_first(minter: Wallet, work: Work, dear: Callable[[int], None]) -> None:
    work(minter)
    dear(GWEI)
    work(minter)
    orders = Order.objects.select_related("transaction").order_by("created")
    nonces = [order.transaction.nonce for order in orders if order.transaction]
    assert [order.status for order in orders] == [Status.COMPLETED] * 3
    assert nonces == sorted(nonces)
    minter.refresh_from_db()
    assert minter.waiting == ""


@pytest.mark.fault(24)
def test_no_fee_above_the_ceiling_is_ever_signed(minter: Wallet, work: Work, dear: Callable[[int], None]) -> None:
    dear(15 * GWEI)
    work(minter)
    assert max(Attempt.objects.values_list("max_fee", flat=True)) <= 20 * GWEI
    assert Attempt.objects.count() == 3
