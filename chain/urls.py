"""Where this installation may connect to: a check for every URL that somebody can configure (SSRF).

A URL that staff type into a page could otherwise make a worker speak to what only it can reach: the cloud's metadata
service, a database, an admin page on its own machine. So a URL is checked when it is saved, and again when it is
connected to, by the very address that is then used: a name may mean another address at the next look-up.
"""

import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from chain.errors import ChainError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class UrlRefused(ChainError):
    """The URL leads where this installation must not go. The message names the host and nothing else of it."""


class Trust(StrEnum):
    """Whose word a URL is."""

    STAFF = "staff"  # Typed into a page: https to public addresses, and whatever ALLOWED_PRIVATE_HOSTS names.
    DEVELOPMENT = "development"  # The same for a network marked development: also this machine itself, and plain http.
    OPERATOR = "operator"  # From the environment of this process, whose owner could connect anyway: all but metadata.


@dataclass(frozen=True, slots=True)
class Target:
    """A URL to connect to. Its repr shows no secret part."""

    url: str
    trust: Trust = Trust.STAFF

    def __repr__(self) -> str:
        return f"Target({urlsplit(self.url).hostname}, {self.trust})"


# Addresses that hand out a machine's credentials to whoever asks from that machine: link-local as a whole (AWS, Google,
# Azure, ECS), and those that clouds have put elsewhere (AWS over IPv6, Alibaba, Oracle, Azure's wire server).
_METADATA = [
    ip_network(text)
    for text in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "100.100.100.200", "192.0.0.192", "168.63.129.16")
]
_METADATA_NAMES = {"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"}
# IPv6 forms that carry an IPv4 address in their last 32 bits: NAT64 (RFC 6052, RFC 8215), IPv4-compatible.
_CARRIERS = [ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")]
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")  # as the last part of a host it makes the whole an IPv4 address (WHATWG)
_NAME = re.compile(r"[a-z0-9_][a-z0-9_-]*(\.[a-z0-9_][a-z0-9_-]*)*\.?")
_WEB_PORTS = {80, 443}  # below 1024; what else lives there is no web service


def check(target: Target) -> SplitResult:
    """The parts of a URL whose form is fine and whose host, if it is an address, may be connected to. Raises UrlRefused.

    Nothing is looked up.
    """
    parts = _parts(target.url)
    host, trusted = _host(parts), target.trust != Trust.STAFF
    if host in _METADATA_NAMES:
        raise UrlRefused(f"{host} is a metadata service, to which nobody here may speak.")
    if parts.scheme != "https" and not trusted and not _is_allowed(host):
        raise UrlRefused(f"{host} must be reached by https; plain http is for hosts that ALLOWED_PRIVATE_HOSTS names.")
    if parts.port is not None and parts.port < 1024 and parts.port not in _WEB_PORTS and not trusted:
        raise UrlRefused(f"{host} is asked on port {parts.port}, which belongs to another service.")
    if (literal := _literal(host)) is not None:
        _check_address(host, literal, target.trust)
    return parts


def addresses(host: str, port: int, trust: Trust) -> list[str]:
    """What a host means now. Raises UrlRefused if any of its addresses is not allowed, OSError if it has none."""
    found = list(dict.fromkeys(lookup(host, port)))
    for address in found:
        _check_address(host.lower().rstrip("."), ip_address(address), trust)
    return found


def vet(target: Target) -> None:
    """The check of a URL that is about to be saved: its form and all it means now. Raises UrlRefused.

    A name that means nothing now is let pass: it is checked again before each connection.
    """
    parts = check(target)
    with suppress(OSError):
        addresses(_host(parts), parts.port or 443, target.trust)


def lookup(host: str, port: int) -> Iterator[str]:
    """The addresses a host has, as text. Raises OSError."""
    for *_, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        yield str(where[0]).partition("%")[0]


def _parts(url: str) -> SplitResult:
    if re.search(r"[\s\\]|[^\x21-\x7e]", url):
        raise UrlRefused("A URL has no blanks, no backslash and no letters outside ASCII.")
    try:
        parts = urlsplit(url)
        _ = parts.port  # parsed only when asked for
    except ValueError:
        raise UrlRefused("That is not a URL.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UrlRefused("A URL begins with https:// and a host.")
    return parts


def _host(parts: SplitResult) -> str:
    """The host in the one way to write it. Raises UrlRefused for an address in disguise: 0x7f.1, 2130706433, 0177.0.0.1."""
    host = (parts.hostname or "").lower()
    if _literal(host) is None:
        if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
            raise UrlRefused("Write an IPv4 address as four decimal numbers.")
        if not _NAME.fullmatch(host):
            raise UrlRefused("That is not the name of a host.")
    return host.rstrip(".")


def _literal(host: str) -> Address | None:
    with suppress(ValueError):
        return ip_address(host)
    return None


def _check_address(host: str, address: Address, trust: Trust) -> None:
    """Raises UrlRefused."""
    meant = _carried(address) or address
    if any(meant in network for network in _METADATA):
        raise UrlRefused(f"{host} is a metadata service or link-local, to which nobody here may speak.")
    if trust == Trust.OPERATOR or (trust == Trust.DEVELOPMENT and meant.is_loopback):
        return
    if meant.is_global and not meant.is_multicast and not meant.is_reserved:
        return
    if not _is_allowed(host, meant):
        raise UrlRefused(f"{host} is not a public address. If it is yours, name it in ALLOWED_PRIVATE_HOSTS.")


def _carried(address: Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 one, to which a gateway would take the connection."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    inside = any(address in network for network in _CARRIERS) and not (address.is_loopback or address.is_unspecified)
    return IPv4Address(int(address) & 0xFFFFFFFF) if inside else None


def _is_allowed(host: str, address: Address | None = None) -> bool:
    """Whether the operator has named the host, or a range that the address is in."""
    names, networks = _allowed(tuple(settings.ALLOWED_PRIVATE_HOSTS))
    address = address or _literal(host)
    return host in names or (address is not None and any(address in network for network in networks))


@lru_cache(maxsize=8)
def _allowed(entries: tuple[str, ...]) -> tuple[frozenset[str], tuple[Network, ...]]:
    """The names and the ranges in a list of host names, addresses and CIDR ranges. Raises ValueError for anything else."""
    names, networks = set(), []
    for entry in filter(None, (entry.strip().lower() for entry in entries)):
        try:
            networks.append(ip_network(entry))
        except ValueError:
            if not _NAME.fullmatch(entry) or _NUMBER.fullmatch(entry.rpartition(".")[2]):
                raise
            names.add(entry.rstrip("."))
    return frozenset(names), tuple(networks)
