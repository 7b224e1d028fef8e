"""What an item says of itself, as JSON: by Metaplex's convention and OpenSea's at once: neither minds the other's members.

The same facts always give the same bytes, so that their CID can be computed again years later.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from mints.sheet.findings import Attribute

_CATEGORY = "image"  # Metaplex's word for what has a picture and neither film nor sound


@dataclass(frozen=True, slots=True)
class Creator:
    """Who shares the royalty, in whole per cents."""

    address: str
    share: int


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What all items of a collection say alike. `royalty` in basis points of a resale; 0: nothing is said of any."""

    name: str
    symbol: str = ""
    description: str = ""
    external_url: str = ""
    royalty: int = 0
    creators: tuple[Creator, ...] = ()


@dataclass(frozen=True, slots=True)
class Image:
    """A picture by the CID of the folder that it lies in, its name there, and its media type."""

    folder: str
    name: str
    media_type: str

    @property
    def uri(self) -> str:
        """Escaped where it must be: behind a bare `#` or `?` nobody would look for the rest of a name."""
        return f"ipfs://{self.folder}/{quote(self.name, safe='')}"


def of_item(about: About, *, name: str, description: str, image: Image, attributes: Sequence[Attribute]) -> bytes:
    """The file that an item's URI leads to. An item without a description has its collection's."""
    return _canonical({
        "name": name,
        "symbol": about.symbol,
        "description": description or about.description,
        "image": image.uri,
        "external_url": about.external_url or None,
        "attributes": [attribute._asdict() for attribute in attributes],
        "properties": _properties(about, image),
        "seller_fee_basis_points": about.royalty or None,
    })  # fmt: skip


def of_collection(about: About, image: Image | None) -> bytes:
    """The file of the collection itself: what `contractURI` (ERC-7572) or a Metaplex collection's URI leads to."""
    return _canonical({
        "name": about.name,
        "symbol": about.symbol,
        "description": about.description,
        "image": image.uri if image else None,
        "external_url": about.external_url or None,
        "external_link": about.external_url or None,  # ERC-7572's and OpenSea's word for the same
        "properties": _properties(about, image),
        "seller_fee_basis_points": about.royalty or None,
        "fee_recipient": _fee_recipient(about),
    })  # fmt: skip


def _properties(about: About, image: Image | None) -> Mapping[str, object]:
    return {
        "category": _CATEGORY,
        "files": [{"uri": image.uri, "type": image.media_type}] if image else [],
        "creators": [{"address": each.address, "share": each.share} for each in about.creators] or None,
    }


def _fee_recipient(about: About) -> str | None:
    """OpenSea knows one only: with several creators nobody is named, rather than one of them for all."""
    return about.creators[0].address if about.royalty and len(about.creators) == 1 else None


def _canonical(facts: Mapping[str, object]) -> bytes:
    """Sorted, without spaces, in UTF-8. A member that is None is left out."""
    return json.dumps(_said(facts), sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _said(facts: Mapping[str, object]) -> dict[str, object]:
    inner = ((name, _said(value) if isinstance(value, Mapping) else value) for name, value in facts.items())
    return {name: value for name, value in inner if value is not None}
