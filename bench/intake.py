"""How many orders REST takes in, each on disk before it is answered."""

from collections.abc import Iterator

from bench.rows import Row, Run, measure
from bench.web import CLIENTS, Web, serve
from claims.models import Reward
from orders.states import Status
from tests.factories import an_address
from tests.faults.ground import Ground, expect, ground

SETTINGS = {"clients": CLIENTS, "web_processes": 2, "threads": 4, "synchronous_commit": "on"}
BULK = 1_000


@measure("posts_per_second_idle")
def posts_idle(run: Run) -> Iterator[Row]:
    """Single orders while no lane works."""
    number = run.size(1_000, 10_000)
    with ground(run.logs) as it:
        reward = it.badge()
        web = serve(it.processes)
        web.post_all(_singles(web, reward, 200))
        rate = web.post_all(_singles(web, reward, number))
        expect(it.orders().count() == number + 200, "every order is stored")
    yield Row("posts_per_second_idle", rate, "orders/s", ">=1400", number, SETTINGS)


@measure("posts_per_second_draining")
def posts_draining(run: Run) -> Iterator[Row]:
    """Single orders while a lane drains a backlog."""
    number = run.size(500, 3_000)
    with ground(run.logs, block_time=2) as it:
        reward = it.badge(batch_size=250)
        web = serve(it.processes)
        it.cluster()
        requests = _singles(web, reward, number)
        it.order_claims(reward, 10_000)
        rate = web.post_all(requests)
        expect(it.orders(Status.PENDING).exists(), "the backlog outlasts the measurement")
    yield Row("posts_per_second_draining", rate, "orders/s", ">=350", number, SETTINGS)


@measure("bulk_orders_per_second")
def bulk(run: Run) -> Iterator[Row]:
    """Orders by the thousand."""
    number = run.size(10, 40)
    with ground(run.logs) as it:
        reward = it.badge()
        web = serve(it.processes)
        web.post_all([_thousand(web, reward) for _ in range(4)])
        rate = web.post_all([_thousand(web, reward) for _ in range(number)]) * BULK
        _all_stored(it, (number + 4) * BULK)
    yield Row("bulk_orders_per_second", rate, "orders/s", ">=10000", number * BULK, {**SETTINGS, "orders_per_request": BULK})


def _singles(web: Web, reward: Reward, number: int) -> list[bytes]:
    return [web.request(f"rewards/{reward.pk}/claim", {"recipient": an_address()}) for _ in range(number)]


def _thousand(web: Web, reward: Reward) -> bytes:
    orders = [{"kind": "claim", "reward": str(reward.pk), "recipient": an_address()} for _ in range(BULK)]
    return web.request("orders/bulk", {"orders": orders})


def _all_stored(it: Ground, number: int) -> None:
    expect(it.orders().count() == number, f"{number} orders are stored, not {it.orders().count()}")
