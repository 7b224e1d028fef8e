"""A minter without coin whose sponsor is killed, runs dry, and comes too late: what it signed is minted once, and once only."""

import time
from collections import Counter

from chain import cross_check
from chain.calls import checksummed
from chain.models import Transaction, Wallet
from chain.requests import ForwardRequest
from chain.states import RequestOutcome, Waiting
from claims.models import Claim, Reward
from contracts import artifact
from orders.models import Event
from orders.states import Reason, Status
from tests.contracts.deployed import deploy
from tests.factories import make_reward
from tests.faults.ground import Ground, expect, sent, until
from tests.faults.registry import Stage, scenario

ETHER = 10**18
BATCH = 10
SPELL = 4.0  # seconds; within them a batch is signed, sent and mined


@scenario(6, 7, 8, 33, 59, 60)
def sponsored(stage: Stage) -> str:
    """Claims that a minter without coin signs: kill -9 at random moments, an empty sponsor, and blocks after the deadline."""
    with stage.ground() as it:
        reward = _reward(it)
        killed = sum(_killed(it, reward, stage.rng.uniform(0, SPELL)) for _ in range(stage.times(2, 8)))
        it.cluster()
        it.prove()
        _runs_dry(it, reward)
        expired = _comes_too_late(it, reward)
        _each_once(it, reward)
        return f"{Claim.objects.count()} claims, each minted once; {killed} kills; {expired} requests too late and signed anew"


def _reward(it: Ground) -> Reward:
    """Its minter has never had any coin."""
    forwarder = deploy(it.chain.request, "Forwarder", "Claimdesk")
    it.network.forwarder = checksummed(forwarder.address)
    it.network.save()
    sponsor = it.wallet()
    minter = it.wallet(sponsor=sponsor)
    it.chain.request("anvil_setBalance", minter.address, "0x0")
    arguments = ("Badge", "BDG", it.chain.request("eth_accounts")[0], minter.address, forwarder.address)
    badge = deploy(it.chain.request, "SponsoredBadge", *arguments)
    return make_reward(wallet=minter, contract=checksummed(badge.address), batch_size=BATCH)


def _killed(it: Ground, reward: Reward, after: float) -> int:
    cluster = it.cluster()
    it.order_claims(reward, 3 * BATCH)
    time.sleep(after)
    it.kill(cluster)
    return 1


def _runs_dry(it: Ground, reward: Reward) -> None:
    _sponsor_has(it, reward, 0)
    orders = it.order_claims(reward, BATCH)
    until(lambda: _sponsor(reward).waiting == Waiting.FUNDS, 30, lambda: f"the sponsor says that it is short ({it.tally()})")
    expect(not Event.objects.filter(order__in=orders, to_status=Status.FAILED).exists(), "nobody is blamed for that")
    _sponsor_has(it, reward, 100 * ETHER)
    it.prove()


def _comes_too_late(it: Ground, reward: Reward) -> int:
    """No block for longer than what was signed lives; how many requests were signed anew."""
    it.chain.request("evm_setIntervalMining", 0)
    orders = it.order_claims(reward, BATCH)
    until(lambda: sent(orders), 30, lambda: f"a batch is in the pool ({it.tally()})")
    it.chain.request("evm_increaseTime", it.network.forward_seconds + 60)
    it.chain.request("evm_setIntervalMining", 1)
    it.prove()
    anew = Event.objects.filter(order__in=orders, reason=Reason.REQUEST_EXPIRED).count()
    expect(anew == BATCH, f"each of them was signed anew, not {anew}")
    expired = ForwardRequest.objects.filter(order__in=[order.pk for order in orders], outcome=RequestOutcome.EXPIRED)
    expect(expired.count() == BATCH, f"their first requests are dead: {expired.count()}")
    return anew


def _each_once(it: Ground, reward: Reward) -> None:
    """By the contract's events, read by web3."""
    minted = cross_check.events(it.chain.url, reward.contract, artifact("SponsoredBadge").abi, "Transfer")
    given = Counter(values["to"] for _, values in minted)
    wanted = Counter(Claim.objects.values_list("recipient", flat=True))
    expect(given == wanted, f"each was given one: {(given - wanted) or (wanted - given)}")
    minter = reward.wallet
    expect(minter is not None and not Transaction.objects.filter(wallet=minter).exists(), "the minter has sent nothing")


def _sponsor(reward: Reward) -> Wallet:
    return Wallet.objects.get(pk=reward.sender.pk)


def _sponsor_has(it: Ground, reward: Reward, wei: int) -> None:
    it.chain.request("anvil_setBalance", reward.sender.address, hex(wei))
