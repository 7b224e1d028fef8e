"""urllib3's connections, made to addresses that were checked, and to no other.

Between a check of a name and the connection to it the name may come to mean something else (DNS rebinding). So the look-up
that is checked is the one that is connected to. The name stays what TLS and the Host header go by.
"""

import socket
from typing import TYPE_CHECKING, Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from chain import urls
from chain.urls import Trust

if TYPE_CHECKING:
    _Base = HTTPConnection
else:
    _Base = object


class _Checked(_Base):
    def __init__(self, *args: Any, trust: Trust, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._trust = trust

    def _new_conn(self) -> socket.socket:
        """urllib3's own, for each of the host's addresses in turn. Raises UrlRefused."""
        name = self._dns_host
        try:
            *others, last = urls.addresses(name, self.port, self._trust)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        for address in others:
            try:
                return self._connect_to(address, name)
            except (ConnectTimeoutError, NewConnectionError):
                continue
        return self._connect_to(last, name)

    def _connect_to(self, address: str, name: str) -> socket.socket:
        self._dns_host = address
        try:
            return super()._new_conn()
        finally:
            self._dns_host = name


class Connection(_Checked, HTTPConnection):
    """Plain HTTP to a checked address."""


class SecureConnection(_Checked, HTTPSConnection):
    """TLS to a checked address, by the host's name."""


class Pool(HTTPConnectionPool):
    ConnectionCls = Connection


class SecurePool(HTTPSConnectionPool):
    ConnectionCls = SecureConnection
