"""Waking the lanes: a NOTIFY once the surrounding transaction has committed.

Not inside it: PostgreSQL then holds a lock over all notifying transactions until each is on disk, which halves durable intake.
A process that dies in between costs seconds: the pulse looks by itself.
"""

from collections.abc import Iterable
from functools import partial
from uuid import UUID

from django.db import connection
from django.db.transaction import on_commit

from chain import crash
from orders.models import Order

CHANNEL = "claimdesk_orders"  # the payload is the wallet's id


def notify(wallets: Iterable[UUID]) -> None:
    """There is new work for these wallets."""
    on_commit(partial(call, *sorted({str(wallet) for wallet in wallets})))


def wake(order: Order) -> None:
    notify([order.wallet_id])


def call(*wallets: str) -> None:
    """Now. Anything but a wallet's id is for the pulse alone."""
    crash.point("before_wake")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, wallet) FROM unnest(%s::text[]) AS wallet", [CHANNEL, list(wallets)])
