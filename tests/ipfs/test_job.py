"""A whole mint job with a real IPFS node as its uploader: what its tokens link to is read through the node's own gateway."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from chain.calls import checksummed
from chain.models import Wallet
from mints.uploaders.kinds import Kind
from tests.api.conftest import make_caller
from tests.flow.conftest import World, work, world
from tests.flow.minting import Client, play
from tests.ipfs.node import Node
from tests.mints.offered import make_press, pictures, rows

__all__ = ["work", "world"]

ITEMS = 12


@pytest.fixture
def through_the_node(node: Node, tmp_path: Path) -> Iterator[Node]:
    ipfs = replace(settings.IPFS, kind=Kind.KUBO, api=node.api, store=tmp_path / "store", token="")
    with override_settings(IPFS=ipfs, UPLOADS_DIR=tmp_path / "uploads"):
        yield node


def test_a_collections_links_are_read_through_the_node(
    world: World, work: Callable[[Wallet], None], through_the_node: Node
) -> None:
    minter = world.wallet()
    gallery = world.put("Gallery721", "Gallery", "GAL", ".json", world.me, minter.address)
    press = make_press(wallet=minter, contract=checksummed(gallery.address), base_uri_function="setBaseURI(string)")
    client, lines, files = Client(make_caller()), rows(ITEMS), pictures(ITEMS)
    collection = client.send(press, lines, files)
    play(client, collection, lambda: work(minter))
    read = [json.loads(through_the_node.read(_path(gallery.call("tokenURI", number)))) for number in range(ITEMS)]
    assert [each["name"] for each in read] == [line["name"] for line in lines]
    assert [through_the_node.read(_path(each["image"])) for each in read] == [files[line["image"]] for line in lines]
    assert client.caller.get(f"/collections/{collection.pk}").json()["metadata_cid"] == _path(gallery.call("baseURI"))[:-1]
    assert not collection.jobs.get().errors  # which would say that the node calls a folder otherwise than we do


def _path(uri: str) -> str:
    return uri.removeprefix("ipfs://")
