"""The galleries on a real chain: tokens named by the minter, and where their metadata is."""

from collections.abc import Callable

import pytest

from tests.contracts.deployed import Deployed, person

ZERO = "0x" + "00" * 20
ANN, BOB = person(1), person(2)

Put = Callable[..., Deployed]


@pytest.fixture
def gallery(put: Put, me: str) -> Deployed:
    return put("Gallery721", "Gallery", "GAL", ".json", me, me)


@pytest.fixture
def many(put: Put, me: str) -> Deployed:
    return put("Gallery1155", me, me)


def test_the_minter_names_the_token(gallery: Deployed) -> None:
    assert gallery.events(gallery.send("safeMint", ANN, 7), "Transfer") == [(ZERO, ANN, 7)]
    assert gallery.revert("safeMint", BOB, 7) == gallery.error("ERC721InvalidSender", ZERO)


def test_an_array_and_a_multicall_mint_each_in_turn(gallery: Deployed) -> None:
    receipt = gallery.send("safeMintBatch", [ANN, BOB], [2, 1])
    assert gallery.events(receipt, "Transfer") == [(ZERO, ANN, 2), (ZERO, BOB, 1)]
    receipt = gallery.send("multicall", [gallery.data("safeMint", ANN, 4), gallery.data("safeMint", BOB, 3)])
    assert gallery.events(receipt, "Transfer") == [(ZERO, ANN, 4), (ZERO, BOB, 3)]
    assert gallery.revert("safeMintBatch", [ANN], [1, 2]) == gallery.error("LengthMismatch")


def test_a_recipient_with_code_must_accept_it(gallery: Deployed) -> None:
    assert gallery.revert("safeMint", gallery.address, 1) == gallery.error("ERC721InvalidReceiver", gallery.address)


@pytest.mark.parametrize("suffix", ["", ".json"])
def test_a_tokens_metadata_is_in_the_folder(put: Put, me: str, suffix: str) -> None:
    gallery = put("Gallery721", "Gallery", "GAL", suffix, me, me)
    gallery.send("safeMint", ANN, 12)
    gallery.send("setBaseURI", "ipfs://folder/")
    assert gallery.call("tokenURI", 12) == f"ipfs://folder/12{suffix}"


@pytest.mark.parametrize("function", ["safeMint", "setBaseURI"])
def test_only_the_minter_may(put: Put, function: str) -> None:
    gallery = put("Gallery721", "Gallery", "GAL", "", ANN, BOB)
    arguments = (ANN, 1) if function == "safeMint" else ("ipfs://elsewhere/",)
    refusal = gallery.error("AccessControlUnauthorizedAccount", gallery.sender, gallery.call("MINTER_ROLE"))
    assert gallery.revert(function, *arguments) == refusal


def test_of_an_erc1155_gallery_there_may_be_many_of_one_token(many: Deployed) -> None:
    assert many.events(many.send("mint", ANN, 7, 3, b""), "TransferSingle") == [(many.sender, ZERO, ANN, 7, 3)]
    receipt = many.send("airdrop", [ANN, BOB], [7, 8], [1, 2])
    assert many.events(receipt, "TransferSingle") == [(many.sender, ZERO, ANN, 7, 1), (many.sender, ZERO, BOB, 8, 2)]
    assert many.revert("airdrop", [ANN], [1], [1, 2]) == many.error("LengthMismatch")
    many.send("setURI", "ipfs://folder/{id}.json")
    assert many.call("uri", 7) == "ipfs://folder/{id}.json"
