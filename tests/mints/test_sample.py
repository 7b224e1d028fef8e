"""The collection that the demo draws is one that the product takes."""

from pathlib import Path

from demo.pictures import Badge, write
from mints.media import Media
from mints.pictures import examine
from mints.sheet.csv_file import read_csv
from tests.mints.sheets import SOLANA_WALLET, WALLET, rules


def test_a_drawn_collection_is_without_fault(tmp_path: Path) -> None:
    sheet = write(tmp_path, 200, [WALLET, WALLET.lower()])
    pictures = [path for path in tmp_path.iterdir() if path != sheet]
    with sheet.open("rb") as file:
        found = read_csv(file, rules(pictures=[path.name for path in pictures]))
    assert (found.mistakes, found.warnings, len(found.rows)) == ([], [], 200)
    assert [attribute.trait_type for attribute in found.rows[0].attributes] == ["Colour", "Shape", "Level", "Rarity"]


def test_each_picture_is_another_one_and_always_the_same() -> None:
    drawn = [Badge(number).drawn() for number in range(30)]
    assert len(set(drawn)) == 30
    assert drawn == [Badge(number).drawn() for number in range(30)]


def test_a_drawn_picture_is_a_png(tmp_path: Path) -> None:
    write(tmp_path, 1, [SOLANA_WALLET])
    with (tmp_path / Badge(1).file).open("rb") as file:
        assert examine(file).media is Media.PNG
