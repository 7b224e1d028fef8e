"""Staff ask, `orders.actions` decides, the history tells; each after a page that asks why."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.messages import get_messages
from django.test import Client as Browser
from django.urls import reverse

from orders.models import Order
from orders.states import Status
from tests.admin.conftest import Login, bind
from tests.factories import make_claim

LIST = "/admin/orders/order/"


def do(browser: Browser, order: Order, name: str, **answers: str) -> list[str]:
    """Press a button on the order's page and confirm; the messages that come back."""
    url = reverse("admin:orders_order_do", args=[order.pk, name])
    answer = browser.post(url, {"confirmed": "yes", **answers})
    order.refresh_from_db()
    return [str(message) for message in get_messages(answer.wsgi_request)]


def do_in_list(browser: Browser, orders: list[Order], name: str, **answers: str) -> list[str]:
    data = {"action": name, ACTION_CHECKBOX_NAME: [str(order.pk) for order in orders], "confirmed": "yes", **answers}
    answer = browser.post(LIST, data)
    for order in orders:
        order.refresh_from_db()
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_the_button_first_asks_why(operator: Browser) -> None:
    order = make_claim().order
    answer = operator.get(reverse("admin:orders_order_do", args=[order.pk, "cancel"]))
    assert 'name="reason"' in answer.content.decode()
    order.refresh_from_db()
    assert order.status == Status.PENDING


def test_no_reason_no_action(operator: Browser) -> None:
    order = make_claim().order
    do(operator, order, "cancel", reason=" ")
    assert order.status == Status.PENDING


def test_cancel_moves_the_order_and_tells_who_and_why(operator: Browser) -> None:
    order = make_claim().order
    assert do(operator, order, "cancel", reason="asked by the buyer") == ["1 order cancelled."]
    event = order.events.get()
    assert (order.status, event.actor, event.note) == (Status.CANCELLED, "staff:the-operator", "asked by the buyer")


def test_hold_until_a_time(operator: Browser) -> None:
    order = make_claim().order
    do(operator, order, "hold", reason="check", until_0="2030-01-02", until_1="03:04:05")
    assert order.held_until is not None
    assert (order.status, order.held_until.isoformat()) == (Status.HELD, "2030-01-02T03:04:05+00:00")


def test_a_released_order_goes_back_to_the_queue(operator: Browser) -> None:
    held = make_claim(order_status="held", order_reason="staff").order
    do(operator, held, "release", reason="checked")
    assert held.status == Status.PENDING


def test_what_the_order_does_not_allow_is_refused_with_why(operator: Browser) -> None:
    order = make_claim().order
    bind(order)
    (message,) = do(operator, order, "cancel", reason="x")
    assert message.startswith("1 order refused: ")
    assert order.status == Status.BUSY


def test_a_page_that_is_out_of_date_changes_nothing(operator: Browser) -> None:
    order = make_claim(order_revision=4).order
    (message,) = do(operator, order, "cancel", reason="x", revision="3")
    assert "moved on" in message
    assert order.status == Status.PENDING


def test_in_the_list_each_order_stands_for_itself(operator: Browser) -> None:
    good, better, busy = (make_claim().order for _ in range(3))
    bind(busy)
    messages = do_in_list(operator, [good, better, busy], "hold", reason="audit")
    assert messages[0] == "2 orders held."
    assert messages[1].startswith("1 order refused: ")
    assert [good.status, better.status, busy.status] == [Status.HELD, Status.HELD, Status.BUSY]


def test_the_list_carries_the_chosen_orders_through_the_question(operator: Browser) -> None:
    orders = [make_claim().order for _ in range(2)]
    answer = operator.post(LIST, {"action": "hold", ACTION_CHECKBOX_NAME: [str(order.pk) for order in orders], "index": "0"})
    text = answer.content.decode()
    assert all(f'value="{order.pk}"' in text for order in orders)


@pytest.mark.parametrize("name", ["cancel", "hold", "release", "retry"])
def test_a_viewer_may_do_none_of_it(login: Login, name: str) -> None:
    order = make_claim().order
    answer = login("viewer").post(reverse("admin:orders_order_do", args=[order.pk, name]), {"confirmed": "yes", "reason": "x"})
    assert answer.status_code == 403


def test_a_viewer_has_no_action_in_the_list(login: Login) -> None:
    order = make_claim().order
    do_in_list(login("viewer"), [order], "cancel", reason="x")
    assert order.status == Status.PENDING
