"""Claims that a minter without coin signs and its sponsor sends."""

from collections.abc import Callable

from chain.models import ForwardRequest, Transaction, Wallet
from chain.states import RequestOutcome
from orders.states import Status
from tests.factories import make_claim
from tests.flow.by_hand import minted, statuses
from tests.flow.conftest import World
from tests.flow.sponsored import sponsored

COMPLETED = (Status.COMPLETED, "")


def test_a_hundred_claims_of_a_minter_without_coin(world: World, work: Callable[[Wallet], None]) -> None:
    it = sponsored(world, batch_size=50)
    claims = [make_claim(it.reward) for _ in range(100)]
    work(it.sponsor)
    assert set(statuses(*claims)) == {COMPLETED}
    assert minted(it.badge, *claims) == [1] * 100
    assert set(ForwardRequest.objects.values_list("outcome", flat=True)) == {RequestOutcome.EXECUTED}
    assert (Transaction.objects.count(), it.forwarder.call("nonces", it.minter.address)) == (2, 100)
    assert int(world.chain.request("eth_getTransactionCount", it.minter.address, "latest"), 16) == 0
