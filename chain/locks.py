"""PostgreSQL's session locks: held by a connection, and so freed by the death of its process."""

import time
from uuid import UUID

import psycopg
from django.db import connection


def lock_connection() -> "psycopg.Connection[tuple[object, ...]]":
    """A database connection of one's own, past any pool, whose session locks die with this process at once.

    They die with its host within about 15 s: the settings' keepalives hold for both ends of it.
    """
    params = connection.get_connection_params()
    for key in ("cursor_factory", "context", "prepare_threshold"):
        params.pop(key, None)
    return psycopg.connect(**params, autocommit=True)


def lock_key(wallet_id: UUID) -> int:
    """The wallet's advisory lock: 64 of the random bits of its UUIDv7."""
    return int.from_bytes(wallet_id.bytes[8:], signed=True)


def clock_error(lock: "psycopg.Connection[tuple[object, ...]]") -> float:
    """Seconds by which this host's clock and the database's differ."""
    row = lock.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
    assert row is not None
    assert isinstance(row[0], float)
    return abs(time.time() - row[0])
