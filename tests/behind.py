"""The database behind a proxy."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from tests.proxy import Proxy


@contextmanager
def behind_proxy() -> Iterator[Proxy]:
    """Every connection that is made from now on goes through the proxy: Django's own and those that hold locks."""
    there = {key: connection.settings_dict[key] for key in ("HOST", "PORT")}
    with Proxy(there["HOST"], int(there["PORT"])) as proxy:
        connection.close()
        connection.settings_dict |= {"HOST": "127.0.0.1", "PORT": proxy.port}
        try:
            yield proxy
        finally:
            connection.close()
            connection.settings_dict |= there
