"""Minting: the items are released to their wallet's lane, which does the rest; the stage waits until each has ended."""

from collections.abc import Sequence
from uuid import UUID

from django.db.transaction import atomic

from chain import crash
from chain.solana.trees import NoTree
from mints.groundplan import plan
from mints.models import Collection
from mints.progress import tally
from mints.stages.work import Work
from mints.uploaders.base import NeedsPerson
from orders.models import Order
from orders.moves import Move, move
from orders.notify import notify
from orders.states import Reason, Status

CHUNK = 1000  # items released in one commit
LOOK_EVERY = 5.0  # seconds


def mint(work: Work) -> float | None:
    """Seconds until it should be looked at again; None once every item has ended. Raises NeedsPerson, Stopped."""
    collection = work.job.collection
    try:
        with atomic():
            plan(collection)
            crash.point("planning")
    except NoTree as error:
        raise NeedsPerson(str(error)) from error
    crash.point("planned")
    while waiting := _unreleased(collection):
        work.tell(tally(collection).settled, collection.items.count(), "Minting")
        _release(collection, waiting)
    counts = tally(collection)
    work.tell(counts.settled, counts.total, counts.sentence)
    return None if counts.settled == counts.total else LOOK_EVERY


def _unreleased(collection: Collection) -> list[UUID]:
    held = Order.objects.filter(group=collection.pk, status=Status.HELD, reason=Reason.NOT_RELEASED)
    return list(held.order_by("created", "id").values_list("pk", flat=True)[:CHUNK])


def _release(collection: Collection, orders: Sequence[UUID]) -> None:
    with atomic():
        note = "Its metadata is stored."
        move([Move(pk, Status.HELD, Status.PENDING, Reason.RELEASED, note=note) for pk in orders], actor="job")
        notify([collection.wallet_id])
        crash.point("releasing")
    crash.point("released")
