"""The monitor's lines about the stream: exact counts, and each red by a real cause and green again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.test import override_settings
from redis.exceptions import RedisError

from stakes import monitor
from stakes.consumer import Consumer, drain
from stakes.models import StakingContract
from stakes.stream import LAST_CHECK, LAST_MESSAGE, Stream
from tests.factories import signed
from tests.front_end import FrontEnd

pytestmark = pytest.mark.django_db

CHECKS = [monitor.unacknowledged, monitor.stream_loop, monitor.message_age]


def write(front: FrontEnd, number: int) -> None:
    pipeline = front.redis.pipeline(transaction=False)
    for _ in range(number):
        pipeline.xadd(front.key, {"type": "stake", "entityId": "x"})
    pipeline.execute()


@pytest.mark.parametrize(("number", "ok"), [(0, True), (10, True), (11, False), (5000, False)])
def test_unacknowledged_messages_are_counted_exactly(front: FrontEnd, stream: Stream, number: int, ok: bool) -> None:
    stream.make_group()
    write(front, number + 3)
    if number:
        stream.new(number)
    assert monitor.unacknowledged() == (ok, f"{number} not acknowledged, 3 not read yet; 10 are allowed")


def test_the_count_is_green_again_once_they_are_stored(front: FrontEnd, consumer: Consumer) -> None:
    consumer.stream.make_group()
    write(front, 5000)
    consumer.stream.new(5000)
    assert not monitor.unacknowledged()[0]
    drain(consumer)
    assert monitor.unacknowledged() == (True, "0 not acknowledged, 0 not read yet; 10 are allowed")


def test_without_a_group_nothing_was_read(front: FrontEnd, stream: Stream, staking: StakingContract) -> None:
    write(front, 4)
    assert monitor.unacknowledged() == (True, "0 not acknowledged, 4 not read yet; 10 are allowed")
    assert "the oldest message has waited for" in monitor.message_age()[1]


def test_a_loop_that_stands_still_is_told_and_one_that_goes_on_too(front: FrontEnd, consumer: Consumer) -> None:
    assert monitor.stream_loop() == (False, "nobody has looked at the stream yet")
    drain(consumer)
    assert monitor.stream_loop()[0]
    long_ago = datetime.fromtimestamp(consumer.stream.now() / 1000 - 61, UTC).isoformat()
    front.redis.set(LAST_CHECK, long_ago)
    assert not monitor.stream_loop()[0]
    drain(consumer)
    assert monitor.stream_loop()[0]


def test_messages_for_a_closed_contract_are_told_and_the_loop_is_not_blamed(front: FrontEnd, consumer: Consumer) -> None:
    drain(consumer)
    StakingContract.objects.update(is_open=False)
    assert monitor.message_age() == (True, "no message waits")
    write(front, 1)
    assert monitor.message_age() == (False, "messages wait: there is no open staking contract that they are for")
    consumer.turn()
    assert monitor.stream_loop()[0]
    StakingContract.objects.update(is_open=True)
    drain(consumer)
    assert monitor.message_age() == (True, "no message waits")


@pytest.mark.parametrize("given", [True, False])
def test_an_old_message_is_told_whether_somebody_was_given_it_or_not(
    front: FrontEnd, consumer: Consumer, staking: StakingContract, given: bool
) -> None:
    consumer.stream.make_group()
    front.redis.xadd(front.key, {"type": "stake", "entityId": "x"}, id=f"{consumer.stream.now() - 25 * 3600 * 1000}-0")
    front.put(signed(staking))
    if given:
        consumer.stream.new(1)
    assert not monitor.message_age()[0]
    drain(consumer)
    assert monitor.message_age() == (True, "no message waits")


def test_the_old_keys_are_kept(front: FrontEnd, consumer: Consumer, staking: StakingContract) -> None:
    drain(consumer)
    assert front.redis.get(LAST_MESSAGE) == b"-1"
    said = front.redis.get(LAST_CHECK)
    assert isinstance(said, bytes)
    assert said.decode().endswith("Z")
    front.put(signed(staking))
    consumer.stream.new(1)
    consumer.stream.say()
    assert front.redis.get(LAST_MESSAGE) == front.sent[0].partition("-")[0].encode()


def test_without_a_stream_all_is_well() -> None:
    with override_settings(STAKING=replace(settings.STAKING, stream="")):
        assert [each() for each in CHECKS] == [monitor.UNUSED] * 3


@pytest.mark.fault(42)
@pytest.mark.parametrize("check", CHECKS)
def test_a_redis_that_is_away_is_no_good_news(front: FrontEnd, check: Callable[[], monitor.Check]) -> None:
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"), pytest.raises(RedisError):
        check()
