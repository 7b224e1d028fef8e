"""How many orders REST takes in, each on disk before it is answered."""

from collections.abc import Iterator

from bench.rows import Row, Run, measure
from bench.web import CLIENTS, Web, serve
from claims.models import Reward
from orders.states import Status
from tests.factories import an_address
from tests.faults.ground import expect, ground, until

SETTINGS = {"clients": CLIENTS, "web_processes": 2, "threads": 4, "synchronous_commit": "on"}
BULK = 1_000
MOST = 20_000  # requests made ready beforehand; more than ten seconds can take
WARM_UP = 2.0  # seconds


@measure("posts_per_second_idle")
def posts_idle(run: Run) -> Iterator[Row]:
    """Single orders while no lane works."""
    with ground(run.logs) as it:
        reward = it.badge()
        web = serve(it.processes)
        web.post_for(WARM_UP, _singles(web, reward, 500))
        before = it.orders().count()
        posted = web.post_for(run.size(3, 10), _singles(web, reward, MOST))
        expect(it.orders().count() == before + posted.requests, "every order is stored")
    yield Row("posts_per_second_idle", posted.rate, "orders/s", ">=1400", posted.requests, SETTINGS)


@measure("posts_per_second_draining")
def posts_draining(run: Run) -> Iterator[Row]:
    """Single orders while a lane drains a backlog."""
    with ground(run.logs, block_time=2) as it:
        reward = it.badge(batch_size=250)
        web = serve(it.processes)
        it.cluster()
        requests = _singles(web, reward, MOST)
        it.order_claims(reward, 10_000)
        until(it.orders(Status.BUSY).exists, 30, it.tally)
        posted = web.post_for(run.size(3, 10), requests)
        expect(it.orders(Status.PENDING).exists(), "the backlog outlasts the measurement")
    yield Row("posts_per_second_draining", posted.rate, "orders/s", ">=350", posted.requests, SETTINGS)


@measure("bulk_orders_per_second")
def bulk(run: Run) -> Iterator[Row]:
    """Orders by the thousand."""
    with ground(run.logs) as it:
        reward = it.badge()
        web = serve(it.processes)
        warm = web.post_for(WARM_UP, [_thousand(web, reward) for _ in range(CLIENTS)])
        posted = web.post_for(run.size(5, 15), [_thousand(web, reward) for _ in range(200)])
        stored = it.orders().count()
        expect(stored == (warm.requests + posted.requests) * BULK, f"every order is stored, not {stored}")
    settings = {**SETTINGS, "orders_per_request": BULK}
    yield Row("bulk_orders_per_second", posted.rate * BULK, "orders/s", ">=10000", posted.requests * BULK, settings)


def _singles(web: Web, reward: Reward, number: int) -> list[bytes]:
    return [web.request(f"rewards/{reward.pk}/claim", {"recipient": an_address()}) for _ in range(number)]


def _thousand(web: Web, reward: Reward) -> bytes:
    orders = [{"kind": "claim", "reward": str(reward.pk), "recipient": an_address()} for _ in range(BULK)]
    return web.request("orders/bulk", {"orders": orders})
