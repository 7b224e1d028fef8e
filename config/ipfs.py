"""Where collections' files go: read from the environment, and refused at the start where they could not go there."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from chain import urls
from chain.urls import Target, Trust, UrlRefused
from mints.uploaders.kinds import Kind


@dataclass(frozen=True, slots=True)
class Ipfs:
    """What the variables say; empty is not given. Its repr has no secret: a URL may hold a password, too."""

    kind: Kind
    store: Path
    gateway: str  # such as https://ipfs.io; empty: our own web process
    api: str = field(repr=False)
    token: str = field(repr=False)
    pins: str = field(repr=False)  # a pinning service for second copies
    pins_token: str = field(repr=False)


def read(env: Any, home: Path, data: Path, *, uploads: bool) -> Ipfs:
    """`uploads`: whether this process may upload; one that may not is started without the tokens.

    Raises ImproperlyConfigured, in one line without any value, for what cannot be read and for what contradicts itself.
    """
    found = Ipfs(
        kind=_kind(env.str("IPFS_UPLOADER", default="").strip()),
        store=home / env.str("IPFS_STORE_DIR", default=str(data / "ipfs")),
        gateway=_gateway(env.str("IPFS_GATEWAY_URL", default="").strip()),
        api=_url("IPFS_API_URL", env.str("IPFS_API_URL", default="").strip()),
        token=_token("IPFS_TOKEN", env.str("IPFS_TOKEN", default="").strip()),
        pins=_url("IPFS_PIN_URL", env.str("IPFS_PIN_URL", default="").strip()),
        pins_token=_token("IPFS_PIN_TOKEN", env.str("IPFS_PIN_TOKEN", default="").strip()),
    )
    _check(found, uploads=uploads)
    return found


def _kind(text: str) -> Kind:
    try:
        return Kind(text or Kind.EMBEDDED)
    except ValueError:
        raise ImproperlyConfigured(f"IPFS_UPLOADER must be one of {', '.join(Kind)}, and not {text[:40]!r}.") from None


def _url(name: str, text: str) -> str:
    try:
        if text and (urls.check(Target(text, Trust.OPERATOR)).query or "#" in text):
            raise ImproperlyConfigured(f"{name} ends with its path: it has no ? and no #.")
    except UrlRefused as refused:
        raise ImproperlyConfigured(f"{name}: {refused}") from None
    return text.rstrip("/")


def _gateway(text: str) -> str:
    """A gateway is often written with its /ipfs/, which every link has anyway."""
    return _url("IPFS_GATEWAY_URL", text).removesuffix("/ipfs")


def _token(name: str, text: str) -> str:
    """It becomes part of a header."""
    if any(not "!" <= letter <= "~" for letter in text):
        raise ImproperlyConfigured(f"{name} has blanks or letters that no token has.")
    return text


def _check(ipfs: Ipfs, *, uploads: bool) -> None:
    if ipfs.store.exists() and not ipfs.store.is_dir():
        raise ImproperlyConfigured("IPFS_STORE_DIR is a file and no folder.")
    if ipfs.kind is Kind.EMBEDDED and (ipfs.api or ipfs.token):
        raise ImproperlyConfigured("IPFS_API_URL and IPFS_TOKEN need IPFS_UPLOADER=kubo or pinata: embedded asks nobody.")
    if ipfs.kind is Kind.EMBEDDED and ipfs.pins:
        raise ImproperlyConfigured(
            "IPFS_PIN_URL needs IPFS_UPLOADER=kubo or pinata: nobody could fetch what is in the embedded store alone."
        )
    if ipfs.pins_token and not ipfs.pins:
        raise ImproperlyConfigured("IPFS_PIN_TOKEN needs IPFS_PIN_URL.")
    if uploads and ipfs.kind is Kind.PINATA and not ipfs.token:
        raise ImproperlyConfigured("IPFS_UPLOADER=pinata needs IPFS_TOKEN (or IPFS_TOKEN_FILE): Pinata's JWT.")
    if uploads and ipfs.pins and not ipfs.pins_token:
        raise ImproperlyConfigured("IPFS_PIN_URL needs IPFS_PIN_TOKEN (or IPFS_PIN_TOKEN_FILE).")
