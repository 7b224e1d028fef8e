"""The clock of this host is wrong, or jumps: nothing is sent sooner, later or otherwise than by the database's clock."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db.models.functions import Now

from chain.models import Attempt, Network, Wallet
from chain.states import Waiting
from orders.models import Order
from orders.states import Status
from orders.worker import runner
from tests.factories import make_network, make_wallet
from tests.orders.conftest import Desk
from tests.orders.life import assert_all_paid_once, later, some_orders, tick, ticks

pytestmark = pytest.mark.fault(45)
MINUTES = [-10, 10]


def off_by(minutes: int) -> time_machine.travel:
    """Until it ends, this process believes that it is so many minutes later."""
    return time_machine.travel(datetime.now(UTC) + timedelta(minutes=minutes))


@pytest.mark.parametrize("minutes", MINUTES)
def test_what_was_just_sent_is_left_alone(desk: Desk, minutes: int) -> None:
    assert desk.lane.clock_error < 30
    some_orders(desk)
    with off_by(minutes):  # it jumps while the lane is open
        desk.turn()
    desk.turn()
    with off_by(-minutes):
        desk.turn()
    assert len(desk.chain.received) == 2
    assert Attempt.objects.count() == 2


@pytest.mark.parametrize("minutes", MINUTES)
def test_what_was_long_silent_is_sent_again(desk: Desk, minutes: int) -> None:
    some_orders(desk)
    desk.turn()
    later()
    with off_by(minutes):
        desk.turn()
    assert len(desk.chain.received) == 4
    assert Attempt.objects.count() == 2


@pytest.mark.parametrize("minutes", MINUTES)
def test_what_waits_too_long_is_replaced(desk: Desk, minutes: int) -> None:
    some_orders(desk)
    desk.turn()
    later(desk.network.bump_after * 6)
    with off_by(minutes):
        desk.turn()
    assert Attempt.objects.count() == 3  # the lowest nonce's


@pytest.mark.parametrize("minutes", MINUTES)
def test_by_a_wrong_clock_nothing_new_is_signed_and_the_old_is_settled(committed_desk: Desk, minutes: int) -> None:
    old = some_orders(committed_desk)
    tick(committed_desk)
    new = some_orders(committed_desk)
    with off_by(minutes):
        ticks(committed_desk)
        assert {Order.objects.get(pk=each.pk).status for each in old} == {Status.COMPLETED}
        assert {Order.objects.get(pk=each.pk).status for each in new} == {Status.PENDING}
        assert Wallet.objects.get().waiting == Waiting.CLOCK
    assert_all_paid_once(committed_desk, [*old, *new])
    assert len(committed_desk.chain.received) == 4


def test_a_clock_that_jumps_back_and_forth_pays_once(committed_desk: Desk) -> None:
    details = some_orders(committed_desk)
    for minutes in (0, 10, -10, 0):
        with off_by(minutes):
            tick(committed_desk)
        committed_desk.chain.mine()
    assert_all_paid_once(committed_desk, details)
    assert len(committed_desk.chain.received) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("minutes", MINUTES)
def test_a_network_rests_by_the_databases_clock(minutes: int) -> None:
    """A host that is ten minutes behind would otherwise let it rest for ten minutes more."""
    wallet = make_wallet(network=make_network(rests_until=Now() + timedelta(seconds=60)))
    with off_by(minutes):
        assert runner.tick(str(wallet.pk), seconds=0) == "its network rests"
        Network.objects.update(rests_until=Now() - timedelta(seconds=1))
        assert runner.tick(str(wallet.pk), seconds=0) == "1 turns"
