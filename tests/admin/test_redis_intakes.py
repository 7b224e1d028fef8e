"""What came out of Redis, as staff see it: what nobody could read is told on the first page, and can be read again."""

import pytest
from django.test import Client as Browser
from django.test import override_settings
from django.urls import reverse
from redis import Redis

from claims.leftovers import Leftover
from claims.queue_keys import turn
from orders.models import Order
from orders.states import Reason, Status
from stakes.consumer import Consumer, drain
from stakes.inbox import StreamMessage
from stakes.stream import configured
from tests.admin.conftest import Login
from tests.factories import make_claim, make_reward, make_staking, signed
from tests.front_end import FrontEnd

pytestmark = pytest.mark.django_db

BECAUSE = {"confirmed": "yes", "reason": "mended"}


def consume() -> None:
    stream = configured()
    assert stream is not None
    drain(Consumer(stream))


def first_page(browser: Browser) -> str:
    return browser.get(reverse("admin:index")).content.decode()


def ask_again(browser: Browser, row: StreamMessage | Leftover) -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_do"
    return browser.post(reverse(name, args=[row.pk, "again"]), BECAUSE, follow=True).content.decode()


@pytest.fixture
def dead(front: FrontEnd) -> StreamMessage:
    """A message whose hash is not there yet."""
    staking = make_staking()
    front.put(signed(staking))
    consume()
    front.say(type="stake", entityId="late")
    consume()
    return StreamMessage.objects.get(order=None)


def test_a_message_that_nobody_could_read_is_told_and_read_again_once_its_hash_is_mended(
    front: FrontEnd, dead: StreamMessage, operator: Browser
) -> None:
    assert "Messages of the stream that nobody could read: 1" in first_page(operator)
    text = operator.get(reverse("admin:stakes_streammessage_changelist"), {"read": "no"}).content.decode()
    assert "There is no hash PendingStake:late." in text
    assert "1 stream message refused: There is no hash PendingStake:late." in ask_again(operator, dead)
    front.put(signed(Order.objects.get().stake.staking), "late")
    assert "1 stream message read." in ask_again(operator, dead)
    dead.refresh_from_db()
    assert (dead.problem, dead.fields, Order.objects.count()) == ("", {}, 2)
    assert dead.order == Order.objects.get(external_id="late")
    assert "nobody could read" not in first_page(operator)
    consume()  # the front end's own second message finds the order
    assert Order.objects.count() == 2


def test_a_viewer_sees_it_and_may_not_have_it_read(front: FrontEnd, dead: StreamMessage, login: Login) -> None:
    browser = login("viewer")
    page = reverse("admin:stakes_streammessage_change", args=[dead.pk])
    assert "Read again" not in browser.get(page).content.decode()
    answer = browser.post(reverse("admin:stakes_streammessage_do", args=[dead.pk, "again"]), BECAUSE)
    assert answer.status_code == 403


def test_what_was_deleted_and_what_redis_does_not_answer_is_said(
    front: FrontEnd, dead: StreamMessage, operator: Browser
) -> None:
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        assert "Redis or the database did not answer" in ask_again(operator, dead)
    StreamMessage.objects.filter(pk=dead.pk).update(fields={})
    assert "It was deleted from the stream before anybody had read it." in ask_again(operator, dead)
    with override_settings(REDIS_URL=""):
        assert "No stream is configured" in ask_again(operator, dead)


def test_a_leftover_of_the_claim_queue_is_told_and_read_again(redis: Redis, operator: Browser) -> None:
    reward = make_reward(external_id="cs_pass")
    redis.hset("cs_pass", "order-1", "pending")
    turn(redis)
    leftover = Leftover.objects.get()
    assert "Entries of the claim queue that nobody could read: 1" in first_page(operator)
    assert "1 claim queue leftover refused: There is no claim" in ask_again(operator, leftover)
    make_claim(reward, order_external_id="order-1", order_status=Status.HELD, order_reason=Reason.NOT_RELEASED)
    assert "1 claim queue leftover read." in ask_again(operator, leftover)
    assert Order.objects.get().status == Status.PENDING
    answer = operator.get(reverse("admin:claims_leftover_change", args=[leftover.pk]))
    assert "It is an order." in answer.content.decode()
