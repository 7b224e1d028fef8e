"""How items become calls or leaves, and how a receipt's events settle them: without a chain."""

from typing import Any
from uuid import uuid4

import pytest

from chain.models import Network, Wallet
from chain.solana.wanted import Creator, Leaf, Program
from mints.models import Collection, Item, Standard
from mints.processor import NoMetadata, NotOnSolana, batch, leaf, owed, questions, read, size, source
from orders.minting import OWNED721, OWNED1155
from orders.states import Reason, Status
from tests.claims.test_processor import minted, minted1155
from tests.factories import CONTRACT, an_address
from tests.mints.evm import FOLDER, MINTS_ONE

ARRAYS = {"strategy": "batch", "function": "mint(address[],uint256[])"}
OWNER = "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM"


def collection(**over: Any) -> Collection:
    wallet = Wallet(network=Network())
    values = {"contract": CONTRACT, "standard": Standard.ERC721, "wallet": wallet, "metadata_cid": FOLDER, **MINTS_ONE}
    return Collection(**{**values, **over})


def compressed(**over: Any) -> Collection:
    values = {"standard": Standard.COMPRESSED, "contract": "", "program": Program.MINT_V1, "symbol": "FARM", "royalty": 250}
    return collection(**{**values, "creators": [{"address": OWNER, "share": 100}], **over})


def item(of: Collection | None = None, **over: Any) -> Item:
    return Item(**{"order_id": uuid4(), "collection": of or collection(), "recipient": an_address(), "number": 7, **over})


# -- calls ----------------------------------------------------------------------------------------------------------------


def test_every_placeholder_has_a_value() -> None:
    arguments = ["{recipient}", "{quantity}", "{token_id}", "{uri}", "{order_id}"]
    of = collection(function="f(address,uint256,uint256,string,uint256)", arguments=arguments, standard=Standard.ERC1155)
    one = item(of, quantity=3, token_id=5)
    (call,) = batch([one]).calls
    assert of.signature.decode(call.data) == (one.recipient, 3, 5, f"ipfs://{FOLDER}/5.json", one.pk.int)


def test_an_array_call_may_name_the_uri_too() -> None:
    of = collection(**ARRAYS | {"function": "mint(address[],string[])"}, arguments=[{"each": "{recipient}"}, {"each": "{uri}"}])
    of.clean()
    items = [item(of, number=n) for n in range(2)]
    made = batch(items)
    assert made.combine is not None
    _, uris = of.signature.decode(made.combine([0, 1]).data)
    assert list(uris) == [each.uri for each in items]


def test_nothing_is_minted_whose_metadata_nobody_can_read() -> None:
    with pytest.raises(NoMetadata):
        batch([item(collection(metadata_cid=""), token_id=1)])
    with pytest.raises(NoMetadata):
        leaf(item(compressed(metadata_cid="")))


def test_a_batch_is_as_large_as_the_collection_says() -> None:
    assert [size(item(collection(batch_size=7))), size(item(collection(strategy="single")))] == [7, 1]


# -- events ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("token", "status"), [(5, Status.COMPLETED), (6, Status.HELD)])
def test_the_token_that_was_asked_for_must_be_the_one_minted(token: int, status: Status) -> None:
    one = item(token_id=5)
    (verdict,) = read([one], [minted(one.recipient, token)])
    assert (verdict.to, verdict.facts.get("token_ids", [])) == (status, [5] if token == 5 else [])
    assert verdict.to == Status.COMPLETED or "no event mints 1 of token 5" in verdict.note


def test_two_items_of_one_recipient_have_a_token_each_whatever_the_order_of_the_events() -> None:
    one = item(token_id=1)
    two = item(one.collection, token_id=2, recipient=one.recipient)
    verdicts = read([one, two], [minted(one.recipient, 2), minted(one.recipient, 1)])
    assert [verdict.facts["token_ids"] for verdict in verdicts] == [[1], [2]]


def test_an_item_of_an_erc1155_collection_may_be_many_of_one_token() -> None:
    one = item(collection(standard=Standard.ERC1155), token_id=7, quantity=3)
    assert read([one], [minted1155(one.recipient, 7, 3)])[0].to == Status.COMPLETED
    assert read([one], [minted1155(one.recipient, 7, 2)])[0].reason == Reason.REVIEW


def test_what_is_owed_is_the_token_asked_for_or_the_one_that_was_minted() -> None:
    assert [owed(item(token_id=5)).token_ids, owed(item()).token_ids] == [(5,), None]
    assert owed(item(token_id=5, token_ids=[6])).token_ids == (6,)


def test_the_contract_is_asked_how_many_the_recipient_owns() -> None:
    one = item(token_id=5)
    badge = item(collection(standard=Standard.ERC1155), token_id=5)
    assert [question.call.data for question in questions(one)] == [OWNED721.encode([one.recipient])]
    assert [question.call.data for question in questions(badge)] == [OWNED1155.encode([badge.recipient, 5])]


# -- compressed NFTs ------------------------------------------------------------------------------------------------------


def test_an_item_on_solana_becomes_a_leaf() -> None:
    one = item(compressed(), name="Farm Badge #7", recipient=OWNER)
    uri = f"ipfs://{FOLDER}/7.json"
    assert leaf(one) == Leaf(Program.MINT_V1, OWNER, "Farm Badge #7", "FARM", uri, 250, (Creator(OWNER, 100),))


def test_a_compressed_collection_has_no_calls_and_no_events() -> None:
    one = item(compressed(), recipient=OWNER)
    with pytest.raises(NotOnSolana):
        batch([one])
    assert (source(one.collection).contract, source(one.collection).topics, questions(one)) == ("", (), [])
    assert (owed(one).recipient, owed(one).amount) == (OWNER, 1)
