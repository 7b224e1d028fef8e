"""A collection to show: badges that are drawn here, each from its own number, and the sheet that goes with them."""

import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw
from PIL.PngImagePlugin import PngInfo

SIDE = 320  # pixels of a picture
SHEET = "collection.csv"

_CELLS = 5  # of the figure, a side; mirrored, so that it looks meant
_FRAME = 40  # pixels around it
_HEADER = ("name", "description", "image_filename", "recipient_wallet", "Colour", "Shape", "Level", "Rarity")
_COLOURS = {"Coral": 8, "Amber": 38, "Moss": 95, "Jade": 155, "Sky": 205, "Indigo": 245, "Violet": 285, "Rose": 335}  # hues
_SHAPES = ("Round", "Square", "Diamond")
_RARITIES = ("common", "common", "common", "rare", "legendary")


@dataclass(frozen=True, slots=True)
class Badge:
    """One item; everything about it follows from its number."""

    number: int

    @property
    def name(self) -> str:
        return f"Badge #{self.number:03}"

    @property
    def file(self) -> str:
        return f"badge-{self.number:03}.png"

    @property
    def colour(self) -> str:
        return list(_COLOURS)[self._dice[0] % len(_COLOURS)]

    @property
    def shape(self) -> str:
        return _SHAPES[self._dice[1] % len(_SHAPES)]

    @property
    def level(self) -> int:
        return self._dice[2] % 50 + 1

    @property
    def rarity(self) -> str:
        return _RARITIES[self._dice[3] % len(_RARITIES)]

    @property
    def _dice(self) -> bytes:
        return hashlib.sha256(f"badge {self.number}".encode()).digest()

    def drawn(self) -> bytes:
        """A PNG. Its title makes two different files even of two badges that look alike."""
        hue = _COLOURS[self.colour]
        image = Image.new("RGB", (SIDE, SIDE), _hsl(hue, 45, 94))
        pen = ImageDraw.Draw(image)
        _ground(pen, self.shape, _hsl(hue, 55, 84))
        for left, top in self._filled():
            _cell(pen, self.shape, left, top, _hsl(hue + 6 * top, 62, 46))
        answer = BytesIO()
        title = PngInfo()
        title.add_text("Title", self.name)
        image.quantize(16).save(answer, "PNG", pnginfo=title)
        return answer.getvalue()

    def _filled(self) -> Iterator[tuple[int, int]]:
        """Cells of the left half by bits of the hash, and those opposite."""
        bits = int.from_bytes(self._dice[8:])
        for place in range(_CELLS * (_CELLS // 2 + 1)):
            top, left = divmod(place, _CELLS // 2 + 1)
            if bits >> place & 1:
                yield left, top
                yield _CELLS - 1 - left, top

    def row(self, recipient: str) -> Sequence[str]:
        """Its row of the sheet."""
        description = f"{self.rarity.capitalize()} badge of level {self.level}"
        return self.name, description, self.file, recipient, self.colour, self.shape, str(self.level), self.rarity


def write(folder: Path, count: int, recipients: Sequence[str]) -> Path:
    """So many badges, and the sheet that gives them to these wallets in turn; all into one folder. Answers the sheet."""
    badges = [Badge(number) for number in range(1, count + 1)]
    for badge in badges:
        (folder / badge.file).write_bytes(badge.drawn())
    sheet = folder / SHEET
    with sheet.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(_HEADER)
        rows.writerows(badge.row(recipients[badge.number % len(recipients)]) for badge in badges)
    return sheet


def _hsl(hue: int, saturation: int, lightness: int) -> tuple[int, ...]:
    return ImageColor.getrgb(f"hsl({hue % 360},{saturation}%,{lightness}%)")


def _ground(pen: ImageDraw.ImageDraw, shape: str, colour: tuple[int, ...]) -> None:
    edge = _FRAME // 4
    box = (edge, edge, SIDE - edge, SIDE - edge)
    match shape:
        case "Round":
            pen.ellipse(box, colour)
        case "Square":
            pen.rounded_rectangle(box, _FRAME, colour)
        case _:
            pen.regular_polygon((SIDE / 2, SIDE / 2, SIDE / 2), 6, rotation=30, fill=colour)


def _cell(pen: ImageDraw.ImageDraw, shape: str, left: int, top: int, colour: tuple[int, ...]) -> None:
    inset = SIDE * 0.2
    side = (SIDE - 2 * inset) / _CELLS
    x, y = inset + left * side, inset + top * side
    match shape:
        case "Round":
            pen.ellipse((x, y, x + side - 2, y + side - 2), colour)
        case "Square":
            pen.rounded_rectangle((x, y, x + side - 2, y + side - 2), 7, colour)
        case _:
            pen.regular_polygon((x + side / 2, y + side / 2, side / 1.6), 4, rotation=45, fill=colour)
