"""The proxy does the harm it is told to do, and no other."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from django.db import connection

from local.server import wait_until
from tests.proxy import Proxy, Way, after, silent
from tests.statements import CutAt, When, commit_of, nth

SECONDS = 5.0


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    """A server that gives back what it gets, one client after the other."""

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
                with peer:
                    while data := peer.recv(1 << 16):
                        peer.sendall(data)
            except OSError:
                if over.is_set():
                    return

    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture
def proxy(echo: tuple[str, int]) -> Iterator[Proxy]:
    with Proxy(*echo) as proxy:
        yield proxy


def client(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=SECONDS)


def test_all_goes_through(proxy: Proxy) -> None:
    with client(proxy) as one:
        one.sendall(b"hello")
        assert one.recv(100) == b"hello"


def test_a_cut_connection_is_reset(proxy: Proxy) -> None:
    with client(proxy) as one:
        one.sendall(b"hello")
        one.recv(100)
        assert proxy.cut() == 1
        with pytest.raises(ConnectionResetError):
            one.recv(100)


def test_whoever_is_refused_may_come_again_later(proxy: Proxy) -> None:
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        client(proxy)
    proxy.listen()
    with client(proxy) as one:
        one.sendall(b"hello")
        assert one.recv(100) == b"hello"


def test_one_way_may_be_silent(proxy: Proxy) -> None:
    proxy.harm = silent(Way.TO_CLIENT)
    with client(proxy) as one:
        one.sendall(b"hello")
        one.settimeout(0.1)
        with pytest.raises(TimeoutError):
            one.recv(100)


def test_an_answer_may_end_in_the_middle(proxy: Proxy) -> None:
    proxy.harm = after(3, Way.TO_CLIENT)
    with client(proxy) as one:
        one.sendall(b"hello")
        assert one.recv(100) == b"hel"
        with pytest.raises(ConnectionResetError):
            one.recv(100)


def test_an_unplugged_peer_does_not_even_acknowledge(proxy: Proxy) -> None:
    with client(proxy) as one:
        one.sendall(b"hello")
        one.recv(100)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT):
            one.setsockopt(socket.IPPROTO_TCP, option, 1)
        assert proxy.unplug() == 1
        with pytest.raises(OSError, match="timed out"):
            one.recv(100)


# -- statements --------------------------------------------------------------------------------------------------


@pytest.fixture
def database() -> Iterator[Proxy]:
    with Proxy(connection.settings_dict["HOST"], int(connection.settings_dict["PORT"])) as proxy:
        yield proxy


def connected(proxy: Proxy) -> "psycopg.Connection[tuple[object, ...]]":
    kept = ("dbname", "user", "password", "host")
    params = {key: value for key, value in connection.get_connection_params().items() if key in kept}
    return psycopg.connect(**params, port=proxy.port)


def test_each_statement_is_one(database: Proxy) -> None:
    seen: list[bytes] = []
    database.harm = CutAt(lambda statement: bool(seen.append(statement)), When.BEFORE)  # type: ignore[func-returns-value]
    with connected(database) as other:
        other.execute("SELECT 1")
        other.execute("SELECT %s::int", [2])
    assert [words in statement for words, statement in zip((b"BEGIN", b"SELECT 1", b"SELECT $1", b"COMMIT"), seen, strict=True)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("when", "kept"), [(When.BEFORE, False), (When.AFTER, True)])
def test_a_commit_is_cut_off_before_or_after_the_server_had_it(database: Proxy, when: When, kept: bool) -> None:
    with closing(connected(database)) as other:
        database.harm = CutAt(commit_of(b"django_site_test"), when)
        other.execute("INSERT INTO cache VALUES ('django_site_test', 'x', now())")
        with pytest.raises(psycopg.OperationalError):
            other.commit()
    found = "SELECT count(*) FROM cache WHERE cache_key = 'django_site_test'"
    with connection.cursor() as cursor:
        assert wait_until(lambda: cursor.execute(found).fetchone()[0] == int(kept), 2)
        cursor.execute("DELETE FROM cache")


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_nth_statement_is_cut_off(database: Proxy, number: int) -> None:
    database.harm = cut = CutAt(nth(number), When.BEFORE)
    with closing(connected(database)) as other:
        other.autocommit = True
        for each in range(1, number):
            other.execute(f"SELECT {each}")
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 'the last'")
    assert cut.met is not None
    assert b"the last" in cut.met
