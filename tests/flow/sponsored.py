"""A minter without any coin, the wallet that sponsors it, and a badge that trusts their forwarder."""

from dataclasses import dataclass
from typing import Any

from chain.calls import checksummed
from chain.models import Wallet
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
