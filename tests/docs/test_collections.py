"""docs/collections.md: its example is read as it says, and it explains every sentence there is."""

import json
import re
from enum import StrEnum
from io import BytesIO

import pytest

from chain.calls import address
from mints.archive import Refusal
from mints.flaws import Flaw
from mints.metadata import About, Image, of_item
from mints.sheet.columns import SPELLINGS
from mints.sheet.csv_file import read_csv
from mints.sheet.findings import Kind
from mints.sheet.rules import Rules
from tests.docs.pages import text_of

PAGE = text_of("docs/collections.md")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COLUMN = re.compile(r"^\| `(\w+)` \| (.+?) \|", re.MULTILINE)


def test_the_example_becomes_what_the_page_shows() -> None:
    blocks = dict(_BLOCK.findall(PAGE))
    found = read_csv(BytesIO(blocks["csv"].encode()), Rules(address=address, pictures=["fox.png", "owl.png", "bee.webp"]))
    assert (found.mistakes, found.warnings, len(found.rows)) == ([], [], 3)
    owl, image = found.rows[1], Image("…", found.rows[1].image, "image/png")
    made = of_item(
        About(name="Animals", symbol="ANML"), name=owl.name, description=owl.description, image=image, attributes=owl.attributes
    )
    assert json.loads(made) == json.loads(blocks["json"])


def test_the_page_names_the_columns_and_all_their_spellings() -> None:
    listed = {column: (column, *re.findall(r"`(\w+)`", also)) for column, also in _COLUMN.findall(PAGE)}
    assert listed == dict(SPELLINGS)


@pytest.mark.parametrize(("heading", "sentences"), [("the sheet", Kind), ("a picture", Flaw), ("a zip", Refusal)])
def test_the_page_says_of_every_sentence_what_to_do(heading: str, sentences: type[StrEnum]) -> None:
    section = PAGE.partition(f"### About {heading}\n")[2].partition("\n### ")[0]
    explained = re.findall(r"^\| (.+?) \| .+ \|$", section, re.MULTILINE)
    assert explained[1:] == [re.sub(r"\{\w+\}", "…", each.value) for each in sentences]
