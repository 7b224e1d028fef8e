"""Rows of compressed collections."""

import secrets
from typing import Any

from django.db.transaction import atomic

from chain.models import Wallet
from chain.solana.keys import new_keypair
from chain.solana.wanted import Program
from mints.models import Asset, Collection, Item, Standard
from orders.groundwork import Groundwork, Work
from orders.models import Order
from orders.states import Kind

FOLDER = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
_FILED = {Program.MINT_TO_COLLECTION_V1: Work.METADATA_COLLECTION, Program.MINT_V2_TO_CORE: Work.CORE_COLLECTION}


def somebody() -> str:
    """An address of Solana that nobody has the key of."""
    return str(new_keypair().pubkey())


def make_compressed(wallet: Wallet, program: Program = Program.MINT_V2, **over: Any) -> Collection:
    values: dict[str, Any] = {
        "name": f"farm {secrets.token_hex(3)}",
        "symbol": "FARM",
        "standard": Standard.COMPRESSED,
        "metadata_cid": FOLDER,
    }
    return Collection.objects.create(wallet=wallet, program=program, **{**values, **over})


def plan_ground(collection: Collection, *, depth: int = 5, buffer: int = 8) -> None:
    program = Program(collection.program)
    if (filed := _FILED.get(program)) is not None:
        spec = {"name": collection.name, "symbol": collection.symbol, "uri": f"ipfs://{FOLDER}/collection.json"}
        Groundwork.objects.create(group=collection.pk, work=filed, wallet=collection.wallet, spec=spec)
    spec_ = {"version": program.version, "depth": depth, "buffer": buffer, "canopy": 0}
    Groundwork.objects.create(group=collection.pk, work=Work.TREE, wallet=collection.wallet, spec=spec_)


def make_item(collection: Collection, number: int, **over: Any) -> Item:
    """A pending item."""
    asset, _ = Asset.objects.get_or_create(collection=collection, name="a.png", defaults={"media_type": "image/png", "size": 1})
    with atomic():
        order = Order.objects.create(kind=Kind.ITEM, wallet=collection.wallet, group=collection.pk)
        values = {"name": f"Badge #{number}", "recipient": somebody(), "image": asset, **over}
        return Item.objects.create(order=order, collection=collection, number=number, **values)
