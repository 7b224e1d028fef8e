"""Files that are no sheets, are too large for one, or are full of mistakes; and rows as JSON."""

import codecs
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mints.sheet.columns import SPELLINGS, Field, letter, meaning
from mints.sheet.csv_file import read_csv
from mints.sheet.findings import Attribute, Kind, Sheet
from mints.sheet.json_rows import read_rows
from mints.sheet.rules import Limits
from tests.mints.sheets import HEADER, WALLET, places, read, rules, sentences, sheet

# -- no sheets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf\r\n \r\n", "The file is empty."),
        (f"{HEADER}\n,,,\n".encode(), "There are no rows."),
        ("name,image\n".encode("utf-16"), "This is UTF-16 and not CSV in UTF-8."),
        (codecs.BOM_UTF16_BE + "name".encode("utf-16-be"), "This is UTF-16 and not CSV in UTF-8."),
        ("name".encode("utf-32"), "This is UTF-32 and not CSV in UTF-8."),
        ("name".encode("utf-16-le"), "This is UTF-16 without a mark that says so and not CSV in UTF-8."),
        ("name".encode("utf-16-be"), "This is UTF-16 without a mark that says so and not CSV in UTF-8."),
        (b"PK\x03\x04\x14\0\x06\0", "This is a workbook (.xlsx, .ods, .numbers) or a zip and not CSV in UTF-8."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "This is an old Excel workbook (.xls) and not CSV in UTF-8."),
        (b"%PDF-1.7\n", "This is a PDF and not CSV in UTF-8."),
        (b"\x1f\x8b\x08\0", "This is a file packed with gzip and not CSV in UTF-8."),
        (b"{\\rtf1\\ansi}", "This is a text document (.rtf) and not CSV in UTF-8."),
    ],
)
def test_what_is_no_sheet_is_called_by_its_name(data: bytes, says: str) -> None:
    found = read(data)
    assert (sentences(found.mistakes), found.rows) == ([says], [])


@pytest.mark.parametrize(
    ("encoding", "says"),
    [
        ("windows-1252", "row 3: Line 4 stops being UTF-8 at its byte 4, which is 0xe9 ('é' in Windows-1252)."),
        ("mac-roman", "row 3: Line 4 stops being UTF-8 at its byte 4, which is 0x8e ('Ž' in Windows-1252)."),
        ("shift-jis", "row 3: Line 4 stops being UTF-8 at its byte 1, which is 0x83 ('ƒ' in Windows-1252)."),
    ],
)
def test_where_a_file_stops_being_utf8(encoding: str, says: str) -> None:
    """A row may have several lines, so both are counted."""
    name = "カフェ" if encoding == "shift-jis" else "Café"
    found = read(f'{HEADER}\nFox,"two\nlines",1.png,{WALLET}\n{name},,1.png,{WALLET}\n'.encode(encoding))
    assert sentences(found.mistakes) == [says]
    assert [row.name for row in found.rows] == ["Fox"]


@pytest.mark.parametrize("row", [f'"Fox,,1.png,{WALLET}', f'"Fox"x,,1.png,{WALLET}', '"' + 200_000 * "x\n"])
def test_a_quotation_mark_out_of_place_ends_the_reading(row: str) -> None:
    """Below it no row would have its number any more."""
    found = sheet(f"Owl,,1.png,{WALLET}", row, f"=,,1.png,{WALLET}")
    assert places(found.mistakes) == [(3, "", Kind.QUOTES)]


def test_a_quotation_mark_inside_a_cell_is_doubled() -> None:
    assert sheet(f'"The ""Fox""",5" tall,1.png,{WALLET}').rows[0].name == 'The "Fox"'


# -- too much ------------------------------------------------------------------------------------------------------------

GOOD = f"Fox {{}},,1.png,{WALLET}"


def test_more_rows_than_are_allowed() -> None:
    rows = [GOOD.format(number) for number in range(4)]
    assert sheet(*rows, limits=Limits(rows=4)).mistakes == []
    found = sheet(*rows, limits=Limits(rows=3))
    assert sentences(found.mistakes) == ["row 5: There are more than 3 rows; from here on nothing was read."]


def test_fifty_thousand_rows_are_allowed() -> None:
    rows = [GOOD.format(number) for number in range(50_001)]
    assert sheet(*rows[:-1]).mistakes == []
    assert places(sheet(*rows).mistakes) == [(50_002, "", Kind.TOO_MANY_ROWS)]


def test_more_columns_than_are_allowed() -> None:
    found = sheet(header=",".join(map(str, range(101))))
    assert sentences(found.mistakes) == ["row 1: There are more than 100 columns."]


def test_more_mistakes_than_are_allowed() -> None:
    found = sheet(*(["=,=,=,="] * 10), limits=Limits(mistakes=6))
    assert [each.row for each in found.mistakes] == [2, 2, 2, 2, 3, 3, 0]
    assert found.mistakes[-1].kind is Kind.TOO_MANY_MISTAKES


def test_more_bytes_than_are_allowed() -> None:
    found = sheet(GOOD.format(1), GOOD.format(2), limits=Limits(size=120))
    assert places(found.mistakes) == [(0, "", Kind.TOO_LARGE)]


class Endless(BytesIO):
    """A file without an end, that notes how much of it was asked for."""

    given = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size > 0
        self.given += size
        return b"x" * size


def test_a_line_without_an_end_is_given_up() -> None:
    file = Endless()
    found = read_csv(file, rules())
    assert sentences(found.mistakes) == ["row 1: Line 1 is longer than 1048576 bytes."]
    assert file.given == 2**20 + 1


# -- a third of it bad ---------------------------------------------------------------------------------------------------

HARM: dict[str, tuple[str, Kind]] = {
    "=cmd,,1.png,{wallet},1": ("name", Kind.FORMULA),
    ",,1.png,{wallet},1": ("name", Kind.NAME_MISSING),
    "First,,1.png,{wallet},1": ("name", Kind.NAME_TWICE),
    "Item {n},a\x07b,1.png,{wallet},1": ("description", Kind.CONTROL),
    "Item {n},,,{wallet},1": ("image_filename", Kind.PICTURE_MISSING),
    "Item {n},,{n}.gif,{wallet},1": ("image_filename", Kind.PICTURE_UNKNOWN),
    "Item {n},,1.png,,1": ("recipient_wallet", Kind.WALLET_MISSING),
    "Item {n},,1.png,0x{n},1": ("recipient_wallet", Kind.WALLET_BAD),
    "Item {n},,1.png,{wallet},0": ("quantity", Kind.QUANTITY_BAD),
    "Item {n},,1.png,{wallet}": ("", Kind.CELLS),
}


def test_a_third_of_three_thousand_rows_is_bad_and_each_is_named() -> None:
    harm = list(HARM.items())
    rows, expected = [f"First,,1.png,{WALLET},1"], []
    for n in range(3, 3002):
        text, (column, kind) = harm[n // 3 % len(harm)] if n % 3 == 0 else ("Item {n},,1.png,{wallet},1", ("", None))
        rows.append(text.format(n=n, wallet=WALLET))
        expected += [(n, column, kind)] if kind else []
    found = sheet(*rows, header=f"{HEADER},quantity", editions=True)
    assert len(expected) == 1000
    assert places(found.mistakes) == expected
    assert (found.count, len(found.rows)) == (3000, 2000)


# -- anything at all -----------------------------------------------------------------------------------------------------

CELLS = st.sampled_from(
    ["", "a", "=1", "1.png", "2.png", WALLET, "0x1", '"', '"a"', '"\n', "\n", "\r", "\0", "\ufffd", "7", "-1", "é", "name",
     "image", "wallet", "quantity", "token_id", "recipient_wallet", "x" * 40, "name", ",", ";", "\t", "sep=;"]
)  # fmt: skip
TABLES = st.lists(st.lists(CELLS, max_size=6).map(",".join), max_size=8).map("\n".join).map(str.encode)
HEADED = TABLES.map(lambda rows: f"{HEADER},quantity,token_id,x\n".encode() + rows)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")) | TABLES | HEADED)
def test_no_file_raises_and_every_mistake_has_its_place(data: bytes) -> None:
    found = read(data, limits=Limits(cell=30, rows=6, mistakes=8, columns=9))
    judge(found, rows=data.count(b"\n") + data.count(b"\r") + 1, text=data.decode("utf-8", "replace"))


def judge(found: Sheet, rows: int, text: str) -> None:
    for each in found.mistakes + found.warnings:
        assert 0 <= each.row <= rows
        assert each.column in {"", *Field} or each.column in text
        assert "{" not in each.message or "{" in text
        each.message.encode()
    assert found.mistakes or len(found.rows) == found.count
    assert {row.number for row in found.rows}.isdisjoint(each.row for each in found.mistakes)


# -- rows as JSON --------------------------------------------------------------------------------------------------------


def item(**changed: Any) -> dict[str, Any]:
    return {"name": "Fox", "image": "1.png", "wallet": WALLET} | changed


def test_rows_as_json() -> None:
    found = read_rows([item(Level=7, Size=2.0, Code="007", Sold=True, Nothing=None), item(name="Owl")], rules())
    assert found.mistakes == []
    attributes = (Attribute("Level", 7), Attribute("Size", 2), Attribute("Code", "007"), Attribute("Sold", "true"))
    assert [row.attributes for row in found.rows] == [attributes, ()]
    assert [row.number for row in found.rows] == [1, 2]


def test_a_text_of_json_stays_a_text() -> None:
    (row,) = read_rows([item(Level="7")], rules()).rows
    assert row.attributes == (Attribute("Level", "7"),)


def test_a_number_of_json_that_others_would_round_becomes_a_text() -> None:
    (row,) = read_rows([item(a=2**53, b=-(2**53), c=1e300, d=2**53 - 1)], rules()).rows
    assert [each.value for each in row.attributes] == ["9007199254740992", "-9007199254740992", "1e+300", 2**53 - 1]


def test_mistakes_of_json_are_named_by_row_and_member() -> None:
    bad = [item(name=""), 5, item(name="Owl", Level={"deep": 1}), item(name="Elk", Level=float("nan")), {"name": "Bee"}]
    found = read_rows(bad, rules())
    assert sentences(found.mistakes) == [
        "row 1, name: The name is missing.",
        "row 2: This is no object with a member for each column.",
        "row 3, Level: A value is a text, a number, true, false or null.",
        "row 4, Level: A value is a text, a number, true, false or null.",
        "row 5, image: The name of the picture is missing.",
        "row 5, wallet: The wallet is missing, and the collection has no default recipient.",
    ]


@pytest.mark.parametrize(
    ("given_rows", "says"),
    [
        ([], ["There are no rows."]),
        ([item(name="\ud800")], ["row 1, name: There is a letter in it that cannot be seen: U+D800."]),
        ([item(quantity=1.5)], ["row 1, quantity: '1.5' is no quantity: a whole number of 1 or more, without separators."]),
        ([item(quantity=True)], ["row 1, quantity: 'true' is no quantity: a whole number of 1 or more, without separators."]),
        ([item(token_id=10**5000)], ["row 1, token_id: A value is a text, a number, true, false or null."]),
        ([item(recipient=WALLET)], ["recipient: This column means the same as column C, 'wallet'."]),
    ],
)
def test_what_is_wrong_with_rows_of_json(given_rows: list[Any], says: list[str]) -> None:
    assert sentences(read_rows(given_rows, rules()).mistakes) == says


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | CELLS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(CELLS, inner, max_size=5),
    max_leaves=20,
)


@given(st.lists(JSON, max_size=8))
def test_no_json_raises(given_rows: list[Any]) -> None:
    found = read_rows(given_rows, rules(limits=Limits(cell=30, rows=6, mistakes=8, columns=9)))
    judge(found, rows=len(given_rows), text=" ".join(str(name) for row in given_rows if isinstance(row, dict) for name in row))


# -- columns -------------------------------------------------------------------------------------------------------------


def test_spellings_mean_what_they_say() -> None:
    assert {meaning(spelling) for spelling in SPELLINGS[Field.RECIPIENT]} == {Field.RECIPIENT}
    assert meaning("Recipient-Wallet") is Field.RECIPIENT
    assert [meaning(header) for header in ("", "names", "title", "colour")] == [None] * 4


def test_columns_are_lettered_as_in_a_spreadsheet() -> None:
    assert [letter(place) for place in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
