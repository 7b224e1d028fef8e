"""What items and collections say of themselves, held against what Metaplex, OpenSea and the ERCs have published."""

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.calls import AddressError
from mints.metadata import About, Creator, Image, of_collection, of_item
from mints.models import Collection, FileNames, Item, Standard
from mints.sheet.findings import Attribute
from mints.terms import about, rules_of
from tests.mints.sheets import SOLANA_WALLET, WALLET

CID = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"
IMAGE = Image(CID, "1.png", "image/png")
PLAIN = About(name="Foxes")
WHOLE = About(
    name="Foxes",
    symbol="FOX",
    description="All of them",
    external_url="https://example.com",
    royalty=500,
    creators=(Creator(WALLET, 60), Creator(SOLANA_WALLET, 40)),
)

URI = {"type": "string", "pattern": "^ipfs://[A-Za-z0-9]+/[A-Za-z0-9._~%-]+$"}
# developers.metaplex.com: Token Metadata, "The Non-Fungible Standard"
METAPLEX: dict[str, Any] = {
    "type": "object",
    "required": ["name", "symbol", "description", "image", "attributes", "properties"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "symbol": {"type": "string", "maxLength": 10},
        "description": {"type": "string"},
        "seller_fee_basis_points": {"type": "integer", "minimum": 0, "maximum": 10_000},
        "image": URI,
        "external_url": {"type": "string", "format": "uri"},
        "attributes": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["trait_type", "value"],
                "additionalProperties": False,
                "properties": {"trait_type": {"type": "string", "minLength": 1}, "value": {"type": ["string", "number"]}},
            },
        },
        "properties": {
            "type": "object",
            "required": ["files", "category"],
            "additionalProperties": False,
            "properties": {
                "category": {"enum": ["image", "video", "audio", "vr", "html"]},
                "files": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["uri", "type"],
                        "additionalProperties": False,
                        "properties": {"uri": URI, "type": {"type": "string", "pattern": "^image/"}},
                    },
                },
                "creators": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["address", "share"],
                        "properties": {
                            "address": {"type": "string"},
                            "share": {"type": "integer", "minimum": 0, "maximum": 100},
                        },
                    },
                },
            },
        },
    },
}
# docs.opensea.io, "Metadata Standards": the members that it reads
OPENSEA: dict[str, Any] = {
    "type": "object",
    "required": ["name", "description", "image"],
    "properties": {
        "name": {"type": "string"},
        "description": {"type": "string"},
        "image": URI,
        "external_url": {"type": "string", "format": "uri"},
        "attributes": METAPLEX["properties"]["attributes"],
    },
}
# ERC-7572: what a contract says of itself
CONTRACT: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "symbol": {"type": "string"},
        "description": {"type": "string"},
        "image": URI,
        "external_link": {"type": "string", "format": "uri"},
        "seller_fee_basis_points": {"type": "integer"},
        "fee_recipient": {"type": "string"},
    },
}


def item(about: About = PLAIN, image: Image = IMAGE, attributes: tuple[Attribute, ...] = ()) -> Any:
    return json.loads(of_item(about, name="Fox", description="Red", image=image, attributes=attributes))


LETTERS = st.characters(exclude_categories=["Cs", "Cc"])


@given(
    about=st.sampled_from([PLAIN, WHOLE]),
    name=st.text(LETTERS, min_size=1),
    description=st.text(LETTERS),
    file=st.text(LETTERS, min_size=1).filter(lambda name: "/" not in name),
    attributes=st.lists(st.builds(Attribute, st.text(LETTERS, min_size=1), st.text() | st.integers() | st.floats(-1e9, 1e9))),
)
def test_an_item_keeps_to_both_conventions(
    about: About, name: str, description: str, file: str, attributes: list[Attribute]
) -> None:
    made = of_item(about, name=name, description=description, image=Image(CID, file, "image/png"), attributes=attributes)
    for schema in (METAPLEX, OPENSEA):
        jsonschema_rs.validate(schema, json.loads(made), validate_formats=True)


@pytest.mark.parametrize(("about", "image"), [(PLAIN, None), (WHOLE, IMAGE), (PLAIN, IMAGE)])
def test_a_collection_keeps_to_the_erc(about: About, image: Image | None) -> None:
    jsonschema_rs.validate(CONTRACT, json.loads(of_collection(about, image)), validate_formats=True)


def test_an_item_with_everything() -> None:
    assert item(WHOLE, attributes=(Attribute("Colour", "red"), Attribute("Level", 7))) == {
        "name": "Fox",
        "symbol": "FOX",
        "description": "Red",
        "image": f"ipfs://{CID}/1.png",
        "external_url": "https://example.com",
        "attributes": [{"trait_type": "Colour", "value": "red"}, {"trait_type": "Level", "value": 7}],
        "properties": {
            "category": "image",
            "files": [{"uri": f"ipfs://{CID}/1.png", "type": "image/png"}],
            "creators": [{"address": WALLET, "share": 60}, {"address": SOLANA_WALLET, "share": 40}],
        },
        "seller_fee_basis_points": 500,
    }


def test_what_is_not_known_is_not_said() -> None:
    assert set(item()) == {"name", "symbol", "description", "image", "attributes", "properties"}
    assert set(item()["properties"]) == {"category", "files"}


def test_an_item_without_a_description_has_its_collections() -> None:
    assert json.loads(of_item(WHOLE, name="Fox", description="", image=IMAGE, attributes=()))["description"] == "All of them"


def test_the_bytes_are_always_the_same() -> None:
    """They are what the CID is made of: a change here gives every collection that is prepared again other links."""
    made = of_item(PLAIN, name="Füchse", description="", image=IMAGE, attributes=[Attribute("b", 0.5), Attribute("a", "x")])
    assert made.decode() == (
        '{"attributes":[{"trait_type":"b","value":0.5},{"trait_type":"a","value":"x"}],"description":"",'
        f'"image":"ipfs://{CID}/1.png","name":"Füchse","properties":{{"category":"image","files":'
        f'[{{"type":"image/png","uri":"ipfs://{CID}/1.png"}}]}},"symbol":""}}'
    )


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("My Fox #1?.png", "My%20Fox%20%231%3F.png"),
        ("100%.png", "100%25.png"),
        ("é.png", "%C3%A9.png"),
        ("a-b_c.1~.png", "a-b_c.1~.png"),
    ],
)
def test_a_link_leads_to_names_of_all_kinds(name: str, written: str) -> None:
    assert item(image=Image(CID, name, "image/png"))["image"] == f"ipfs://{CID}/{written}"


def test_a_fee_goes_to_the_one_creator() -> None:
    alone = About(name="Foxes", royalty=250, creators=(Creator(WALLET, 100),))
    assert json.loads(of_collection(alone, None))["fee_recipient"] == WALLET
    assert "fee_recipient" not in json.loads(of_collection(WHOLE, None))


# -- of a collection as it is stored -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "token_id", "file"),
    [
        (FileNames.NUMBER_JSON, None, "4.json"),
        (FileNames.NUMBER_JSON, 0, "0.json"),
        (FileNames.NUMBER, 7, "7"),
        # EIP-1155's own example
        (FileNames.HEX_JSON, 314592, "000000000000000000000000000000000000000000000000000000000004cce0.json"),
        (FileNames.HEX_JSON, 2**256 - 1, f"{'f' * 64}.json"),
    ],
)
def test_the_name_of_an_items_file(names: FileNames, token_id: int | None, file: str) -> None:
    assert Item(collection=Collection(file_names=names), number=4, token_id=token_id).file == file


def test_the_rules_of_each_standard() -> None:
    found = {each: rules_of(Collection(standard=each, default_recipient="x"), ["1.png"]) for each in Standard}
    assert [rules.editions for rules in found.values()] == [False, True, False]
    assert [rules.compressed for rules in found.values()] == [False, False, True]
    assert [rules.default_recipient for rules in found.values()] == ["x"] * 3
    for standard, rules in found.items():
        ours, theirs = (SOLANA_WALLET, WALLET) if standard == Standard.COMPRESSED else (WALLET, SOLANA_WALLET)
        assert rules.address(ours) == ours
        with pytest.raises(AddressError):
            rules.address(theirs)


def test_what_a_stored_collection_says_of_itself() -> None:
    stored = Collection(
        name="Foxes", symbol="FOX", description="All of them", external_url="https://example.com", royalty=500,
        creators=[{"address": WALLET, "share": 60}, {"address": SOLANA_WALLET, "share": 40}],
    )  # fmt: skip
    assert about(stored) == WHOLE
