"""How long one order takes to reach the chain on an idle system."""

import time
from collections.abc import Iterator

from bench.rows import Row, Run, measure, percentile
from bench.web import post, serve
from chain.models import Wallet
from claims.models import Reward
from tests.factories import an_address
from tests.faults.ground import Ground, ground, until

BLOCK_SECONDS = 2
WARM_UP = 3


@measure("post_to_mempool_p50", "post_to_mempool_p95")
def post_to_mempool(run: Run) -> Iterator[Row]:
    """From the first byte of a POST until the node's pool counts its transaction. Nothing else is on its way."""
    number = run.size(10, 30)
    with ground(run.logs, block_time=BLOCK_SECONDS, confirmations=1) as it:
        samples = _samples(it, WARM_UP + number)[WARM_UP:]
    settings = {"block_seconds": BLOCK_SECONDS, "lane": "warm", "path": "POST /api/v1/rewards/ID/claim"}
    yield Row("post_to_mempool_p50", percentile(samples, 50), "ms", "<=17", number, settings)
    yield Row("post_to_mempool_p95", percentile(samples, 95), "ms", "<=60", number, settings)


def _samples(it: Ground, number: int) -> list[float]:
    reward = it.badge()
    it.cluster()
    web = serve(it.processes)
    samples = []
    with web.connection() as connected:
        for _ in range(number):
            until(it.is_quiet, 30, it.tally)
            request = web.request(f"rewards/{reward.pk}/claim", {"recipient": an_address()})
            before = _pending(it, reward)
            began = time.perf_counter()
            post(connected, request)
            until(lambda before=before: _pending(it, reward) > before, 30, it.tally)  # type: ignore[misc]
            samples.append((time.perf_counter() - began) * 1000)
    return samples


def _pending(it: Ground, reward: Reward) -> int:
    """The wallet's next nonce, its transactions in the pool counted."""
    assert isinstance(reward.wallet, Wallet)
    return int(it.chain.request("eth_getTransactionCount", reward.wallet.address, "pending"), 16)
