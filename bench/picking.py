"""Whether picking the next batch stays as quick with a long queue as with a short one."""

import time
from collections.abc import Iterator
from statistics import median

from django.db import connection

from bench.rows import Row, Run, measure
from chain.models import Wallet
from claims.models import Reward
from orders.plan import pick
from orders.states import Kind
from tests.faults.ground import Ground, ground

BATCH = 250
LOOKS = 41

# Orders and claims as intake would store them, a microsecond apart. A round trip an order would take an hour.
_ORDERS = """
INSERT INTO orders_order (id, kind, external_id, request_hash, wallet_id, "group", status, reason, fail_reason, tries, held_by,
                          revision, created)
SELECT gen_random_uuid(), 'claim', '', '', %s, %s, 'pending', '', '', 0, '', 0, now() + i * interval '1 microsecond'
FROM generate_series(1, %s) AS i
"""
_CLAIMS = """
INSERT INTO claims_claim (order_id, reward_id, recipient, quantity)
SELECT id, %s, '0x5FbDB2315678afecb367f032d93F642f64180aa3', 1 FROM orders_order
"""


@measure("pick_ratio")
def pick_ratio(run: Run) -> Iterator[Row]:
    """The time of a pick from a long queue over that from a short one."""
    long = run.size(100_000, 1_000_000)
    with ground(run.logs / "short") as it:
        short_time = _pick_time(it, 1_000)
    with ground(run.logs / "long") as it:
        long_time = _pick_time(it, long)
    settings = {"short": 1_000, "long": long, "batch_size": BATCH, "ms": [round(short_time, 2), round(long_time, 2)]}
    yield Row("pick_ratio", long_time / short_time, "", "<=1.5", LOOKS, settings)


def _pick_time(it: Ground, pending: int) -> float:
    """Milliseconds, the median of several looks."""
    reward = it.badge(batch_size=BATCH)
    assert reward.wallet is not None
    _insert(reward, pending)
    return median(_one_pick(reward.wallet) for _ in range(LOOKS))


def _insert(reward: Reward, pending: int) -> None:
    assert reward.wallet is not None
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(_ORDERS, [reward.wallet.pk, reward.pk, pending])
        cursor.execute(_CLAIMS, [reward.pk])
        cursor.execute("ANALYZE orders_order, claims_claim")
        cursor.execute("RESET statement_timeout")


def _one_pick(wallet: Wallet) -> float:
    began = time.perf_counter()
    picked = pick(wallet, 16, [Kind.CLAIM], set())
    assert picked is not None
    assert len(picked[1]) == BATCH
    return (time.perf_counter() - began) * 1000
