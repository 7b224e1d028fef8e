"""Rows of collections on an EVM network: plain functions, keyword overrides."""

import secrets
from typing import Any

from django.db.transaction import atomic

from mints.models import Asset, Collection, Item, Standard
from orders.groundwork import Groundwork, Work
from orders.models import Order
from orders.states import Kind
from tests.factories import CONTRACT, an_address, make_wallet

FOLDER = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"  # any; nothing is fetched
MINTS_ONE: dict[str, Any] = {"function": "safeMint(address,uint256)", "arguments": ["{recipient}", "{token_id}"]}
REFUSES = "RecipientRefused(address recipient)"


def make_collection(**over: Any) -> Collection:
    """One whose metadata is stored, minted by `safeMint` through the contract's own multicall unless told otherwise."""
    wallet = over.pop("wallet", None) or make_wallet()
    values: dict[str, Any] = {
        "name": f"collection {secrets.token_hex(3)}", "contract": CONTRACT, "standard": Standard.ERC721,
        "errors": REFUSES, "metadata_cid": FOLDER, **MINTS_ONE,
    }  # fmt: skip
    return Collection.objects.create(wallet=wallet, **{**values, **over})


def make_item(collection: Collection, **over: Any) -> Item:
    """A pending item whose token id is its number; `order_…` keywords go to its order."""
    names = [name for name in over if name.startswith("order_")]
    of_order = {name.removeprefix("order_"): over.pop(name) for name in names}
    number = over.pop("number", collection.items.count())
    values = {"name": f"#{number}", "recipient": an_address(), "token_id": number, "image": a_picture(collection)}
    with atomic():
        order = Order.objects.create(kind=Kind.ITEM, wallet=collection.wallet, group=collection.pk, **of_order)
        return Item.objects.create(order=order, collection=collection, number=number, **{**values, **over})


def a_picture(collection: Collection) -> Asset:
    return collection.assets.first() or Asset.objects.create(
        collection=collection, name="1.png", media_type="image/png", size=1, sha256="00" * 32
    )


def plan_base_uri(collection: Collection) -> Groundwork:
    """As the mint stage plans it."""
    function = collection.base_uri_function or "setBaseURI(string)"
    spec = {"to": collection.contract, "function": function, "uri": collection.base_uri}
    return Groundwork.objects.create(group=collection.pk, work=Work.BASE_URI, wallet=collection.wallet, spec=spec)
