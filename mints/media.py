"""Kinds of pictures, known by how a file begins. Its name says nothing."""

from enum import StrEnum
from pathlib import PurePath

HEAD = 512  # bytes of a file that are enough to know it by


class Media(StrEnum):
    """A kind of picture that is taken, by its media type."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    GIF = "image/gif"
    WEBP = "image/webp"
    AVIF = "image/avif"
    SVG = "image/svg+xml"

    @property
    def extension(self) -> str:
        return f".{self.value.removeprefix('image/').removesuffix('+xml')}"


_EXTENSIONS = {media.extension: media for media in Media} | dict.fromkeys((".jpg", ".jpe", ".jfif"), Media.JPEG)

_MAGIC: dict[bytes, Media | str] = {
    b"\x89PNG\r\n\x1a\n": Media.PNG,
    b"\xff\xd8\xff": Media.JPEG,
    b"GIF87a": Media.GIF,
    b"GIF89a": Media.GIF,
    b"glTF": "a 3D model (GLB)",
    b"%PDF": "a PDF",
    b"8BPS": "a Photoshop file",
    b"BM": "a BMP",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"\0\0\1\0": "an icon (ICO)",
    b"\x1aE\xdf\xa3": "a video (WebM or Matroska)",
    b"PK\x03\x04": "a zip",
    b"ID3": "a sound (MP3)",
}
# The brand in an ISO container: bytes 8 to 12, behind `ftyp`.
_BRANDS: dict[bytes, Media | str] = {
    b"avif": Media.AVIF,
    b"avis": Media.AVIF,
    b"heic": "a HEIC photograph",
    b"heix": "a HEIC photograph",
    b"mif1": "a HEIF photograph",
    b"qt  ": "a video (QuickTime)",
}
_RIFFS: dict[bytes, Media | str] = {b"WEBP": Media.WEBP, b"WAVE": "a sound (WAV)", b"AVI ": "a video (AVI)"}
_SVG_BEGINS = (b"<svg", b"<?xml", b"<!--", b"<!doctype svg")


def recognise(head: bytes) -> Media | str:
    """What a file is that begins so: a kind of picture that is taken, or the name of what is not."""
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "a video (MP4)")
    if head[:4] == b"RIFF":
        return _RIFFS.get(head[8:12], "a RIFF file")
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_SVG_BEGINS):
        return Media.SVG
    return next((what for magic, what in _MAGIC.items() if head.startswith(magic)), "something else")


def of_extension(name: str) -> Media | None:
    """What a file's name says it is."""
    return _EXTENSIONS.get(PurePath(name).suffix.lower())
