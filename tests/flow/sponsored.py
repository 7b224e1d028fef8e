"""A minter without any coin, the wallet that sponsors it, and a badge that trusts their forwarder."""

import time
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.transaction import atomic

from chain.calls import checksummed
from chain.forwarder import EXECUTE_BATCH
from chain.models import Transaction, Wallet
from chain.requests import ForwardRequest
from claims.models import Reward
from tests.contracts.deployed import Deployed
from tests.factories import make_reward
from tests.flow.conftest import World

SPONSOR, MINTER = 2, 3  # anvil's accounts


@dataclass(frozen=True, slots=True)
class Sponsored:
    reward: Reward
    badge: Deployed
    forwarder: Deployed
    sponsor: Wallet
    minter: Wallet


def sponsored(world: World, **over: Any) -> Sponsored:
    """The reward is claimed one by one in requests, `batch_size` of them in a transaction."""
    forwarder = world.put("Forwarder", "Claimdesk")
    world.network.forwarder = checksummed(forwarder.address)
    world.network.save()
    sponsor = world.wallet(SPONSOR)
    minter = world.wallet(MINTER, sponsor=sponsor)
    world.chain.request("anvil_setBalance", minter.address, "0x0")
    arguments = ("Badge", "BDG", world.me, minter.address, forwarder.address)
    badge = world.put("SponsoredBadge", *arguments)
    values = {"contract": checksummed(badge.address), "errors": "RecipientRefused(address recipient)", **over}
    reward = make_reward(wallet=minter, **values)
    return Sponsored(reward, badge, forwarder, sponsor, minter)


def expire(world: World) -> None:
    """The next block comes after the deadline of whatever was signed until now. The chain's clock may be far ahead of ours."""
    head = int(world.chain.request("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    latest = max([head, int(time.time()), *ForwardRequest.objects.values_list("deadline", flat=True)])
    world.chain.request("evm_setNextBlockTimestamp", latest + world.network.forward_seconds + 60)


def steal(it: Sponsored, place: int = 0) -> str:
    """Somebody who has seen our transaction in the pool has one of its requests executed first; the hash of theirs."""
    data = bytes(Transaction.objects.latest("nonce").data)
    requests, _ = EXECUTE_BATCH.decode(data)
    call = {
        "from": it.badge.sender,
        "to": it.forwarder.address,
        "data": "0x" + it.forwarder.data("execute", requests[place]).hex(),
    }
    fees = {"maxFeePerGas": hex(10**12), "maxPriorityFeePerGas": hex(10**10), "gas": hex(300_000)}
    return str(it.badge.request("eth_sendTransaction", call | fees))


def ends() -> list[str]:
    """What became of each request, oldest first."""
    return list(ForwardRequest.objects.order_by("pk").values_list("outcome", flat=True))


def forget(*, requests_only: bool = False) -> None:
    """As in a database of before anything was signed; the orders are there, and pending again."""
    tables = ["chain_forwardrequest", "chain_attempt", "orders_event", "chain_transaction"]
    with atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # past the guards, as a restore is
        for table in tables[:1] if requests_only else tables:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - names of ours
        if not requests_only:
            cursor.execute("UPDATE orders_order SET status = 'pending', transaction_id = NULL, reason = '', revision = 0")
            cursor.execute("UPDATE chain_wallet SET next_nonce = 0, first_nonce = 0")
