"""What a sheet becomes, and what is wrong with its rows."""

import pytest

from chain.calls import checksum
from mints.sheet.findings import Attribute, Kind, Row
from mints.sheet.rules import Limits
from tests.mints.sheets import COMPRESSED, HEADER, SOLANA_WALLET, WALLET, places, read, sentences, sheet


def test_a_row_becomes_an_item() -> None:
    found = sheet(f'Fox,"Red, and quick",1.png,{WALLET},red,7,', header=f"{HEADER},Colour,Level,Motto")
    assert (found.mistakes, found.warnings, found.count) == ([], [], 1)
    attributes = (Attribute("Colour", "red"), Attribute("Level", 7))
    assert found.rows == [Row(2, "Fox", "Red, and quick", "1.png", WALLET, attributes=attributes)]


def test_everything_wrong_with_a_row_is_said_at_once() -> None:
    found = sheet("=Fox,,2.png,0x12,many", header=f"{HEADER},quantity")
    assert places(found.mistakes) == [
        (2, "name", Kind.FORMULA),
        (2, "image_filename", Kind.PICTURE_UNKNOWN),
        (2, "recipient_wallet", Kind.WALLET_BAD),
        (2, "quantity", Kind.QUANTITY_BAD),
    ]
    assert found.rows == []


# -- rows and columns, as a person counts them -------------------------------------------------------------------------


def test_a_row_is_counted_as_the_spreadsheet_shows_it() -> None:
    """Line ends inside a cell begin no row, and blank rows are rows."""
    found = sheet(f'Fox,"two\nlines",1.png,{WALLET}', ",,,", "", f",,1.png,{WALLET}")
    assert places(found.mistakes) == [(5, "name", Kind.NAME_MISSING)]
    assert found.count == 2


def test_a_column_is_called_as_it_is_headed() -> None:
    found = read("NFT name;Picture;Wallet Address\nFox;1.png;0x12\n")
    assert places(found.mistakes) == [(2, "Wallet Address", Kind.WALLET_BAD)]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("name\timage\trecipient", f"Fox\t1.png\t{WALLET}"),
        ("Name;IMAGE;Recipient", f"Fox;1.png;{WALLET}"),
        ("nft-name,image_file,owner", f"Fox,1.png,{WALLET}"),
        ('"Item Name","File Name","Recipient  Wallet"', f'"Fox","1.png","{WALLET}"'),
        ("sep=|\nname|image|wallet", f"Fox|1.png|{WALLET}"),
        ("\n\nname,image,wallet", f"Fox,1.png,{WALLET}"),
        (" name , image , wallet ", f" Fox , 1.png , {WALLET} "),
        ("name,image,wallet,,", f"Fox,1.png,{WALLET},,,"),
    ],
)
def test_sheets_of_many_programs_read_alike(header: str, row: str) -> None:
    for end in ("\n", "\r\n", "\r"):
        found = read(f"{header}\n{row}\n".replace("\n", end))
        assert (sentences(found.mistakes), [row.name for row in found.rows]) == ([], ["Fox"]), repr(end)


def test_a_byte_order_mark_is_no_part_of_the_first_column() -> None:
    assert read(f"\ufeffname,image,wallet\nFox,1.png,{WALLET}\n").rows[0].name == "Fox"


# -- the header ----------------------------------------------------------------------------------------------------------


def test_missing_columns_are_named() -> None:
    found = sheet("red", header="Colour")
    missing = [(1, column, Kind.COLUMN_MISSING) for column in ("name", "image_filename", "recipient_wallet")]
    assert places(found.mistakes) == missing


def test_no_wallets_are_needed_where_there_is_a_default() -> None:
    found = sheet("Fox,1.png", header="name,image", default_recipient=WALLET)
    assert [row.recipient for row in found.rows] == [WALLET]
    assert found.mistakes == []


@pytest.mark.parametrize("twice", ["name,Name", "image,Picture", "Eye colour,eye COLOUR"])
def test_two_columns_of_one_meaning(twice: str) -> None:
    first, second = twice.split(",")
    found = sheet(header=f"shape,{twice}")
    assert (1, second, Kind.COLUMN_TWICE) in places(found.mistakes)
    assert any(f"column B, {first!r}" in sentence for sentence in sentences(found.mistakes))


def test_a_column_without_a_name_is_a_mistake_once_it_has_cells() -> None:
    found = sheet(f"Fox,,1.png,{WALLET},", f"Owl,,1.png,{WALLET},x", f"Elk,,1.png,{WALLET},y", header=f"{HEADER},")
    assert sentences(found.mistakes) == ["row 3: Column E has cells, and no name in the header."]


def test_a_header_is_checked_as_a_cell() -> None:
    """It is shown to people too: as the name of a trait."""
    found = sheet(header=f"{HEADER},=1+1,two\u202elines")
    assert places(found.mistakes)[:2] == [(1, "=1+1", Kind.FORMULA), (1, "two\u202elines", Kind.CONTROL)]


# -- cells ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-a", "@SUM(A1)", "\tx", "\rx", " =1", "\uff1d1", "--", "-1+1", '=HYPERLINK("http://x")']
)
def test_formulas_are_refused(cell: str) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    found = sheet(f"Fox,,1.png,{WALLET},{quoted}", header=f"{HEADER},Mood")
    assert places(found.mistakes) == [(2, "Mood", Kind.FORMULA)]


@pytest.mark.parametrize("cell", ["-1", "-0.5", "-1,5", "-", "1-1", "a=b", "a@b"])
def test_what_only_looks_like_a_formula_is_fine(cell: str) -> None:
    assert sheet(f'Fox,,1.png,{WALLET},"{cell}"', header=f"{HEADER},Mood").mistakes == []


@pytest.mark.parametrize("letter", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\u2028", "\uffff"])
def test_letters_that_cannot_be_seen_are_refused(letter: str) -> None:
    found = sheet(f"Fo{letter}x,,1.png,{WALLET}")
    assert sentences(found.mistakes) == [f"row 2, name: There is a letter in it that cannot be seen: U+{ord(letter):04X}."]


def test_only_a_description_has_lines() -> None:
    assert sheet(f'Fox,"a\r\nb\rc\n\td",1.png,{WALLET}').rows[0].description == "a\nb\nc\n\td"
    assert places(sheet(f'"Fo\nx",,1.png,{WALLET}').mistakes) == [(2, "name", Kind.CONTROL)]


def test_emoji_and_joined_letters_are_no_control_characters() -> None:
    assert sheet(f"👩‍🚀 Æsop नमस्ते,,1.png,{WALLET}").mistakes == []


def test_a_cell_has_a_limit() -> None:
    found = sheet(f"Fox,{'x' * 11},1.png,{WALLET}", f"Owl,{'x' * 10},1.png,{WALLET}", limits=Limits(cell=10))
    assert (2, "description", Kind.TOO_LONG) in places(found.mistakes)
    assert (3, "description", Kind.TOO_LONG) not in places(found.mistakes)


@pytest.mark.parametrize("row", ["Fox,,1.png", f"Fox,,1.png,{WALLET},more"])
def test_a_row_has_a_cell_for_each_column(row: str) -> None:
    """Nothing else is said of it: its cells may stand under the wrong heads."""
    assert places(sheet(row, f"Owl,,1.png,{WALLET}").mistakes) == [(2, "", Kind.CELLS)]


def test_a_letter_that_was_lost_is_a_warning() -> None:
    found = sheet(f"Caf\ufffd,,1.png,{WALLET}")
    assert places(found.warnings) == [(2, "name", Kind.LETTER_LOST)]
    assert len(found.rows) == 1


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("7", 7), ("0", 0), ("-3", -3), ("0.5", 0.5), ("9007199254740991", 2**53 - 1),
        ("007", "007"), ("1.50", "1.50"), ("1.0", "1.0"), ("1e3", "1e3"), ("1_000", "1_000"), ("-0", "-0"), ("٣", "٣"),
        (".5", ".5"),
        ("9007199254740993", "9007199254740993"), ("0.1234567890123456789", "0.1234567890123456789"), ("9" * 5000, "9" * 5000),
        ("true", "true"), ("NaN", "NaN"), ("Infinity", "Infinity"),
    ],
)  # fmt: skip
def test_numbers_are_numbers_where_all_readers_agree(cell: str, value: str | float) -> None:
    (row,) = sheet(f"Fox,,1.png,{WALLET},{cell}", header=f"{HEADER},Level").rows
    assert [(each.value, type(each.value)) for each in row.attributes] == [(value, type(value))]


# -- names ---------------------------------------------------------------------------------------------------------------


def test_the_name_is_needed_and_given_once() -> None:
    found = sheet(f" ,,1.png,{WALLET}", f"Fox,,1.png,{WALLET}", f"Fox,,1.png,{WALLET}", f"fox,,1.png,{WALLET}")
    assert sentences(found.mistakes) == ["row 2, name: The name is missing.", "row 4, name: Row 3 has this name already."]


def test_names_that_look_the_same_are_the_same() -> None:
    """The é of a Mac and that of Windows."""
    found = sheet(f"Caf\u00e9,,1.png,{WALLET}", f"Cafe\u0301,,1.png,{WALLET}")
    assert places(found.mistakes) == [(3, "name", Kind.NAME_TWICE)]


def test_a_compressed_name_has_32_bytes() -> None:
    rows = (f"{'é' * 16},,1.png,{SOLANA_WALLET}", f"{'é' * 16}x,,1.png,{SOLANA_WALLET}")
    found = sheet(*rows, **COMPRESSED)
    assert sentences(found.mistakes) == ["row 3, name: The name has 33 bytes, 32 are allowed."]


def test_a_name_elsewhere_may_be_longer() -> None:
    found = sheet(f"{'é' * 200},,1.png,{WALLET}", f"{'é' * 201},,1.png,{WALLET}")
    assert sentences(found.mistakes) == ["row 3, name: The name has 201 letters, 200 are allowed."]


# -- pictures ------------------------------------------------------------------------------------------------------------


def test_a_picture_must_be_there() -> None:
    found = sheet(f"Fox,,,{WALLET}", f"Owl,,2.png,{WALLET}", f"Elk,,images/1.png,{WALLET}", f"Bee,,1,{WALLET}")
    assert sentences(found.mistakes) == [
        "row 2, image_filename: The name of the picture is missing.",
        "row 3, image_filename: There is no picture '2.png' among the files.",
        "row 4, image_filename: There is no picture 'images/1.png' among the files; there is '1.png'.",
        "row 5, image_filename: There is no picture '1' among the files; there is '1.png'.",
    ]


def test_a_picture_is_found_in_whatever_case_and_form_it_is_written() -> None:
    found = sheet(f"Fox,,CAFE\u0301.PNG,{WALLET}", pictures=["caf\u00e9.png"])
    assert [row.image for row in found.rows] == ["caf\u00e9.png"]
    assert found.warnings == []


def test_a_picture_that_no_row_uses_is_a_warning() -> None:
    found = sheet(f"Fox,,1.png,{WALLET}", pictures=["3.png", "1.png", "2.png"])
    assert sentences(found.warnings) == ["No row uses the picture '2.png'.", "No row uses the picture '3.png'."]
    assert len(found.rows) == 1


# -- wallets -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wallet", [WALLET.swapcase(), WALLET[:-1] + "6", WALLET[:-1], SOLANA_WALLET, "vitalik.eth", "0x" + "0" * 40]
)
def test_wallets_of_an_evm_are_checked(wallet: str) -> None:
    found = sheet(f"Fox,,1.png,{wallet}")
    assert places(found.mistakes) == [(2, "recipient_wallet", Kind.WALLET_BAD)]


def test_a_wallet_is_given_back_in_its_one_form() -> None:
    assert sheet(f"Fox,,1.png,{WALLET.lower()}").rows[0].recipient == WALLET


@pytest.mark.parametrize("wallet", [WALLET, SOLANA_WALLET[:-2], SOLANA_WALLET + "1", SOLANA_WALLET.replace("B", "0"), "1" * 32])
def test_wallets_of_solana_are_checked(wallet: str) -> None:
    found = sheet(f"Fox,,1.png,{wallet}", f"Owl,,1.png,{SOLANA_WALLET}", **COMPRESSED)
    assert places(found.mistakes) == [(2, "recipient_wallet", Kind.WALLET_BAD)]


def test_a_missing_wallet_is_a_mistake_only_without_a_default() -> None:
    other = checksum(bytes(19) + b"\xff")
    assert places(sheet("Fox,,1.png,").mistakes) == [(2, "recipient_wallet", Kind.WALLET_MISSING)]
    found = sheet("Fox,,1.png,", f"Owl,,1.png,{other}", default_recipient=WALLET)
    assert [row.recipient for row in found.rows] == [WALLET, other]


def test_a_bad_wallet_never_becomes_the_default() -> None:
    found = sheet("Fox,,1.png,0x12", "Owl,,1.png,=1", default_recipient=WALLET)
    assert (len(found.mistakes), found.rows) == (2, [])


# -- quantities and token ids ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "1e3", "two", "01", "1 000", "٣", str(2**63)])
def test_a_quantity_is_a_positive_integer(quantity: str) -> None:
    found = sheet(f"Fox,,1.png,{WALLET},{quantity}", header=f"{HEADER},quantity", editions=True)
    assert places(found.mistakes) == [(2, "quantity", Kind.QUANTITY_BAD)]


def test_copies_are_for_standards_that_have_them() -> None:
    rows = (f"Fox,,1.png,{WALLET},", f"Owl,,1.png,{WALLET},1", f"Elk,,1.png,{WALLET},5")
    found = sheet(*rows, header=f"{HEADER},quantity", editions=True)
    assert [row.quantity for row in found.rows] == [1, 1, 5]
    assert places(sheet(*rows, header=f"{HEADER},copies").mistakes) == [(4, "copies", Kind.QUANTITY_ONE)]


@pytest.mark.parametrize("token_id", ["-1", "1.0", "0x10", "007", str(2**256), "9" * 5000])
def test_a_token_id_fits_256_bits(token_id: str) -> None:
    largest = 2**256 - 1
    found = sheet(f"Fox,,1.png,{WALLET},{token_id}", f"Owl,,1.png,{WALLET},{largest}", header=f"{HEADER},token_id")
    assert places(found.mistakes) == [(2, "token_id", Kind.TOKEN_ID_BAD)]
    assert [row.token_id for row in found.rows] == [largest]


def test_a_token_id_is_given_once() -> None:
    found = sheet(f"Fox,,1.png,{WALLET},7", f"Owl,,1.png,{WALLET},7", header=f"{HEADER},Token ID")
    assert sentences(found.mistakes) == ["row 3, Token ID: Row 2 has this token id already."]


def test_all_rows_have_a_token_id_or_none_has() -> None:
    """Else the metadata file of the row numbered 7 could be that of token 7."""
    found = sheet(f"Fox,,1.png,{WALLET},", f"Owl,,2.png,{WALLET},7", f"Elk,,1.png,{WALLET},", header=f"{HEADER},token_id")
    assert places(found.mistakes) == [
        (2, "token_id", Kind.TOKEN_ID_MISSING),
        (3, "image_filename", Kind.PICTURE_UNKNOWN),
        (4, "token_id", Kind.TOKEN_ID_MISSING),
    ]
    assert found.rows == []
    assert sheet(f"Fox,,1.png,{WALLET},", header=f"{HEADER},token_id").mistakes == []


def test_a_compressed_nft_is_numbered_by_its_tree() -> None:
    found = sheet(f"Fox,,1.png,{SOLANA_WALLET},x", header=f"{HEADER},token_id", **COMPRESSED)
    assert places(found.mistakes) == [(1, "token_id", Kind.TOKEN_IDS_UNWANTED)]
