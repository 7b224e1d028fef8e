"""A wallet below its minimum balance: nothing new is signed, nothing fails, and what is on its way is looked after."""

import pytest

from chain.models import Attempt, Transaction, Wallet
from chain.states import TransactionStatus, Waiting
from orders import waiting
from orders.models import Order
from orders.states import Status
from tests.factories import make_claim
from tests.lanes import grow_old
from tests.orders.conftest import Desk

COIN = 10**18

pytestmark = pytest.mark.fault(33)


@pytest.fixture
def poor(desk: Desk) -> Desk:
    """A desk whose wallet may not go below one coin, and has a little less."""
    Wallet.objects.filter(pk=desk.wallet.pk).update(minimum_balance=COIN)
    desk.chain.balances[desk.wallet.address] = COIN - 1
    return desk


def why(desk: Desk) -> str:
    desk.wallet.refresh_from_db()
    return desk.wallet.waiting


def test_nothing_new_is_signed(poor: Desk) -> None:
    claim = make_claim(poor.reward)
    assert poor.turn().blocked
    order = Order.objects.get(pk=claim.pk)
    assert (order.status, order.reason, order.fail_reason) == (Status.PENDING, "", "")
    assert not Transaction.objects.exists()
    assert why(poor) == Waiting.FUNDS


def test_its_orders_say_so(poor: Desk) -> None:
    claim = make_claim(poor.reward)
    poor.turn()
    told = waiting.sentence(Order.objects.get(pk=claim.pk))
    assert told.endswith("It has 0.999999999999999999 ETH, and its minimum is 1 ETH.")
    assert told.startswith(f"Wallet {poor.wallet.name} is short of money since")


def test_it_goes_on_by_itself_after_a_top_up(poor: Desk) -> None:
    make_claim(poor.reward)
    poor.turn()
    poor.chain.balances[poor.wallet.address] = COIN
    poor.finish()
    assert Order.objects.get().status == Status.COMPLETED
    assert why(poor) == ""


def test_it_says_so_although_nobody_has_ordered_anything(poor: Desk) -> None:
    poor.turn()
    assert why(poor) == Waiting.FUNDS


def test_what_is_on_its_way_is_followed_to_its_end(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.turn()
    sent = desk.chain.received[:]
    Wallet.objects.update(minimum_balance=10**30)
    desk.chain.drop(Attempt.objects.get().hash)
    grow_old(Transaction.objects.get(), seconds=30)
    desk.turn()
    assert desk.chain.received == sent * 2
    desk.finish()
    assert (Order.objects.get().status, why(desk)) == (Status.COMPLETED, Waiting.FUNDS)


def test_what_is_on_its_way_is_replaced(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.turn()
    Wallet.objects.update(minimum_balance=10**30)
    grow_old(Transaction.objects.get())
    desk.turn()
    assert (Attempt.objects.count(), Transaction.objects.get().status) == (2, TransactionStatus.SENT)
    assert why(desk) == Waiting.FUNDS


def test_a_look_keeps_what_the_node_said_of_the_chain(desk: Desk) -> None:
    desk.chain.mine(3)
    desk.turn()
    wallet = Wallet.objects.get()
    assert wallet.looked_at is not None
    assert wallet.head_at is not None
    assert wallet.head_number == 3
