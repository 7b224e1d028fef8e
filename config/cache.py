"""Caches that hold JSON. Django's own hold pickles: whoever can write there could run code in every process."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from random import random
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import BaseDatabaseCache
from django.db import connection

_SWEEP = 0.01  # of all writes also remove what is past its time


class JsonSerializer:
    """For Django's RedisCache. Whole numbers stay as they are, so that Redis can count in them."""

    def dumps(self, value: Any) -> bytes | int:
        return value if type(value) is int else json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)


class PostgresCache(BaseDatabaseCache):
    """The table that `createcachetable` makes, with JSON in it and counting in one statement."""

    _table: str  # Django's own constructor sets it

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self.get_many([key], version).get(key, default)

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        by_stored = {self.make_and_validate_key(key, version=version): key for key in keys}
        rows = self._run("SELECT cache_key, value FROM {table} WHERE cache_key = ANY (%s) AND expires > now()", [[*by_stored]])
        return {by_stored[stored]: json.loads(value) for stored, value in rows}

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._store(key, value, timeout, version)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._store(key, value, timeout, version, "WHERE c.expires <= now()")

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        sql = "UPDATE {table} SET expires = %s WHERE cache_key = %s AND expires > now() RETURNING 1"
        return bool(self._run(sql, [self._until(timeout), self.make_and_validate_key(key, version=version)]))

    def delete(self, key: str, version: int | None = None) -> bool:
        sql = "DELETE FROM {table} WHERE cache_key = %s RETURNING 1"
        return bool(self._run(sql, [self.make_and_validate_key(key, version=version)]))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Raises ValueError where there is nothing to count in, as Django's own does."""
        sql = "UPDATE {table} SET value = (value::bigint + %s)::text WHERE cache_key = %s AND expires > now() RETURNING value"
        rows = self._run(sql, [delta, self.make_and_validate_key(key, version=version)])
        if not rows:
            raise ValueError(f"There is no {key} in the cache.")
        return int(rows[0][0])

    def clear(self) -> None:
        self._run("DELETE FROM {table} RETURNING 1", [])

    def _store(self, key: str, value: Any, timeout: Any, version: int | None, only: str = "") -> bool:
        if random() < _SWEEP:  # noqa: S311 - nobody gains by guessing it
            self._run("DELETE FROM {table} WHERE expires <= now() RETURNING 1", [])
        sql = (
            "INSERT INTO {table} AS c (cache_key, value, expires) VALUES (%s, %s, %s) ON CONFLICT (cache_key) DO UPDATE "
            "SET value = excluded.value, expires = excluded.expires {only} RETURNING 1"
        )
        stored = self.make_and_validate_key(key, version=version)
        return bool(self._run(sql, [stored, json.dumps(value), self._until(timeout)], only))

    def _until(self, timeout: Any) -> datetime:
        moment = self.get_backend_timeout(timeout)
        return datetime.max.replace(tzinfo=UTC) if moment is None else datetime.fromtimestamp(moment, UTC)

    def _run(self, sql: str, values: list[Any], only: str = "") -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql.format(table=connection.ops.quote_name(self._table), only=only), values)
            return list(cursor.fetchall())
