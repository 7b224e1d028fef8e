"""The old claim queue's hashes, on a real Redis: each field once, and nothing that is not ours."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DataError, OperationalError
from django.test import override_settings
from redis import Redis

from claims import queue_fields, queue_keys
from claims.leftovers import Leftover
from claims.models import Claim, Reward
from claims.queue_keys import Drained, drain, turn
from orders.many.each import accept_each
from orders.models import Client, Order
from orders.states import Reason, Status
from orders.worker.runner import stopping
from tests.factories import an_address, make_claim, make_client, make_reward, make_token_reward
from tests.orders.conftest import Died, die_at

__all__ = ["die_at"]

pytestmark = pytest.mark.django_db

KEY = "cs_pass"
HELD = {"order_status": Status.HELD, "order_reason": Reason.NOT_RELEASED}


@pytest.fixture(autouse=True)
def _from_the_start() -> Iterator[None]:
    cache.delete(queue_keys.CURSOR)
    yield
    stopping.value = False


@pytest.fixture
def reward(db: None) -> Reward:
    return make_reward(external_id=KEY)


def put(redis: Redis, value: str | dict[str, Any] | bytes, field: str = "order-1", key: str = KEY) -> None:
    redis.hset(key, field, json.dumps(value) if isinstance(value, dict) else value)


def a_claim(**over: Any) -> dict[str, Any]:
    return {"recipient": an_address(), "quantity": 1, **over}


def problems() -> list[str]:
    return list(Leftover.objects.exclude(problem="").order_by("pk").values_list("problem", flat=True))


def test_a_field_with_a_claim_becomes_an_order_and_is_removed(redis: Redis, reward: Reward) -> None:
    wanted = a_claim(quantity=3)
    put(redis, wanted)
    assert turn(redis) == Drained(stored=1, whole=True)
    claim = Claim.objects.get()
    assert (claim.recipient, claim.quantity, claim.reward) == (wanted["recipient"], 3, reward)
    assert (claim.order.status, claim.order.external_id, claim.order.client) == (
        "pending", "order-1", Client.objects.get(name="claim-queue"),
    )  # fmt: skip
    assert not redis.exists(KEY)


def test_a_pending_field_releases_the_claim_that_came_over_rest(redis: Redis, reward: Reward) -> None:
    claim = make_claim(reward, order_client=make_client(), order_external_id="order-1", **HELD)
    put(redis, "pending")
    assert turn(redis) == Drained(stored=1, whole=True)
    claim.order.refresh_from_db()
    assert (claim.order.status, claim.order.reason) == (Status.PENDING, Reason.RELEASED)
    assert claim.order.events.get().actor == "client:claim-queue"
    assert not redis.exists(KEY)


def test_a_busy_field_is_left_alone(redis: Redis, reward: Reward) -> None:
    put(redis, "busy")
    assert (turn(redis), redis.hgetall(KEY)) == (Drained(busy=1, whole=True), {b"order-1": b"busy"})


@pytest.mark.parametrize("status", [Status.PENDING, Status.HELD])
def test_a_claim_that_needs_no_release_stays_as_it_is(redis: Redis, reward: Reward, status: Status) -> None:
    reason = Reason.STAFF if status == Status.HELD else ""
    claim = make_claim(reward, order_external_id="order-1", order_status=status, order_reason=reason)
    put(redis, "pending")
    assert turn(redis) == Drained(known=1, whole=True)
    claim.order.refresh_from_db()
    assert (claim.order.status, claim.order.revision, redis.exists(KEY)) == (status, 0, 0)


# -- twice -----------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(2)
@pytest.mark.parametrize("value", ["pending", a_claim()])
def test_killed_before_it_was_removed_a_field_is_no_second_order(
    redis: Redis, reward: Reward, die_at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, value: Any
) -> None:
    make_claim(reward, order_external_id="order-1", **HELD)
    put(redis, value)
    die_at("drained")
    with pytest.raises(Died):
        turn(redis)
    monkeypatch.undo()
    before = Order.objects.count()
    assert turn(redis) == Drained(known=1, whole=True)
    assert (Order.objects.count(), redis.exists(KEY), problems()) == (before, 0, [])


def test_a_field_that_came_back_is_the_same_order(redis: Redis, reward: Reward) -> None:
    wanted = a_claim()
    for _ in range(2):
        put(redis, wanted)
        turn(redis)
    assert Order.objects.count() == 1


def test_with_another_claim_it_is_unreadable(redis: Redis, reward: Reward) -> None:
    for _ in range(2):
        put(redis, a_claim())
        turn(redis)
    assert Order.objects.count() == 1
    assert ["belongs to another request" in problem for problem in problems()] == [True]


def test_what_was_written_while_it_was_stored_stays(redis: Redis, reward: Reward, monkeypatch: pytest.MonkeyPatch) -> None:
    put(redis, a_claim())

    def slow(*args: Any) -> Any:
        outcomes = queue_fields.take(*args)
        put(redis, "busy")
        return outcomes

    monkeypatch.setattr(queue_keys, "take", slow)
    turn(redis)
    assert redis.hget(KEY, "order-1") == b"busy"


# -- what cannot be read ---------------------------------------------------------------------------------------------------

BAD: dict[str, tuple[Any, str]] = {
    "words": ("PENDING", "neither `pending` nor `busy` nor JSON"),
    "empty": ("", "neither"),
    "bytes": (b"\xff\x00", "neither"),
    "deep": ("[" * 1500, "neither"),
    "long": (a_claim(note="x" * 3000), "longer than 2,000 bytes"),
    "list": ("[1]", "It must be JSON with"),
    "more": (a_claim(amount=1), "It must be JSON with"),
    "less": ({"quantity": 1}, "It must be JSON with"),
    "address": (a_claim(recipient="0x12"), "recipient:"),
    "surrogate": ('{"recipient": "\\ud800", "quantity": 1}', "recipient:"),
    "zero": (a_claim(quantity=0), "quantity:"),
    "text": (a_claim(quantity="1"), "quantity:"),
    "token": (a_claim(token_id="5"), "token_id:"),
    "no claim": ("pending", "There is no claim"),
}


@pytest.mark.parametrize(("value", "words"), BAD.values(), ids=BAD)
def test_what_cannot_be_read_is_kept_with_its_reason_and_costs_no_other(
    redis: Redis, reward: Reward, value: Any, words: str
) -> None:
    put(redis, a_claim(), "a")
    put(redis, value, "b")
    put(redis, a_claim(), "c")
    assert turn(redis) == Drained(stored=2, unreadable=1, whole=True)
    (problem,) = problems()
    assert words in problem
    assert (Order.objects.count(), redis.exists(KEY)) == (2, 0)


def test_one_that_cannot_be_stored_is_found_and_the_others_are(
    redis: Redis, reward: Reward, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        put(redis, a_claim(), f"order-{number}")

    def spoilt(client: Client, asked: Any) -> Any:
        if any(each.key == f"{KEY}/order-5" for each in asked):
            raise DataError("nobody foresaw this")
        return accept_each(client, asked)

    monkeypatch.setattr(queue_fields, "accept_each", spoilt)
    assert turn(redis) == Drained(stored=8, unreadable=1, whole=True)
    assert "nobody foresaw this" in problems()[0]


def test_a_claim_that_was_cancelled_or_that_two_clients_have_is_for_people(redis: Redis, reward: Reward) -> None:
    make_claim(reward, order_external_id="a", order_status=Status.CANCELLED)
    for _ in range(2):
        make_claim(reward, order_external_id="b", order_client=make_client(), **HELD)
    put(redis, "pending", "a")
    put(redis, "pending", "b")
    assert turn(redis) == Drained(unreadable=2, whole=True)
    assert {problem.split(":")[0] for problem in problems()} == {
        "Its claim is cancelled.", "Several clients have a claim with this external id",
    }  # fmt: skip


def test_a_claim_of_another_reward_is_not_released(redis: Redis, reward: Reward) -> None:
    claim = make_claim(make_reward(external_id="cs_other"), order_external_id="order-1", **HELD)
    put(redis, "pending")
    turn(redis)
    claim.order.refresh_from_db()
    assert (claim.order.status, len(problems())) == (Status.HELD, 1)


def test_a_token_reward_is_no_claim(redis: Redis, db: None) -> None:
    make_token_reward(external_id=KEY)
    put(redis, a_claim())
    turn(redis)
    assert (Order.objects.count(), problems()) == (
        0, ["reward: This is a token reward; the claim queue has claims of NFTs only."],
    )  # fmt: skip


def test_what_was_unreadable_is_read_again_once_its_cause_is_gone(redis: Redis, reward: Reward) -> None:
    put(redis, "pending")
    turn(redis)
    leftover = Leftover.objects.get()
    assert "There is no claim" in queue_fields.take_again(leftover)
    make_claim(reward, order_external_id="order-1", **HELD)
    assert queue_fields.take_again(leftover) == ""
    leftover.refresh_from_db()
    assert (leftover.problem, leftover.order, Order.objects.get().status) == ("", Order.objects.get(), Status.PENDING)


# -- other people's keys -----------------------------------------------------------------------------------------------------


def test_what_is_no_rewards_is_not_touched(redis: Redis, reward: Reward) -> None:
    put(redis, "pending", key="cs_somebody_elses")
    redis.set("cs_text", "pending")
    redis.rpush("cs_list", "pending")
    assert turn(redis) == Drained(foreign=1, whole=True)
    assert (problems(), redis.exists("cs_somebody_elses", "cs_text", "cs_list")) == ([], 3)


def test_a_large_foreign_database_costs_a_bounded_number_of_steps_a_turn(
    redis: Redis, reward: Reward, monkeypatch: pytest.MonkeyPatch
) -> None:
    for start in range(0, 20_000, 1000):
        redis.mset({f"foreign:{start + number}": 1 for number in range(1000)})
    put(redis, a_claim())
    monkeypatch.setattr(queue_keys, "STEPS", 3)
    asked: list[int] = []
    scan = Redis.scan

    def counting(self: Redis, *args: Any, **kwargs: Any) -> Any:
        asked.append(kwargs["count"])
        return scan(self, *args, **kwargs)

    monkeypatch.setattr(Redis, "scan", counting)
    turns = [turn(redis)]
    assert asked == [queue_keys.STEP] * 3
    while not turns[-1].whole:
        turns.append(turn(redis))
    assert len(turns) > 5
    assert (Order.objects.count(), redis.exists(KEY)) == (1, 0)


def test_a_large_hash_is_stored_in_parts(redis: Redis, reward: Reward, django_assert_max_num_queries: Any) -> None:
    redis.hset(KEY, mapping={f"order-{number}": json.dumps(a_claim()) for number in range(1500)})
    with django_assert_max_num_queries(120):
        assert turn(redis).stored == 1500
    assert (Claim.objects.count(), redis.exists(KEY)) == (1500, 0)


# -- what is away ------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(42)
def test_a_redis_that_is_away_is_left_to_the_next_turn(db: None) -> None:
    with override_settings(CLAIM_QUEUE_REDIS_URL="redis://127.0.0.1:1/0"):
        assert drain() == Drained()


def test_without_a_queue_nothing_happens() -> None:
    with override_settings(CLAIM_QUEUE_REDIS_URL=""):
        assert drain() is None


@pytest.mark.fault(38)
@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_removes_nothing(
    redis: Redis, valkey: str, reward: Reward, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: Any) -> None:
        raise OperationalError("gone")

    put(redis, a_claim())
    monkeypatch.setattr(queue_fields, "accept_each", lost)
    with override_settings(CLAIM_QUEUE_REDIS_URL=valkey):
        assert drain() == Drained()
    assert (redis.hlen(KEY), problems()) == (1, [])
