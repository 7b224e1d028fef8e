"""Waking the lanes: a NOTIFY that PostgreSQL delivers when, and only if, the surrounding transaction commits."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from orders.models import Order

CHANNEL = "claimdesk_orders"  # the payload is the wallet's id


def notify(wallets: Iterable[UUID]) -> None:
    """There is new work for these wallets. Losing this costs seconds: the pulse looks by itself."""
    with connection.cursor() as cursor:
        for wallet in set(wallets):
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, str(wallet)])


def wake(order: Order) -> None:
    notify([order.wallet_id])
