"""A wallet below its minimum balance for a while, on a real chain: nothing fails, and a top-up is all it takes."""

from collections.abc import Callable

import pytest
from django.test import Client as Browser

from chain.models import Attempt, Wallet
from chain.states import Waiting
from orders.models import Order
from orders.states import Part, Status
from orders.worker.heartbeat import Heart
from tests.factories import make_claim
from tests.flow.conftest import World

Work = Callable[[Wallet], None]
COIN = 10**18


def said(client: Browser) -> dict[str, int]:
    """The status of each address that tells of the balance."""
    addresses = {"liveness": "/api/monitor/liveness", "readiness": "/api/monitor/readiness"}
    return {name: client.get(address).status_code for name, address in addresses.items()}


def balance_line(client: Browser) -> tuple[bool, str]:
    (line,) = [check for check in client.get("/api/monitor").json()["checks"] if check["name"] == "balance"]
    return line["ok"], line["detail"]


@pytest.fixture
def poor(world: World) -> Wallet:
    """Three claims wait for a wallet that has one wei less than it must."""
    Heart("one:1").begin(Part)
    reward, _ = world.badge(wallet=world.wallet(name="minter", minimum_balance=COIN, alert_balance=2 * COIN))
    for _ in range(3):
        make_claim(reward)
    assert reward.wallet is not None
    have(world, reward.wallet, COIN - 1)
    return reward.wallet


def have(world: World, wallet: Wallet, wei: int) -> None:
    world.chain.request("anvil_setBalance", wallet.address, hex(wei))


@pytest.mark.fault(33, 58)
def test_nothing_fails_for_want_of_coin_and_all_is_done_after_the_top_up(
    world: World, poor: Wallet, work: Work, client: Browser
) -> None:
    work(poor)
    assert set(Order.objects.values_list("status", "reason", "fail_reason")) == {(Status.PENDING, "", "")}
    assert not Attempt.objects.exists()
    assert Wallet.objects.get(pk=poor.pk).waiting == Waiting.FUNDS
    assert said(client) == {"liveness": 200, "readiness": 500}
    too_little = "minter: 0.999999999999999999 ETH, below its minimum of 1 ETH: it signs nothing new"
    assert balance_line(client) == (False, too_little)
    have(world, poor, 10 * COIN)
    work(poor)
    assert set(Order.objects.values_list("status", flat=True)) == {Status.COMPLETED}
    assert said(client) == {"liveness": 200, "readiness": 200}
    assert balance_line(client)[0]


@pytest.mark.fault(58)
def test_between_the_two_levels_people_are_told_and_orders_go_on(
    world: World, poor: Wallet, work: Work, client: Browser
) -> None:
    have(world, poor, 3 * COIN // 2)
    work(poor)
    assert set(Order.objects.values_list("status", flat=True)) == {Status.COMPLETED}
    assert said(client) == {"liveness": 200, "readiness": 500}
    assert "below its alert balance of 2 ETH" in balance_line(client)[1]
