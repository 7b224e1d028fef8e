"""Staff see the evidence before they click; and what takes two people takes two logins."""

from collections.abc import Iterator

import pytest
from django.test import Client as Browser
from django.urls import reverse

from chain.models import Transaction
from orders.models import Order
from orders.states import Reason, Status
from tests.admin.conftest import Login
from tests.admin.test_order_actions import do
from tests.chain.rpc_server import Http
from tests.factories import make_claim
from tests.model_badge import CLAIM
from tests.orders.conftest import Desk, a_desk


@pytest.fixture
def desk(db: None) -> Iterator[Desk]:
    yield from a_desk()


def failed(desk: Desk) -> Order:
    claim = make_claim(desk.reward, order_tries=2)
    desk.badge.turned.add(claim.recipient)
    desk.finish()
    desk.badge.turned.clear()
    return Order.objects.get(status="failed")


def in_review(desk: Desk) -> Order:
    """Its transaction succeeded, and minted nothing."""
    claim = make_claim(desk.reward)
    desk.badge.silent.add(claim.recipient)
    desk.finish()
    return Order.objects.get(reason=Reason.REVIEW)


def page(browser: Browser, order: Order, name: str) -> str:
    return browser.get(reverse("admin:orders_order_do", args=[order.pk, name])).content.decode()


def test_the_page_shows_each_attempts_receipt_the_nonce_and_the_recipient(desk: Desk, operator: Browser) -> None:
    order = failed(desk)
    shown = page(operator, order, "retry")
    transaction = Transaction.objects.get()
    assert f'data-copy="{transaction.mined_hash}"' in shown
    assert f"reverted in block {transaction.block_number}" in shown
    assert "safe to go again" in shown
    assert f"Nonce {transaction.nonce}</a> is spent: reverted." in shown
    assert f'data-copy="{order.claim.recipient}"' in shown
    assert "No payment to this address is to be seen." in shown


def test_a_payment_that_no_order_accounts_for_is_shown(desk: Desk, operator: Browser) -> None:
    order = failed(desk)
    tx_hash = desk.chain.call_by_stranger(desk.badge.address, CLAIM.encode([order.claim.recipient, 1]))
    shown = page(operator, order, "retry")
    assert f'data-copy="{tx_hash}"' in shown
    assert "no order accounts for it" in shown
    (message,) = do(operator, order, "retry", reason="mended")
    assert message.startswith(f"1 order refused: Transaction {tx_hash}")
    assert order.status == Status.FAILED


def test_a_node_that_is_silent_is_shown(desk: Desk, operator: Browser) -> None:
    order = failed(desk)
    desk.chain.fail(Http(503))
    shown = page(operator, order, "retry")
    assert "Node 1 does not answer." in shown
    assert "the nodes do not tell" in shown


def test_what_may_still_be_mined_can_be_cancelled_from_there(desk: Desk, operator: Browser) -> None:
    order = make_claim(desk.reward).order
    desk.turn()
    cancel = reverse("admin:chain_transaction_do", args=[Transaction.objects.get().pk, "cancel"])
    assert cancel in page(operator, order, "retry")


def test_a_retry_goes_back_to_the_queue(desk: Desk, operator: Browser) -> None:
    order = failed(desk)
    assert do(operator, order, "retry", reason="mended") == ["1 order set going again, or completed where it was paid."]
    assert order.status == Status.PENDING
    shown = operator.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert "safe</a>, by 1 node, of 1 transaction" in shown


def test_an_order_that_is_only_held_back_asks_no_node(operator: Browser) -> None:
    order = make_claim(order_status="held", order_reason="staff").order  # its network has no node
    assert "Recipient" not in page(operator, order, "release")


@pytest.mark.fault(32)
def test_two_people_release_what_conflicts(desk: Desk, login: Login) -> None:
    order = in_review(desk)
    ana, bo = login("operator"), login("administrator")
    assert "may have paid it" in page(ana, order, "ask-to-release")
    assert do(ana, order, "ask-to-release", reason="the event is in block 3") == ["1 order waiting for a second person."]
    assert "the event is in block 3" in bo.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert "somebody else must confirm" in do(ana, order, "confirm-release", reason="yes")[-1]
    assert order.status == Status.HELD
    assert do(bo, order, "confirm-release", reason="looked too") == ["1 order released."]
    assert order.status == Status.PENDING


def test_the_buttons_are_offered_in_turn(desk: Desk, operator: Browser) -> None:
    order = in_review(desk)
    url = reverse("admin:orders_order_change", args=[order.pk])
    before = operator.get(url).content.decode()
    do(operator, order, "ask-to-release", reason="looked")
    after = operator.get(url).content.decode()
    assert [name in before for name in ("do/ask-to-release", "do/confirm-release", "do/release")] == [True, False, False]
    assert [name in after for name in ("do/ask-to-release", "do/confirm-release", "do/release")] == [False, True, False]


@pytest.mark.parametrize("name", ["ask-to-release", "confirm-release"])
def test_a_viewer_may_do_neither(desk: Desk, login: Login, name: str) -> None:
    url = reverse("admin:orders_order_do", args=[in_review(desk).pk, name])
    assert login("viewer").post(url, {"confirmed": "yes", "reason": "x"}).status_code == 403
