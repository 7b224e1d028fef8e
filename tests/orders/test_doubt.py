"""Orders that waited while the wallet's key was used elsewhere are held before anything new is signed."""

import pytest
from django.db import IntegrityError
from django.db.transaction import atomic

from chain import steering
from chain.models import Wallet
from orders import doubt
from orders.models import Order
from orders.states import Reason, Status
from tests.factories import make_claim, make_withdrawal
from tests.orders.conftest import Desk


def released(desk: Desk) -> None:
    """The wallet's nonce is spent elsewhere, and two people let it go on."""
    desk.chain.steal_nonce(desk.wallet.address)
    desk.turn()
    desk.turn()
    desk.chain.mine(2)  # and it is final
    steering.ask_for_release(desk.wallet, by="staff:ana", reason="it was me")
    assert steering.release(desk.wallet, by="staff:ben", asked_by="staff:ana", nonce=1)
    desk.reopen()


@pytest.mark.fault(32)
def test_they_are_held_for_a_person(desk: Desk) -> None:
    desk.turn()
    orders = [make_claim(desk.reward).order, make_withdrawal(desk.pool).order]
    released(desk)
    assert desk.turn().sent == 0
    held = Order.objects.filter(pk__in=[order.pk for order in orders])
    assert set(held.values_list("status", "reason")) == {(Status.HELD, Reason.REVIEW)}
    assert Wallet.objects.get().doubt_before is None


@pytest.mark.fault(32)
def test_what_is_ordered_afterwards_goes(desk: Desk) -> None:
    desk.turn()
    released(desk)
    claim = make_claim(desk.reward)
    desk.finish()
    claim.order.refresh_from_db()
    assert claim.order.status == Status.COMPLETED


def test_more_than_a_chunk_of_them(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubt, "CHUNK", 2)
    desk.turn()
    for _ in range(5):
        make_claim(desk.reward)
    released(desk)
    desk.turn()
    assert Order.objects.filter(status=Status.HELD).count() == 5


@pytest.mark.fault(32)
def test_a_stranger_on_a_nonce_of_ours_raises_the_same_doubt(two_nodes: Desk) -> None:
    desk = two_nodes
    bound = make_claim(desk.reward).order
    desk.turn()
    desk.chain.pool.clear()
    desk.chain.steal_nonce(desk.wallet.address)
    desk.chain.mine(5)
    desk.turn()
    bound.refresh_from_db()
    assert (bound.status, bound.reason) == (Status.HELD, Reason.FOREIGN)
    waiting = make_claim(desk.reward).order
    steering.ask_for_release(desk.wallet, by="staff:ana", reason="it was me")
    assert steering.release(desk.wallet, by="staff:ben", asked_by="staff:ana", nonce=1)
    desk.reopen()
    desk.turn()
    waiting.refresh_from_db()
    assert (waiting.status, waiting.reason) == (Status.HELD, Reason.REVIEW)


def test_a_doubt_does_not_end_while_an_order_of_it_is_pending(desk: Desk) -> None:
    desk.turn()
    order = make_claim(desk.reward).order
    released(desk)
    with pytest.raises(IntegrityError, match="still pending"), atomic():
        Wallet.objects.update(doubt_before=None)
    with pytest.raises(IntegrityError, match="still pending"), atomic():
        Wallet.objects.update(doubt_before=order.created)
    desk.turn()
    assert Wallet.objects.get().doubt_before is None


def test_what_people_have_looked_at_only_grows(desk: Desk) -> None:
    Wallet.objects.update(trusted_block=5)
    with pytest.raises(IntegrityError, match="only grows"), atomic():
        Wallet.objects.update(trusted_block=4)
