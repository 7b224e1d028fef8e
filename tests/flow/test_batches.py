"""Twenty orders, three of them bad: found in one extra request, or in as few as the node allows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from chain.models import Network, Transaction, Wallet
from claims.models import Claim
from orders.models import Order
from orders.states import Reason, Status
from tests.contracts.deployed import Deployed
from tests.factories import make_claim
from tests.flow.conftest import World
from tests.flow.relay import Relay

Work = Callable[[Wallet], None]


@contextmanager
def behind(world: World, **lacks: bool) -> Iterator[Relay]:
    """The world's network speaks to a poorer node."""
    with Relay(world.chain, **lacks) as relay:
        Network.objects.update(rpc_urls=relay.url)
        world.network.refresh_from_db()
        yield relay


def twenty(world: World) -> tuple[list[Claim], Deployed]:
    """Claims of which the contract refuses the fourth to the sixth."""
    reward, badge = world.badge()
    claims = [make_claim(reward) for _ in range(20)]
    for claim in claims[3:6]:
        badge.send("refuse", claim.recipient, True)
    return claims, badge


def assert_seventeen_are_minted(claims: list[Claim]) -> None:
    assert Transaction.objects.count() == 1
    assert Order.objects.filter(status=Status.COMPLETED).count() == 17
    failed = Order.objects.filter(status=Status.FAILED, reason=Reason.SIMULATION_REVERTED)
    assert {o.fail_reason for o in failed} == {f"RecipientRefused(recipient={c.recipient})" for c in claims[3:6]}


@pytest.mark.fault(34)
def test_one_extra_request_sets_the_bad_ones_aside(world: World, work: Work) -> None:
    with behind(world) as relay:
        claims, _ = twenty(world)
        work(claims[0].order.wallet)
    assert relay.asked("eth_simulateV1") == [["eth_simulateV1", "eth_estimateGas"]]
    assert not relay.asked("eth_call")
    assert_seventeen_are_minted(claims)


def test_without_simulations_it_takes_two(world: World, work: Work) -> None:
    with behind(world, simulates=False) as relay:
        claims, _ = twenty(world)
        Network.objects.update(simulation="override")
        world.network.refresh_from_db()
        work(Wallet.objects.get())
    asked = [*relay.asked("eth_call"), *(post for post in relay.asked("eth_estimateGas") if "eth_call" not in post)]
    assert asked == [["eth_call", "eth_estimateGas"], ["eth_estimateGas"]]
    assert_seventeen_are_minted(claims)


@pytest.mark.fault(34)
@pytest.mark.parametrize(
    ("lacks", "learned"),
    [
        ({}, "simulate_v1"),
        ({"simulates": False}, "override"),
        ({"simulates": False, "overrides": False}, "singles"),
    ],
)
def test_whatever_a_node_lacks_seventeen_are_minted_and_the_way_is_remembered(
    world: World, work: Work, lacks: dict[str, bool], learned: str
) -> None:
    with behind(world, **lacks):
        claims, _ = twenty(world)
        work(claims[0].order.wallet)
    assert_seventeen_are_minted(claims)
    assert Network.objects.get().simulation == learned


def test_a_node_with_neither_is_asked_once_more_call_by_call(world: World, work: Work) -> None:
    with behind(world, simulates=False, overrides=False) as relay:
        claims, _ = twenty(world)
        Network.objects.update(simulation="singles")
        work(Wallet.objects.get())
    (post,) = relay.asked("eth_call")
    assert (post.count("eth_call"), post.count("eth_estimateGas")) == (20, 21)
    assert_seventeen_are_minted(claims)


@pytest.mark.parametrize("lacks", [{}, {"simulates": False}, {"simulates": False, "overrides": False}])
def test_single_claims_are_sifted_the_same_way(world: World, work: Work, lacks: dict[str, bool]) -> None:
    with behind(world, **lacks):
        reward, badge = world.badge(strategy="single")
        good, bad = make_claim(reward), make_claim(reward)
        badge.send("refuse", bad.recipient, True)
        work(good.order.wallet)
    assert dict(Order.objects.values_list("pk", "status")) == {good.pk: Status.COMPLETED, bad.pk: Status.FAILED}
