"""Two small collections from POST to the links of their tokens: on a real chain, and on a cluster of Solana."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from chain.calls import checksummed
from chain.models import Wallet
from chain.solana.wanted import Program
from demo import leaves, minted
from mints.models import Press, Standard
from tests.api.conftest import make_caller
from tests.contracts.deployed import Deployed
from tests.flow.conftest import World
from tests.flow.minting import Client, links_open, play
from tests.mints.offered import make_press, pictures, rows
from tests.orders.solana.conftest import Drop
from tests.orders.solana.rows import somebody

Work = Callable[[Wallet], None]
ITEMS = 12


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path) -> Iterator[None]:
    with override_settings(UPLOADS_DIR=tmp_path / "uploads"):
        yield


def a_gallery(world: World) -> tuple[Press, Deployed]:
    wallet = world.wallet()
    gallery = world.put("Gallery721", "Gallery", "GAL", ".json", world.me, wallet.address)
    press = make_press(wallet=wallet, contract=checksummed(gallery.address), base_uri_function="setBaseURI(string)")
    press.full_clean()
    return press, gallery


def test_a_gallery_from_its_sheet_to_tokens_whose_links_open(world: World, work: Work) -> None:
    press, gallery = a_gallery(world)
    client, lines, files = Client(make_caller()), rows(ITEMS), pictures(ITEMS)
    collection = client.send(press, lines, files)
    play(client, collection, lambda: work(press.wallet))
    assert links_open(client, collection, lines, files)
    assert [gallery.call("tokenURI", n) for n in range(ITEMS)] == [item["uri"] for item in client.items(collection)]
    assert list(minted.differences(collection, leaves.no_cluster)) == []


@pytest.mark.parametrize("drop", [Program.MINT_TO_COLLECTION_V1, Program.MINT_V2_TO_CORE], indirect=True)
def test_compressed_nfts_from_their_sheet_to_leaves_whose_links_open(drop: Drop) -> None:
    program = drop.collection.program
    press = make_press(
        wallet=drop.wallet, standard=Standard.COMPRESSED, program=program, contract="", function="", arguments=[]
    )
    press.full_clean()
    client, files = Client(make_caller()), pictures(ITEMS)
    lines = [{**row, "wallet": somebody()} for row in rows(ITEMS)]
    collection = client.send(press, lines, files)
    play(client, collection, lambda: turns(drop))
    assert links_open(client, collection, lines, files)
    ask = drop.cluster.request
    assert [*minted.differences(collection, ask), *minted.strangers(drop.wallet, ask)] == []
    assert sorted(item["leaf_index"] for item in client.items(collection)) == list(range(ITEMS))


def turns(drop: Drop) -> None:
    """First what the collection needs, then its items."""
    for _ in range(3):
        drop.finish()
