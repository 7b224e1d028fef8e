"""Pictures by their content: whole ones, broken ones, and such as mean harm."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mints.flaws import Flaw, PictureRefused
from mints.media import Media, recognise
from mints.pictures import THUMBNAIL, Limits, Picture, examine, warning
from tests.mints.weighing import at_most


def drawn(media: Media, size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: Any) -> bytes:
    file = BytesIO()
    Image.effect_noise(size, 90).convert(mode).save(file, media.name, **options)
    return file.getvalue()


def look(data: bytes, **limits: int) -> Picture:
    return examine(BytesIO(data), Limits(**limits))


def flaw(data: bytes, **limits: int) -> Flaw:
    with pytest.raises(PictureRefused) as caught:
        look(data, **limits)
    return caught.value.flaw


RASTERS: list[Media] = [media for media in Media if media is not Media.SVG]
DRAWN: dict[Media, bytes] = {media: drawn(media) for media in RASTERS}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="120" height="80px"><circle r="9"/></svg>'


@pytest.mark.parametrize("media", RASTERS)
def test_a_picture_is_known_by_its_content(media: Media) -> None:
    found = look(DRAWN[media])
    assert (found.media, found.size, found.width, found.height) == (media, len(DRAWN[media]), 60, 40)


@pytest.mark.parametrize(
    ("media", "mode"),
    [(Media.PNG, mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")]
    + [(Media.JPEG, mode) for mode in ("L", "CMYK")]
    + [(Media.GIF, mode) for mode in ("L", "P")]
    + [(Media.WEBP, "RGBA"), (Media.AVIF, "RGBA")],
)
def test_every_kind_of_colour_gets_a_thumbnail(media: Media, mode: str) -> None:
    small = Image.open(BytesIO(look(drawn(media, (300, 200), mode)).thumbnail))
    assert (small.format, small.size) == ("WEBP", (THUMBNAIL, 64))


def test_a_thumbnail_keeps_what_is_see_through() -> None:
    file = BytesIO()
    Image.new("RGBA", (200, 200), (255, 0, 0, 0)).save(file, "PNG")
    small = Image.open(BytesIO(look(file.getvalue()).thumbnail))
    assert small.getchannel("A").getextrema() == (0, 0)


def test_a_thumbnail_stands_upright() -> None:
    """A camera turns the picture by a note beside it."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    data = drawn(Media.JPEG, (200, 100), exif=exif)
    assert Image.open(BytesIO(look(data).thumbnail)).size == (48, THUMBNAIL)


def test_the_first_frame_stands_for_an_animation() -> None:
    frames = [Image.new("RGB", (50, 50), colour) for colour in ("red", "blue")]
    file = BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    red, _, blue = Image.open(BytesIO(look(file.getvalue()).thumbnail)).convert("RGB").tobytes()[:3]
    assert red > blue + 200


# -- what is no picture, or none any more --------------------------------------------------------------------------------


@pytest.mark.parametrize("media", RASTERS)
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_picture_that_was_cut_off(media: Media, kept: float) -> None:
    data = DRAWN[media]
    assert flaw(data[: int(len(data) * kept)]) is Flaw.BROKEN


@pytest.mark.parametrize("media", RASTERS)
def test_a_file_that_only_begins_as_a_picture(media: Media) -> None:
    assert flaw(DRAWN[media][:16] + b"<script>alert(1)</script>" * 20) is Flaw.BROKEN


def test_an_empty_file() -> None:
    assert flaw(b"") is Flaw.EMPTY


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"\0\0\0\x20ftypisom", "a video (MP4)"),
        (b"\0\0\0\x18ftypmp42", "a video (MP4)"),
        (b"\0\0\0\x14ftypqt  ", "a video (QuickTime)"),
        (b"\0\0\0\x18ftypheic", "a HEIC photograph"),
        (b"glTF\x02\0\0\0", "a 3D model (GLB)"),
        (b"RIFF\0\0\0\0WAVE", "a sound (WAV)"),
        (b"\x1aE\xdf\xa3", "a video (WebM or Matroska)"),
        (b"BM6\0", "a BMP"),
        (b"II*\0", "a TIFF"),
        (b"8BPS", "a Photoshop file"),
        (b"%PDF-1.7", "a PDF"),
        (b"%!PS-Adobe-3.0 EPSF", "something else"),
        (b"<!DOCTYPE html><svg>", "something else"),
        (b"MZ", "something else"),
    ],
)
def test_what_is_not_taken_is_called_by_its_name(head: bytes, what: str) -> None:
    assert recognise(head) == what
    with pytest.raises(PictureRefused, match="no PNG, JPEG, GIF, WEBP, AVIF or SVG"):
        look(head)


@given(st.sampled_from(RASTERS), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=9))
def test_no_file_raises_anything_else(media: Media, harm: list[tuple[int, int]]) -> None:
    data = bytearray(DRAWN[media])
    for place, byte in harm:
        data[place % len(data)] = byte
    try:
        found = look(bytes(data))
    except PictureRefused:
        return
    assert found.thumbnail


# -- too much ------------------------------------------------------------------------------------------------------------


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that says it is so large."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return DRAWN[Media.PNG][:8] + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(999))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [4200, 12_000, 60_000])
def test_a_picture_of_too_many_pixels_is_not_decoded(side: int) -> None:
    """Pillow warns of the second and refuses the third; the first is ours to refuse."""
    with at_most(1 << 20):
        assert flaw(bomb(side)) is Flaw.TOO_MANY_PIXELS


def test_limits_of_bytes_and_pixels() -> None:
    data = DRAWN[Media.PNG]
    assert look(data, size=len(data), pixels=2400).width == 60
    assert flaw(data, size=len(data) - 1) is Flaw.TOO_LARGE
    assert flaw(data, pixels=2399) is Flaw.TOO_MANY_PIXELS
    assert flaw(SVG, svg=len(SVG) - 1) is Flaw.TOO_LARGE


# -- names ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.png", "A.PNG", "a.b.png"])
def test_a_name_that_says_what_it_is(name: str) -> None:
    assert warning(name, Media.PNG) == ""


@pytest.mark.parametrize("name", ["a.jpg", "a.JPEG", "a.jfif"])
def test_a_jpeg_has_many_extensions(name: str) -> None:
    assert warning(name, Media.JPEG) == ""


@pytest.mark.parametrize("name", ["a.jpg", "a", "a.png.exe"])
def test_a_name_that_lies(name: str) -> None:
    assert warning(name, Media.PNG) == f"The picture is called {name!r} and is image/png, which its metadata will say."


# -- SVG -----------------------------------------------------------------------------------------------------------------


def svg(inside: str = "", attributes: str = "") -> bytes:
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"<svg {names} {attributes}>{inside}</svg>".encode()


def test_an_svg_is_taken_as_it_is() -> None:
    assert look(SVG) == Picture(Media.SVG, len(SVG), 120, 80)


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="12.5" height="7"', (12, 7)),
        ('viewBox="0 0 64 32"', (64, 32)),
        ('viewBox="0,0,64,32" width="100%" height="100%"', (64, 32)),
        ('width="2em" height="3cm"', (None, None)),
        ("", (None, None)),
    ],
)
def test_an_svg_says_its_size_or_not(attributes: str, size: tuple[int | None, int | None]) -> None:
    found = look(svg(attributes=attributes))
    assert (found.width, found.height) == size


@pytest.mark.parametrize(
    "inside",
    [
        '<defs><linearGradient id="a"/></defs><rect fill="url(#a)"/><use href="#b"/><use xlink:href="#b"/>',
        '<image href="data:image/png;base64,AAAA"/>',
        "<style>.a { fill: url('#a'); color: red }</style><text>url(http://a) \\o/ &lt;script&gt;</text>",
        "<!-- <script> -->",
        "<![CDATA[ <script>alert(1)</script> ]]>",
    ],
)
def test_an_svg_that_stays_by_itself(inside: str) -> None:
    assert look(b'\xef\xbb\xbf<?xml version="1.0"?>\n' + svg(inside)).media is Media.SVG


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<SCRIPT/>",
        '<s:script xmlns:s="http://www.w3.org/2000/svg"/>',
        "<foreignObject/>",
        '<iframe xmlns="http://www.w3.org/1999/xhtml"/>',
        '<rect onclick="alert(1)"/>',
        '<rect ONLOAD="alert(1)"/>',
        '<a><animate attributeName="href" values="#"/></a>',
        '<set attributeName="xlink:href" to="#"/>',
    ],
)
def test_an_svg_that_can_run(inside: str) -> None:
    assert flaw(svg(inside)) is Flaw.SVG_ACTIVE


@pytest.mark.parametrize(
    "inside",
    [
        '<a href="https://example.com"/>',
        '<a href="java&#10;script:alert(1)"/>',
        '<a xlink:href=" javascript:alert(1)"/>',
        '<a href="data:text/html,x"/>',
        '<image href="data:image/svg+xml;base64,AAAA"/>',
        '<image href="//example.com/a.png"/>',
        '<image href="a.png"/>',
        '<rect fill="url(https://example.com/a)"/>',
        "<rect style=\"background: url( 'http://example.com')\"/>",
        '<rect style="fill: u\\72l(http://example.com)"/>',
        "<style>.a { background: image-set('http://example.com') }</style>",
        "<style>@import 'http://example.com'</style>",
        "<style>.a { fill: url(http://example.com) }</style>",
        '<?xml-stylesheet href="http://example.com/a.css"?>',
    ],
)
def test_an_svg_that_refers_to_others(inside: str) -> None:
    assert flaw(svg(inside)) is Flaw.SVG_OUTSIDE


LAUGHS = '<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
READER = '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "doctype", [LAUGHS, READER, '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/a.dtd">']
)
def test_an_svg_with_a_document_type(doctype: str) -> None:
    """No entity is ever looked at."""
    assert flaw(doctype.encode() + svg("&a;")) is Flaw.SVG_DOCTYPE


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<?xml version='1.0'?><html/>", Flaw.NO_PICTURE),
        (SVG[:-5], Flaw.BROKEN),
        (b"<?xml version='1.0' encoding='nonsense'?><svg/>", Flaw.BROKEN),
        (b"<svg>&a;</svg>", Flaw.BROKEN),
        (b"<svg>\xff</svg>", Flaw.BROKEN),
        (b"<svg", Flaw.BROKEN),
    ],
)
def test_what_is_no_svg(data: bytes, said: Flaw) -> None:
    assert flaw(data) is said


@given(st.text(max_size=60))
def test_no_svg_raises_anything_else(inside: str) -> None:
    try:
        look(svg(inside.encode("utf-8", "replace").decode()))
    except PictureRefused as refused:
        assert refused.flaw in Flaw  # noqa: PT017 - whatever is raised, it is this
