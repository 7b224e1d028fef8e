"""Orders out of the stream, on a real Redis: each action once, whatever is sent twice, forged, unreadable or gone."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.db import DataError, OperationalError, connection
from django.test import override_settings
from redis.exceptions import RedisError

from orders.many.bulk import insert
from orders.models import Client, Event, Order
from orders.states import Kind, Part, Status
from orders.worker.heartbeat import Heart
from orders.worker.runner import stopping
from stakes import consumer as consumers
from stakes import stream_intake
from stakes.consumer import Consumer, drain, when_alone
from stakes.inbox import StreamMessage
from stakes.models import Stake, StakeAction, StakingContract
from stakes.stream import Stream, configured
from tests.api.conftest import Caller
from tests.factories import an_address, make_staking, signed, stake_body
from tests.front_end import KEY, FrontEnd
from tests.orders.at_once import DEADLINE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _go_on() -> Iterator[None]:
    yield
    stopping.value = False


def problems() -> list[str]:
    return list(StreamMessage.objects.exclude(problem="").order_by("pk").values_list("problem", flat=True))


def test_a_signed_stake_becomes_an_order_and_only_then_is_acknowledged(
    front: FrontEnd, consumer: Consumer, staking: StakingContract
) -> None:
    stake = signed(staking, target=7, amount=2**200)
    key = front.put(stake, "01HABC")
    drain(consumer)
    order = Order.objects.get()
    assert (order.kind, order.status, order.external_id, order.wallet) == ("stake", "pending", "01HABC", staking.wallet)
    row = Stake.objects.get()
    assert (row.fields, bytes(row.signature)) == ({**stake.fields, "order_id": row.pk}, bytes(stake.signature))
    assert Event.objects.get().actor == "client:staking-stream"
    message = StreamMessage.objects.get()
    assert (message.order, message.entity, message.message_id) == (order, key, front.sent[0])
    assert (front.unacknowledged(), front.dead()) == (0, [])


def test_a_restake_too(front: FrontEnd, consumer: Consumer, staking: StakingContract) -> None:
    front.put(signed(staking, stake_id=3, target=9))
    drain(consumer)
    row = Stake.objects.get()
    assert (row.action, row.stake_id, row.target, row.amount) == (StakeAction.RESTAKE, 3, 9, None)


def test_what_was_written_before_there_was_a_group_is_taken(
    front: FrontEnd, consumer: Consumer, staking: StakingContract
) -> None:
    for _ in range(3):
        front.put(signed(staking))
    assert not front.redis.xinfo_groups(KEY)
    drain(consumer)
    assert Order.objects.count() == 3


def test_many_cost_few_statements(
    front: FrontEnd, consumer: Consumer, staking: StakingContract, django_assert_max_num_queries: Any
) -> None:
    for _ in range(50):
        front.put(signed(staking))
    consumer.stream.make_group()
    with django_assert_max_num_queries(25):
        assert consumer.turn() == 50
    assert Order.objects.count() == 50


# -- twice ---------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(2)
def test_a_message_that_was_stored_and_not_acknowledged_is_acknowledged_and_no_second_order(
    front: FrontEnd, consumer: Consumer, staking: StakingContract, monkeypatch: pytest.MonkeyPatch
) -> None:
    front.put(signed(staking))
    monkeypatch.setattr(Stream, "finish", lambda *_: None)
    drain(consumer)
    monkeypatch.undo()
    assert front.unacknowledged() == 1
    drain(Consumer(consumer.stream))
    assert (Order.objects.count(), StreamMessage.objects.count(), front.unacknowledged()) == (1, 1, 0)


@pytest.mark.fault(2)
def test_even_when_its_hash_is_gone_by_then(
    front: FrontEnd, consumer: Consumer, staking: StakingContract, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = front.put(signed(staking))
    monkeypatch.setattr(Stream, "finish", lambda *_: None)
    drain(consumer)
    monkeypatch.undo()
    front.redis.delete(key)
    drain(Consumer(consumer.stream))
    assert (problems(), front.dead(), front.unacknowledged()) == ([], [], 0)


@pytest.mark.fault(47)
@pytest.mark.parametrize("at_once", [True, False])
def test_the_same_action_in_two_messages_is_one_order(
    front: FrontEnd, consumer: Consumer, staking: StakingContract, at_once: bool
) -> None:
    stake = signed(staking)
    for _ in range(2):
        front.put(stake)
        if not at_once:
            drain(consumer)
    drain(consumer)
    assert (Order.objects.count(), StreamMessage.objects.filter(order=Order.objects.get()).count()) == (1, 2)
    assert problems() == []


def test_an_action_that_came_over_rest_is_that_order(
    front: FrontEnd, consumer: Consumer, staking: StakingContract, caller: Caller
) -> None:
    stake = signed(staking)
    order = caller.post("/stakes", stake_body(stake)).json()["id"]
    front.put(stake)
    drain(consumer)
    assert str(StreamMessage.objects.get().order_id) == order


@pytest.mark.fault(47)
@pytest.mark.parametrize("at_once", [True, False])
def test_another_action_under_a_used_signature_id_is_dead(
    front: FrontEnd, consumer: Consumer, staking: StakingContract, at_once: bool
) -> None:
    front.put(signed(staking, signature_id="once"))
    if not at_once:
        drain(consumer)
    front.put(signed(staking, signature_id="once"))
    drain(consumer)
    assert Order.objects.count() == 1
    assert ["used for another order" in problem for problem in problems()] == [True]


def test_an_entity_that_comes_again_with_another_action_is_another_order(
    front: FrontEnd, consumer: Consumer, staking: StakingContract
) -> None:
    for _ in range(2):
        front.put(signed(staking), "01HABC")
        drain(consumer)
    assert sorted(Order.objects.values_list("external_id", flat=True)) == ["", "01HABC"]


@pytest.mark.fault(42)
def test_a_redis_that_came_back_empty_may_give_an_id_again(
    front: FrontEnd, consumer: Consumer, staking: StakingContract
) -> None:
    front.put(signed(staking))
    drain(consumer)
    front.redis.flushall()
    key = front.put(signed(staking), "another")
    front.redis.delete(KEY)
    front.redis.xadd(KEY, {"type": "stake", "entityId": "another"}, id=front.sent[0])
    drain(consumer)  # makes the group
    drain(consumer)
    assert (Order.objects.count(), StreamMessage.objects.get(entity=key).problem) == (2, "")


@pytest.mark.fault(42)
def test_the_group_is_made_anew_in_a_redis_that_came_back_empty(
    front: FrontEnd, consumer: Consumer, staking: StakingContract
) -> None:
    front.put(signed(staking))
    consumer.stream.make_group()
    assert consumer.stream.new(10)  # read, and not stored: lost with Redis
    front.redis.flushall()
    front.put(signed(staking))
    drain(consumer)
    drain(consumer)
    assert (Order.objects.count(), front.unacknowledged()) == (1, 0)


@pytest.mark.fault(47)
@pytest.mark.django_db(transaction=True)
def test_two_consumers_that_hold_the_same_messages_store_each_once(
    front: FrontEnd, consumer: Consumer, staking: StakingContract
) -> None:
    for _ in range(40):
        front.put(signed(staking))
    consumer.stream.make_group()
    assert len(consumer.stream.new(40)) == 40
    ready = threading.Barrier(3)

    def consume() -> None:
        stream = configured()
        assert stream is not None
        ready.wait()
        drain(Consumer(stream))  # begins with what its name was given
        connection.close()

    threads = [threading.Thread(target=consume) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert (Order.objects.count(), StreamMessage.objects.count(), front.unacknowledged()) == (40, 40, 0)
    assert problems() == []


# -- what another consumer left, and what was deleted ---------------------------------------------------------------------


@pytest.mark.fault(11)
def test_what_a_dead_consumer_was_given_is_taken_over(
    front: FrontEnd, consumer: Consumer, stream: Stream, staking: StakingContract
) -> None:
    front.put(signed(staking))
    stream.make_group()
    assert Stream(stream.redis, stream.key, stream.group, "the dead").new(10)
    assert consumer.turn() == 0  # not idle for long enough
    with override_settings(STAKING=replace(settings.STAKING, left_behind_after=1)):
        drain(consumer)
        drain(consumer)
    assert (Order.objects.count(), front.unacknowledged()) == (1, 0)


@pytest.mark.parametrize("whose", ["mine", "the dead"])
def test_a_message_that_was_deleted_while_it_was_pending_is_noted_once(
    front: FrontEnd, stream: Stream, staking: StakingContract, whose: str
) -> None:
    front.put(signed(staking))
    holder = stream if whose == "mine" else Stream(stream.redis, stream.key, stream.group, whose)
    stream.make_group()
    assert holder.new(1)
    front.redis.xdel(KEY, front.sent[0])
    front.put(signed(staking))
    with override_settings(STAKING=replace(settings.STAKING, left_behind_after=1)):
        for _ in range(2):
            drain(Consumer(stream))
    assert problems() == ["It was deleted from the stream before it could be read."]
    assert [letter["id"] for letter in front.dead()] == [front.sent[0]]
    assert (Order.objects.count(), front.unacknowledged()) == (1, 0)


def test_one_that_was_stored_and_then_trimmed_away_is_no_trouble(
    front: FrontEnd, consumer: Consumer, staking: StakingContract, monkeypatch: pytest.MonkeyPatch
) -> None:
    front.put(signed(staking))
    monkeypatch.setattr(Stream, "finish", lambda *_: None)
    drain(consumer)
    monkeypatch.undo()
    front.redis.xtrim(KEY, maxlen=0)
    drain(Consumer(consumer.stream))
    assert (problems(), front.unacknowledged()) == ([], 0)


# -- unreadable ------------------------------------------------------------------------------------------------------------

BAD = {
    "unknown type": (lambda front, _: front.say(type="unstake", entityId="x"), "type is 'unstake'"),
    "no type": (lambda front, _: front.say(entityId="x"), "type is ''"),
    "no entity": (lambda front, _: front.say(type="stake"), "entityId"),
    "long entity": (lambda front, _: front.say(type="stake", entityId="x" * 5000), "entityId"),
    "no hash": (lambda front, _: front.say(type="stake", entityId="gone"), "no hash PendingStake:gone"),
    "a string": (lambda front, _: (front.redis.set("PendingStake:s", 1), front.say(type="stake", entityId="s")), "no hash"),
    "no owner": (lambda front, stake: front.redis.hdel(front.put(stake), "owner"), "owner: the hash has no such field"),
    "bad owner": (lambda front, stake: front.put(stake, owner="0x12"), "owner:"),
    "negative": (lambda front, stake: front.put(stake, dipAmount="-1"), "dipAmount:"),
    "no number": (lambda front, stake: front.put(stake, targetNftId="1e3"), "targetNftId:"),
    "too large": (lambda front, stake: front.put(stake, targetNftId=str(2**96)), "target:"),
    "zero": (lambda front, stake: front.put(stake, dipAmount="0"), "amount:"),
    "no hex": (lambda front, stake: front.put(stake, signature="signed"), "signature:"),
    "forged": (lambda front, stake: front.put(stake, dipAmount="1001"), "has not signed this"),
    "long id": (lambda front, stake: front.put(stake, signatureId="x" * 32), "signature_id:"),
    "null": (lambda front, stake: front.put(stake, signatureId="a\x00b"), "signature_id:"),
    "bytes": (lambda front, stake: front.redis.hset(front.put(stake), "owner", b"\xff\x00"), "owner:"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "words"), BAD.values(), ids=BAD)
def test_what_cannot_be_read_is_kept_with_its_reason_and_costs_no_other(
    front: FrontEnd, consumer: Consumer, staking: StakingContract, spoil: Any, words: str
) -> None:
    front.put(signed(staking))
    spoil(front, signed(staking))
    front.put(signed(staking))
    drain(consumer)
    assert Order.objects.count() == 2
    (problem,) = problems()
    (letter,) = front.dead()
    assert (words in problem, letter["reason"], letter["id"]) == (True, problem, front.sent[1])
    assert front.unacknowledged() == 0


def test_a_letter_is_written_once_however_often_the_message_comes(
    front: FrontEnd, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    front.say(type="unstake", entityId="x")
    monkeypatch.setattr(Stream, "finish", lambda *_: None)
    drain(consumer)
    monkeypatch.undo()
    drain(Consumer(consumer.stream))
    drain(Consumer(consumer.stream))
    assert (len(front.dead()), StreamMessage.objects.count(), front.unacknowledged()) == (1, 1, 0)


def test_one_that_spoils_the_whole_transaction_is_found_and_the_others_are_stored(
    front: FrontEnd, consumer: Consumer, staking: StakingContract, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        front.put(signed(staking), f"e{number}")

    def spoilt(rows: Any) -> None:
        if any(wish.external_id == "e5" for _, wish in rows):
            raise DataError("nobody foresaw this")
        insert(rows)

    monkeypatch.setattr(stream_intake, "insert", spoilt)
    drain(consumer)
    assert Order.objects.count() == 8
    assert ["nobody foresaw this" in problem for problem in problems()] == [True]
    assert front.unacknowledged() == 0


@pytest.mark.fault(38)
def test_a_database_that_is_away_costs_nothing_and_blames_nobody(
    front: FrontEnd, consumer: Consumer, staking: StakingContract, monkeypatch: pytest.MonkeyPatch
) -> None:
    front.put(signed(staking))

    def lost(_: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(stream_intake, "insert", lost)
    with pytest.raises(OperationalError):
        consumer.turn()
    monkeypatch.undo()
    assert (front.unacknowledged(), Order.objects.count(), problems()) == (1, 0, [])
    consumer.again()
    drain(consumer)
    assert (front.unacknowledged(), Order.objects.count()) == (0, 1)


# -- when nothing can be taken ----------------------------------------------------------------------------------------------


def test_messages_wait_while_the_contract_is_closed(front: FrontEnd, consumer: Consumer, staking: StakingContract) -> None:
    front.put(signed(staking))
    StakingContract.objects.update(is_open=False)
    drain(consumer)
    assert (Order.objects.count(), problems()) == (0, [])
    StakingContract.objects.update(is_open=True)
    drain(consumer)
    drain(consumer)
    assert Order.objects.count() == 1


def test_of_two_contracts_the_one_of_the_address_is_meant(
    front: FrontEnd, consumer: Consumer, staking: StakingContract
) -> None:
    other = make_staking(contract=an_address())
    front.put(signed(other))
    drain(consumer)
    assert not Order.objects.exists()
    with override_settings(STAKING=replace(settings.STAKING, address=other.contract.lower())):
        drain(consumer)
        drain(consumer)
    assert Stake.objects.get().staking == other


def test_without_a_stream_nothing_happens() -> None:
    with override_settings(STAKING=replace(settings.STAKING, stream="")):
        assert when_alone() == "no stream"
        consumers.run(Heart())


def test_the_schedule_does_what_the_loop_does_unless_one_is_alive(
    front: FrontEnd, consumer: Consumer, staking: StakingContract
) -> None:
    front.put(signed(staking))
    consumer.stream.make_group()
    heart = Heart()
    heart.begin([Part.STREAM])
    assert (when_alone(), Order.objects.count()) == ("a loop is alive", 0)
    heart.end()
    assert (when_alone(), Order.objects.count()) == ("1 messages", 1)


def test_the_loop_ends_when_it_is_told_to_and_goes_on_after_a_fault(
    front: FrontEnd, consumer: Consumer, staking: StakingContract, monkeypatch: pytest.MonkeyPatch
) -> None:
    front.put(signed(staking))
    monkeypatch.setattr(consumers, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(consumers, "LOOK", 0.01)
    monkeypatch.setattr(connection, "close", lambda: None)
    turn = Consumer.turn
    seen: list[int] = []

    def faulty(self: Consumer, wait: float | None = None) -> int:
        seen.append(len(seen))
        if len(seen) == 2:
            raise RedisError("gone")
        stopping.value = Order.objects.exists() or len(seen) > 50
        return turn(self, wait)

    monkeypatch.setattr(Consumer, "turn", faulty)
    consumers.loop(consumer, Heart())
    assert (Order.objects.filter(kind=Kind.STAKE, status=Status.PENDING).count(), len(seen) > 2) == (1, True)


def test_the_client_of_its_orders_has_no_key(front: FrontEnd, consumer: Consumer, staking: StakingContract) -> None:
    front.put(signed(staking))
    drain(consumer)
    drain(consumer)
    assert not Client.objects.get(name="staking-stream").keys.exists()
