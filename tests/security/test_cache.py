"""The caches hold JSON and nothing else, and count without losing anything."""

import base64
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.cache.backends.redis import RedisCache
from django.db import connection

from config.cache import JsonSerializer, PostgresCache

pytestmark = pytest.mark.django_db


class Bomb:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def test_the_default_cache_is_ours() -> None:
    assert isinstance(cache._connections["default"], PostgresCache)  # type: ignore[attr-defined]


def test_it_keeps_what_json_can_say() -> None:
    for value in (1, "a", None, [1, {"b": 2.5}], True):
        cache.set("k", value)
        assert cache.get("k", "nothing") == value
    assert cache.get_many(["k", "l"]) == {"k": True}


def test_what_is_past_its_time_is_gone() -> None:
    cache.set("k", 1, timeout=-1)
    assert cache.get("k") is None
    assert not cache.touch("k")
    assert cache.add("k", 2)
    assert not cache.add("k", 3)
    assert (cache.get("k"), cache.touch("k", None), cache.delete("k"), cache.delete("k")) == (2, True, True, False)


def test_it_counts() -> None:
    cache.set("k", 1)
    assert [cache.incr("k"), cache.incr("k", 5), cache.decr("k"), cache.get("k")] == [2, 7, 6, 6]
    with pytest.raises(ValueError, match="no "):
        cache.incr("l")
    cache.clear()
    assert cache.get("k") is None


def test_what_is_old_is_swept_away(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.set("old", 1, timeout=-1)
    monkeypatch.setattr("config.cache._SWEEP", 1.0)
    cache.set("new", 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cache")
        assert cursor.fetchone()[0] == 1


@pytest.mark.django_db(transaction=True)
def test_counts_at_once_lose_nothing() -> None:
    cache.set("k", 0)

    def count(_: int) -> None:
        try:
            cache.incr("k")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count, range(100)))
    assert cache.get("k") == 100
    cache.clear()


def test_a_pickle_that_somebody_put_there_is_not_run(tmp_path: Path) -> None:
    planted = base64.b64encode(pickle.dumps(Bomb(tmp_path / "run"))).decode()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO cache VALUES (%s, %s, now() + interval '1 day')", [cache.make_key("k"), planted])
    with pytest.raises(ValueError, match="Expecting value"):
        cache.get("k")
    with pytest.raises(ValueError, match="utf-8"):
        JsonSerializer().loads(pickle.dumps(Bomb(tmp_path / "run")))
    assert not (tmp_path / "run").exists()
    pickle.loads(base64.b64decode(planted))  # noqa: S301 - the test's own: it would have run
    assert (tmp_path / "run").exists()


def test_redis_is_given_json_and_a_time_limit(settings: Any) -> None:
    serializer = JsonSerializer()
    assert [serializer.loads(raw) for raw in (b"5", bytes(serializer.dumps({"a": [1]})))] == [5, {"a": [1]}]
    assert serializer.dumps(5) == 5  # Redis counts in it
    options = {"serializer": "config.cache.JsonSerializer", "socket_timeout": 1, "socket_connect_timeout": 1}
    client: Any = RedisCache("redis://127.0.0.1:1/0", {"OPTIONS": options})._cache
    assert isinstance(client._serializer, JsonSerializer)
    assert client._pool_options["socket_timeout"] == 1
