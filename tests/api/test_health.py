"""Alive, ready and well, told apart."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models.functions import Now
from django.test import Client as Browser

from chain.models import Transaction, Wallet
from chain.states import Waiting, WalletStatus
from orders.models import Heartbeat, Order
from orders.states import Part
from orders.worker.heartbeat import LATE, Heart
from orders.worker.runner import PULSE_LOCK
from tests.chain.test_guards import make_transaction
from tests.factories import make_claim, make_wallet


@pytest.fixture
def pulse(db: None) -> None:
    """A worker whose pulse beats until the test's transaction ends."""
    Heart("one:1").begin(Part)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PULSE_LOCK])


def failing(client: Browser) -> tuple[int, list[str]]:
    response = client.get("/api/monitor")
    return response.status_code, [check["name"] for check in response.json()["checks"] if not check["ok"]]


def test_alive_asks_no_database(client: Browser) -> None:
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_ready_means_database_migrations_and_broker(client: Browser) -> None:
    response = client.get("/readyz")
    names = [check["name"] for check in response.json()["checks"]]
    assert (response.status_code, names) == (200, ["database", "migrations", "broker"])


@pytest.mark.django_db
def test_a_missing_migration_is_not_ready(client: Browser) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'claims'")
    assert client.get("/readyz").status_code == 503


def test_all_is_well(client: Browser, pulse: None) -> None:
    assert failing(client) == (200, [])


@pytest.mark.django_db
def test_without_a_pulse_nothing_is_well(client: Browser) -> None:
    assert failing(client) == (500, ["pulse", "workers"])


def test_of_two_workers_one_may_be_silent(client: Browser, pulse: None) -> None:
    Heart("two:2").begin(Part)
    Heartbeat.objects.filter(worker="two:2", part=Part.TASKS).update(at=Now() - LATE)
    assert failing(client) == (200, [])
    Heartbeat.objects.filter(worker="one:1", part=Part.GUARD).update(at=Now() - LATE)
    assert failing(client) == (500, ["workers"])


def test_a_quarantined_wallet_is_told(client: Browser, pulse: None) -> None:
    make_wallet(status=WalletStatus.QUARANTINED)
    assert failing(client) == (500, ["wallets"])


def test_an_order_that_waits_too_long_is_told(client: Browser, pulse: None) -> None:
    make_claim()
    Order.objects.update(created="2026-01-01T00:00Z")
    assert failing(client) == (500, ["queue"])


@pytest.mark.fault(24)
def test_a_transaction_that_no_block_takes_is_told(client: Browser, pulse: None) -> None:
    make_transaction()
    Transaction.objects.update(created="2026-01-01T00:00Z")
    assert failing(client) == (500, ["transactions"])


@pytest.mark.fault(22, 33)
@pytest.mark.parametrize("waiting", Waiting)
def test_a_lane_held_up_for_long_is_told_with_its_cause(client: Browser, pulse: None, waiting: Waiting) -> None:
    order = make_claim().order
    assert failing(client) == (200, [])
    Wallet.objects.filter(pk=order.wallet_id).update(waiting=waiting, waiting_since="2026-01-01T00:00Z")
    assert failing(client) == (500, ["waits"])
    assert str(waiting.label) in client.get("/api/monitor").content.decode()


def test_a_wallet_without_work_waits_for_nothing(client: Browser, pulse: None) -> None:
    make_wallet(waiting=Waiting.FUNDS, waiting_since="2026-01-01T00:00Z")
    assert failing(client) == (200, [])


@pytest.mark.fault(45)
@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_that_is_off_is_told(client: Browser, pulse: None, minutes: int) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=minutes)):
        assert failing(client) == (500, ["clock"])


@pytest.mark.parametrize("path", ["/api/docs/", "/api/redoc/"])
def test_the_pages_of_the_api_load_nothing_from_elsewhere(client: Browser, path: str) -> None:
    response: Any = client.get(path)
    assert response.status_code == 200
    assert b"://" not in response.content.replace(b"http://www.w3.org", b"")
