"""The uploader and the store that the settings name, and links for people."""

from urllib.parse import quote

from django.conf import settings

from chain.urls import Target, Trust
from mints.ipfs.store import Store
from mints.uploaders import kubo, pinata
from mints.uploaders.base import Uploader
from mints.uploaders.embedded import Embedded
from mints.uploaders.kinds import Kind
from mints.uploaders.kubo import Kubo
from mints.uploaders.pinata import Pinata
from mints.uploaders.pinning import Doubled, PinningService
from mints.uploaders.web import Service


def store() -> Store:
    """What the web process serves, and every upload begins with."""
    return Store(settings.IPFS.store)


def uploader() -> Uploader:
    """For one upload, and for one thread: it holds connections."""
    first = _first()
    if not settings.IPFS.pins:
        return first
    return Doubled(first, PinningService(_service(settings.IPFS.pins, settings.IPFS.pins_token)))


def link(cid: str, path: str = "") -> str:
    """Where people see a file: at the gateway of IPFS_GATEWAY_URL, or below our own /ipfs/."""
    return f"{settings.IPFS.gateway}/ipfs/{cid}{f'/{quote(path)}' if path else ''}"


def _first() -> Uploader:
    ipfs = settings.IPFS
    match Kind(ipfs.kind):
        case Kind.KUBO:
            return Kubo(_service(ipfs.api or kubo.URL, ipfs.token), store())
        case Kind.PINATA:
            return Pinata(_service(ipfs.api or pinata.URL, ipfs.token), store())
        case Kind.EMBEDDED:
            return Embedded(store())


def _service(url: str, token: str) -> Service:
    return Service(Target(url, Trust.OPERATOR), token)
