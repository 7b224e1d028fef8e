"""urllib3's connections, made to addresses that were checked, and to no other.

Between a check of a name and the connection to it the name may come to mean something else (DNS rebinding). So the look-up
that is checked is the one that is connected to. The name stays what TLS and the Host header go by.
"""

import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote
from urllib.request import getproxies, proxy_bypass

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager, Timeout, make_headers
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from chain import urls
from chain.urls import Target, Trust

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


Connections = Pool | SecurePool | ProxyManager


def address_of(parts: SplitResult, *, whole: bool) -> str:
    """What is asked for: path and query, and for a proxy the host as well; never user and password."""
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}" if whole else path


def login_of(parts: SplitResult) -> dict[str, str]:
    """The header for a URL with user and password in it."""
    if parts.username is None:
        return {}
    return make_headers(basic_auth=f"{unquote(parts.username)}:{unquote(parts.password or '')}")


def connections_to(target: Target, parts: SplitResult, timeout: Timeout) -> Connections:
    """Connections kept alive, through the proxy that the environment names for this host, if any.

    A proxy looks names up by itself: then it is the proxy that has to keep us from private addresses.
    """
    host = parts.hostname or ""
    proxy = getproxies().get(parts.scheme)
    if proxy and not proxy_bypass(host):
        return ProxyManager(proxy, timeout=timeout, maxsize=4)
    pool = SecurePool if parts.scheme == "https" else Pool
    return pool(host, parts.port, timeout=timeout, maxsize=4, trust=target.trust)
