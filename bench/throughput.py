"""How fast a backlog of one wallet reaches the chain, and what it costs there and here."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from django.db import connection

from bench.rows import Row, Run, measure
from chain.calls import Call, Signature
from chain.evm.endpoint import Endpoint
from chain.models import Transaction
from chain.strategies import multicall
from claims.models import Reward
from orders.queue import queues
from orders.states import Status
from orders.worker.runner import drain
from tests.factories import an_address
from tests.faults.ground import BLOCK_GAS, Ground, ground

BLOCK_SECONDS = 2
BATCH = 250
IN_FLIGHT = 512
SETTINGS = {"block_seconds": BLOCK_SECONDS, "block_gas": BLOCK_GAS, "wallets": 1}


@dataclass(frozen=True, slots=True)
class Block:
    """A block with our transactions in it: `time` in seconds since the epoch, the share of its gas that was used."""

    time: int
    fill: float


@measure("claims_per_second", "block_fill", "gas_per_claim_ratio")
def claims(run: Run) -> Iterator[Row]:
    """A backlog of claims that appears in one commit, until its last block."""
    number = run.size(2_000, 10_000)
    with ground(run.logs, block_time=BLOCK_SECONDS) as it:
        reward = it.badge(batch_size=BATCH)
        it.cluster()
        it.order_claims(reward, number)
        began = time.time()
        it.prove(number / 10)
        blocks, gas = _blocks(it), _gas_used() / number
        settings = {**SETTINGS, "batch_size": BATCH, "strategy": reward.strategy, "in_flight": 16}
        yield Row("claims_per_second", number / (blocks[-1].time - began), "claims/s", ">=280", number, settings)
        full = [block.fill for block in blocks[1:-1]]  # the first begins in the middle, the last has only the rest
        yield Row("block_fill", fmean(full), "of block gas", ">=0.95", len(full), settings)
        marginal = _marginal_gas(it, reward)
        gases = {"gas": round(gas), "marginal": round(marginal)}
        yield Row("gas_per_claim_ratio", gas / marginal, "", "<=1.05", number, settings | gases)


@measure("withdrawals_per_second")
def withdrawals(run: Run) -> Iterator[Row]:
    """A backlog of ERC-20 payments, a transaction each, until its last block."""
    number = run.size(600, 3_000)
    with ground(run.logs, block_time=BLOCK_SECONDS) as it:
        pool = it.token_pool(it.wallet(max_in_flight=IN_FLIGHT))
        it.cluster()
        it.order_withdrawals(pool, number)
        began = time.time()
        it.prove(number / 5)
        rate = number / (_blocks(it)[-1].time - began)
        yield Row("withdrawals_per_second", rate, "withdrawals/s", ">=150", number, {**SETTINGS, "in_flight": IN_FLIGHT})


@measure("rpc_calls_per_claim", "statements_per_claim")
def calls_and_statements(run: Run) -> Iterator[Row]:
    """What a backlog costs the node and the database, counted in a lane that this process works itself."""
    number = 2_000
    with ground(run.logs, block_time=BLOCK_SECONDS) as it:
        reward = it.badge(batch_size=BATCH)
        it.order_claims(reward, number)
        counted = _count_drain(reward)
        assert it.orders(Status.COMPLETED).count() == number
    settings = {**SETTINGS, "batch_size": BATCH, "http_requests": counted.requests}
    yield Row("rpc_calls_per_claim", counted.calls / number, "JSON-RPC calls", "<=0.2", number, settings)
    yield Row("statements_per_claim", counted.statements / number, "statements", "<=0.5", number, settings)


@dataclass(slots=True)
class Counted:
    requests: int = 0
    calls: int = 0
    statements: int = 0


def _count_drain(reward: Reward) -> Counted:
    assert reward.wallet is not None
    counted, post = Counted(), Endpoint.post

    def counting_post(endpoint: Endpoint, payload: object) -> Any:
        counted.requests += 1
        counted.calls += len(payload) if isinstance(payload, list) else 1
        return post(endpoint, payload)

    def counting_execute(execute: Any, sql: str, *rest: Any) -> Any:
        counted.statements += 1
        return execute(sql, *rest)

    Endpoint.post = counting_post  # type: ignore[method-assign, assignment]
    try:
        with connection.execute_wrapper(counting_execute):
            for _ in drain(reward.wallet, list(map(_kind, queues().values()))):
                pass
    finally:
        Endpoint.post = post  # type: ignore[method-assign]
    return counted


def _kind(queue: Any) -> Any:
    return queue.kind


def _blocks(it: Ground) -> list[Block]:
    """All from the first with a transaction of ours to the last."""
    numbers = [number for number in Transaction.objects.values_list("block_number", flat=True) if number is not None]
    found = (it.chain.request("eth_getBlockByNumber", hex(number), False) for number in range(min(numbers), max(numbers) + 1))
    return [Block(int(block["timestamp"], 16), int(block["gasUsed"], 16) / int(block["gasLimit"], 16)) for block in found]


def _gas_used() -> int:
    return sum(gas or 0 for gas in Transaction.objects.values_list("gas_used", flat=True))


def _marginal_gas(it: Ground, reward: Reward) -> float:
    """What one more claim in a multicall costs the contract itself, without us."""
    small, large = (_multicall_gas(it, reward, number) for number in (100, 200))
    return (large - small) / 100


def _multicall_gas(it: Ground, reward: Reward, number: int) -> int:
    """Gas of a multicall that the node signs for the minter, whose lane has nothing left to do."""
    assert reward.wallet is not None
    claim = Signature.parse(reward.function)
    call: Call = multicall(reward.contract, [Call(reward.contract, claim.encode([an_address(), 1])) for _ in range(number)])
    fields = {"from": reward.wallet.address, "to": call.to, "data": "0x" + call.data.hex(), "gas": hex(15_000_000)}
    tx_hash = it.chain.request("eth_sendTransaction", fields)
    it.chain.request("evm_mine")
    return int(it.chain.request("eth_getTransactionReceipt", tx_hash)["gasUsed"], 16)
