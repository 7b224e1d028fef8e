"""The connection that holds a lane's lock, and what becomes of it when its other end vanishes."""

import re
from contextlib import closing

import pytest
from django.db import connection

from chain.locks import lock_connection
from local.server import wait_until
from tests.behind import behind_proxy

pytestmark = [pytest.mark.fault(13), pytest.mark.fault(38)]
SETTINGS = {"keepalives_idle": "5", "keepalives_interval": "5", "keepalives_count": "2", "tcp_user_timeout": "15000"}


@pytest.mark.django_db
def test_our_end_of_every_connection_notices_a_silent_server() -> None:
    connection.ensure_connection()
    with lock_connection() as lock:
        for each in (lock, connection.connection):
            assert SETTINGS.items() <= each.info.get_parameters().items()


@pytest.mark.django_db
def test_the_servers_end_notices_a_silent_holder() -> None:
    """Else the lock of a host that lost its power would stay for the two hours that TCP waits by itself."""
    with lock_connection() as lock:
        rows = lock.execute("SELECT name, setting FROM pg_settings WHERE name LIKE 'tcp%'").fetchall()
    assert dict(rows) == {f"tcp_{name.removeprefix('tcp_')}": value for name, value in SETTINGS.items()}  # type: ignore[arg-type]


@pytest.mark.django_db(transaction=True)
def test_the_lock_of_a_holder_that_vanished_becomes_free_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings as they are, with each of the times of the server's end shortened to a second."""
    options = connection.settings_dict["OPTIONS"]
    shorter = re.sub(r"(tcp_keepalives_\w+)=\d+", r"\1=1", options["options"])
    monkeypatch.setitem(options, "options", re.sub(r"(tcp_user_timeout)=\d+", r"\1=1000", shorter))
    take = "SELECT pg_try_advisory_lock(7)"
    with lock_connection() as other, behind_proxy() as proxy, closing(lock_connection()) as holder:
        assert holder.execute(take).fetchone() == (True,)
        assert proxy.unplug() == 1
        assert other.execute(take).fetchone() == (False,)
        assert wait_until(lambda: other.execute(take).fetchone() == (True,), 10)
