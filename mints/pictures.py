"""A picture by its content: what it is, how large, whether it is whole, and a thumbnail of it. Hostile files are expected."""

from dataclasses import dataclass
from io import SEEK_END, BytesIO
from typing import BinaryIO

from PIL import Image, ImageOps

from mints import svg
from mints.flaws import Flaw, PictureRefused
from mints.media import HEAD, Media, of_extension, recognise

THUMBNAIL = 96  # pixels of the longer side

_DIRECT = frozenset({"L", "LA", "RGB", "RGBA"})  # modes of Pillow that shrink smoothly as they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of a picture is taken on. While it is looked at a pixel may cost 17 bytes of memory (WEBP), a byte one more."""

    size: int = 50 << 20  # bytes
    pixels: int = 17_000_000  # 4,096 × 4,096 and a little
    svg: int = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of a picture: `size` in bytes; of an SVG pixels only where it says them, and no thumbnail."""

    media: Media
    size: int
    width: int | None
    height: int | None
    thumbnail: bytes = b""  # WEBP


def examine(file: BinaryIO, limits: Limits | None = None) -> Picture:
    """Look at all of a picture, decoding it once. Raises PictureRefused."""
    limits = limits or Limits()
    size = _size(file, limits.size)
    media = recognise(file.read(HEAD))
    if not isinstance(media, Media):
        raise PictureRefused(Flaw.NO_PICTURE, what=media)
    if media is Media.SVG:
        _size(file, limits.svg)
        return Picture(media, size, *svg.look(file))
    file.seek(0)
    return _decoded(file, media, size, limits)


def warning(name: str, media: Media) -> str:
    """What is odd about a picture of this kind that is called so; empty if nothing is."""
    return "" if of_extension(name) is media else Flaw.NAME_LIES.value.format(name=repr(name), media=media.value)


def _size(file: BinaryIO, most: int) -> int:
    """Its bytes. Leaves the file at its beginning."""
    size = file.seek(0, SEEK_END)
    file.seek(0)
    if size == 0:
        raise PictureRefused(Flaw.EMPTY)
    if size > most:
        raise PictureRefused(Flaw.TOO_LARGE, got=size, most=most)
    return size


def _decoded(file: BinaryIO, media: Media, size: int, limits: Limits) -> Picture:
    try:
        return _drawn(file, media, size, limits)
    except PictureRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureRefused(Flaw.TOO_MANY_PIXELS, most=limits.pixels) from error
    except Exception as error:  # decoders raise whatever they stumble over, and all of it means the same
        raise PictureRefused(Flaw.BROKEN) from error


def _drawn(file: BinaryIO, media: Media, size: int, limits: Limits) -> Picture:
    with Image.open(file, formats=[media.name]) as image:  # reads the header only
        width, height = image.size
        if width * height > limits.pixels:
            raise PictureRefused(Flaw.TOO_MANY_PIXELS, most=limits.pixels)
        return Picture(media, size, width, height, _thumbnail(image))


def _thumbnail(image: Image.Image) -> bytes:
    """The first frame, upright. Decodes all of it: this is where a picture that was cut off shows."""
    image.draft("RGB", (THUMBNAIL * 2, THUMBNAIL * 2))  # a JPEG is decoded at a fraction of its size
    image.load()
    small = image if image.mode in _DIRECT else image.convert("RGBA")
    small.thumbnail((THUMBNAIL, THUMBNAIL), reducing_gap=2.0)
    answer = BytesIO()
    ImageOps.exif_transpose(small).save(answer, "WEBP", quality=80)
    return answer.getvalue()
