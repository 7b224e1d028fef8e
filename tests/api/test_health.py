"""Alive and ready, told apart. What `/api/monitor` tells is in `tests/orders/test_monitor.py`."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client as Browser


def test_alive_asks_no_database(client: Browser) -> None:
    assert client.get("/healthz").status_code == 200


def test_ready_means_database_migrations_and_broker(client: Browser, transactional_db: None) -> None:
    response = client.get("/readyz")
    names = [check["name"] for check in response.json()["checks"]]
    assert (response.status_code, names) == (200, ["database", "migrations", "broker"])


def test_a_missing_migration_is_not_ready(client: Browser, transactional_db: None) -> None:
    newest = MigrationLoader(connection).graph.leaf_nodes("claims")[0]
    applied = MigrationRecorder(connection)
    applied.record_unapplied(*newest)
    try:
        assert client.get("/readyz").status_code == 503
    finally:
        applied.record_applied(*newest)
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("path", ["/api/docs/", "/api/redoc/"])
def test_the_pages_of_the_api_load_nothing_from_elsewhere(client: Browser, path: str) -> None:
    response: Any = client.get(path)
    assert response.status_code == 200
    assert b"://" not in response.content.replace(b"http://www.w3.org", b"")
