"""Orders that somebody outside may have paid: held until a person has looked at each, or at all."""

from chain.seat import Seat
from orders.models import Order
from orders.moves import Move, move
from orders.states import Reason, Status

CHUNK = 1000
WHY = "Nonces of its wallet were spent elsewhere, which may have paid it. A person must look before it is sent."


def hold_doubtful(lane: Seat) -> None:
    """Hold every order that waited while the wallet's key was used elsewhere. The lane signs nothing before this is through."""
    before = lane.wallet.doubt_before
    doubtful = Order.objects.filter(wallet=lane.wallet, status=Status.PENDING, created__lt=before).order_by("pk")
    more = True
    while more:
        with lane.writing() as wallet:
            orders = list(doubtful.values_list("pk", flat=True)[:CHUNK])
            move([Move(pk, Status.PENDING, Status.HELD, Reason.REVIEW, note=WHY) for pk in orders], actor="lane")
            more = bool(orders)
            if not more:
                wallet.doubt_before = None
                wallet.save(update_fields=["doubt_before"])
    lane.wallet.doubt_before = None
