"""Collections with pictures on the disk, and jobs on them, for tests."""

import io
import secrets
from typing import Any

from django.db.transaction import atomic
from PIL import Image

from chain.models import Wallet
from mints import driving, jobs
from mints.files import keep
from mints.models import Asset, Collection, Item, MintJob
from orders.minting import Standard
from orders.models import Order
from orders.states import Kind, Reason, Status
from tests.factories import CONTRACT, an_address, make_wallet


def a_picture(number: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (number % 256, number // 256 % 256, 7)).save(out, "PNG")
    return out.getvalue()


def a_collection(count: int = 3, *, wallet: Wallet | None = None, **over: Any) -> Collection:
    """On an EVM network unless told otherwise, with its pictures on the disk and its items held until its metadata stands."""
    values: dict[str, Any] = {
        "name": f"badges {secrets.token_hex(3)}", "symbol": "BDG", "standard": Standard.ERC721, "contract": CONTRACT,
        "arguments": ["{recipient}", "{token_id}"], **over,
    }  # fmt: skip
    collection = Collection.objects.create(wallet=wallet or make_wallet(), **values)
    for number in range(count):
        an_item(collection, number)
    return collection


def an_item(collection: Collection, number: int) -> Item:
    name, data = f"{number}.png", a_picture(number)
    keep(collection.pk, name, [data])
    asset = Asset.objects.create(collection=collection, name=name, media_type="image/png", size=len(data), sha256="0" * 64)
    with atomic():
        order = Order.objects.create(
            kind=Kind.ITEM, wallet=collection.wallet, group=collection.pk, status=Status.HELD, reason=Reason.NOT_RELEASED
        )
        return Item.objects.create(
            order=order, collection=collection, number=number, name=f"Badge #{number}", recipient=an_address(), image=asset,
            token_id=number, attributes=[{"trait_type": "level", "value": number}],
        )  # fmt: skip


def a_job(collection: Collection) -> MintJob:
    return jobs.start(collection, client=None, actor="staff:ana", key=None, request_hash="")


def carry_on(job: MintJob) -> MintJob:
    """Let no pause keep it, and carry it on until it waits again."""
    MintJob.objects.filter(pk=job.pk).update(next_at=None)
    driving.run(str(job.pk))
    job.refresh_from_db()
    return job
