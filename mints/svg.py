"""An SVG, looked at without drawing it: whoever opens it alone in a browser would run its scripts and load what it refers to.

It is taken as it is, byte for byte, if it has none of that; nothing is cut out of it.
"""

import re
from dataclasses import dataclass, field
from typing import BinaryIO, NoReturn
from xml.parsers import expat

from mints.flaws import Flaw, PictureRefused

_ACTIVE = frozenset({"script", "foreignobject", "iframe", "embed", "object", "audio", "video", "handler", "listener"})
_REFERENCES = frozenset({"href", "src"})
_INSIDE = re.compile(r"#|data:image/(?:png|jpeg|gif|webp|avif);", re.IGNORECASE)
# In CSS a backslash can spell any of these words otherwise; nobody who draws needs one.
_OUTSIDE = re.compile(
    r"@import|image-set\(|url\((?!['\"\s]*(?:#|data:image/(?:png|jpeg|gif|webp|avif);))|(?:java|vb)script:|\\", re.IGNORECASE
)
_PIXELS = re.compile(r"(\d{1,6})(?:\.\d+)?(?:px)?")


@dataclass(slots=True)
class _Look:
    """What the parser has seen so far. Its methods raise PictureRefused."""

    width: int | None = None
    height: int | None = None
    begun: bool = False
    style: list[str] = field(default_factory=list)  # text since an element began

    def doctype(self, *_: object) -> NoReturn:
        """A document type may define entities, and entities grow without end or read files."""
        raise PictureRefused(Flaw.SVG_DOCTYPE)

    def instruction(self, target: str, _data: str) -> None:
        raise PictureRefused(Flaw.SVG_OUTSIDE, what=f"<?{target}")

    def element(self, name: str, attributes: dict[str, str]) -> None:
        local = _local(name)
        self.style.clear()
        if not self.begun:
            self._root(local, attributes)
        if local in _ACTIVE:
            raise PictureRefused(Flaw.SVG_ACTIVE, what=f"<{local}>")
        for attribute, value in attributes.items():
            _check(_local(attribute), value)

    def text(self, data: str) -> None:
        self.style.append(data)

    def end(self, name: str) -> None:
        found = _OUTSIDE.search("".join(self.style)) if _local(name) == "style" else None
        if found:
            raise PictureRefused(Flaw.SVG_OUTSIDE, what=found.group())

    def _root(self, local: str, attributes: dict[str, str]) -> None:
        self.begun = True
        if local != "svg":
            raise PictureRefused(Flaw.NO_PICTURE, what=f"XML that begins with <{local[:20]}>")
        box = attributes.get("viewBox", "").replace(",", " ").split()
        self.width = _pixels(attributes.get("width", "")) or (_pixels(box[2]) if len(box) == 4 else None)
        self.height = _pixels(attributes.get("height", "")) or (_pixels(box[3]) if len(box) == 4 else None)


def look(file: BinaryIO) -> tuple[int | None, int | None]:
    """Its width and height, where it says them in pixels. Raises PictureRefused."""
    seen, parser = _Look(), expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = seen.doctype
    parser.ProcessingInstructionHandler = seen.instruction
    parser.StartElementHandler = seen.element
    parser.CharacterDataHandler = seen.text
    parser.EndElementHandler = seen.end
    try:
        parser.ParseFile(file)
    except (expat.ExpatError, ValueError, LookupError) as error:  # the last two: an encoding that nobody knows
        raise PictureRefused(Flaw.BROKEN) from error
    return seen.width, seen.height


def _check(attribute: str, value: str) -> None:
    if attribute.startswith("on"):
        raise PictureRefused(Flaw.SVG_ACTIVE, what=attribute)
    joined = "".join(value.split())
    if attribute in _REFERENCES and not _INSIDE.match(joined):
        raise PictureRefused(Flaw.SVG_OUTSIDE, what=f'{attribute}="{value[:40]}"')
    if attribute == "attributename" and _local(joined) in _REFERENCES:
        raise PictureRefused(Flaw.SVG_ACTIVE, what="an animation of a reference")
    if found := _OUTSIDE.search(joined):
        raise PictureRefused(Flaw.SVG_OUTSIDE, what=found.group())


def _local(name: str) -> str:
    """Without its namespace or prefix."""
    return name.rpartition(" ")[2].rpartition(":")[2].lower()


def _pixels(text: str) -> int | None:
    found = _PIXELS.fullmatch(text.strip())
    return int(found[1]) if found else None
