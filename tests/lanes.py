"""Playing a lane by hand, step by step."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db.models.functions import Now

from chain import evidence
from chain.calls import Call
from chain.decisions import Landed
from chain.lane import Lane
from chain.models import Attempt, Transaction, Wallet
from chain.seat import Memo, Ready
from tests.factories import make_network, make_wallet
from tests.model_chain import GWEI, ModelChain

PAYEE = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"


def opened(wallet: Wallet, memo: Memo = lambda _: {}) -> Lane:
    lane = Lane.open(wallet.pk, memo)
    assert lane is not None
    return lane


def sign(lane: Lane, count: int = 1, *, to: str = PAYEE, data: bytes = b"") -> list[Ready]:
    """Commit transactions of 1 wei each, or a call; nothing is sent."""
    calls = [(Call(to, data, value=0 if data else 1), 100_000)] * count
    fees = lane.quote(lane.look())
    with lane.writing() as wallet:
        return lane.sign(wallet, calls, fees)


def pay(lane: Lane, count: int = 1, *, to: str = PAYEE, data: bytes = b"") -> list[Transaction]:
    """Sign and send."""
    ready = sign(lane, count, to=to, data=data)
    lane.send(ready)
    return [item.transaction for item in ready]


def observe(lane: Lane) -> list[Landed]:
    """Look at the chain, read receipts, and write the end of what is final."""
    snapshot = lane.look()
    landed = evidence.observe(lane, lane.transactions(), snapshot)
    with lane.writing():
        assert all(evidence.finish(end) for end in landed)
    return landed


def recover(lane: Lane) -> None:
    lane.recover(lane.transactions())


def replace(lane: Lane) -> None:
    snapshot = lane.look()
    lane.replace(lane.transactions(), snapshot)


def grow_old(transaction: Transaction, seconds: float = 3600) -> None:
    """As if all its attempts were signed and last sent so long ago."""
    then = Now() - timedelta(seconds=seconds)
    Attempt.objects.filter(transaction=transaction).update(created=then, last_sent_at=then)


def fees_of(transaction: Transaction) -> list[tuple[float, float]]:
    """(max fee, tip) of each attempt in gwei, oldest first."""
    return [(a.max_fee / GWEI, a.tip / GWEI) for a in transaction.attempts.order_by("pk")]


@contextmanager
def robbed_wallet(spent: int, **over: object) -> Iterator[Wallet]:
    """A quarantined wallet on a chain where so many nonces of it were spent for good elsewhere."""
    with ModelChain() as chain:
        network = make_network(rpc_urls=chain.url, chain_id=chain.chain_id, confirmations=1)
        wallet = make_wallet(network=network, chain_nonce=spent, status="quarantined", **over)
        for _ in range(spent):
            chain.steal_nonce(wallet.address)
        yield wallet
