"""The demo's parts that can be tried without playing all of it; `make demo ONCE=1` plays it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from chain.models import Network, Transaction, Wallet
from chain.nodes import node_for
from chain.requests import ForwardRequest
from claims.models import Reward
from demo import check, orders, stage, stakers, world
from demo.deployer import Deployer
from demo.ground import OccupiedError, claim
from local.anvil import Anvil
from orders.models import ApiKey, Order
from orders.states import Status
from stakes.models import StakingContract
from tests.commands.conftest import Ran
from tests.demo.conftest import a_world
from tests.factories import an_address, make_claim, make_stake
from withdrawals.models import Pool

Run = Callable[..., Ran]


@pytest.fixture
def built(chain: Anvil, transactional_db: None, settings: Settings) -> Iterator[world.World]:
    with a_world(chain, settings) as made:
        yield made


def test_the_world_is_built_once(built: world.World, chain: Anvil) -> None:
    again = world.build(chain.url, chain.chain_id)
    assert (again.badge721.contract, again.asset_pool.contract) == (built.badge721.contract, built.asset_pool.contract)
    assert (again.staking.contract, again.gallery.contract) == (built.staking.contract, built.gallery.contract)
    assert [model.objects.count() for model in (Network, Wallet, Reward, Pool, StakingContract)] == [1, 8, 3, 2, 1]


def test_a_new_key_revokes_the_one_before(built: world.World) -> None:
    keys = {world.new_key(built.client) for _ in range(2)}
    assert len(keys) == 2
    assert ApiKey.objects.filter(client=built.client, revoked_at=None).count() == 1


def test_there_are_710_orders_of_which_17_must_fail(built: world.World) -> None:
    everything = [*orders.claims(built), *orders.sponsored(built), *orders.withdrawals(built), *orders.stakes(built, "run")]
    assert (len(everything), sum(1 for each in everything if each.fails_with)) == (710, 17)


def test_stakes_end_as_they_must(built: world.World, run: Run) -> None:
    for number, stake in enumerate(stakers.signed(built.staking, "run", 10)):
        done = make_stake(built.staking, owner=stake.owner, target=stake.target, amount=stake.amount,
                          signature_id=stake.signature_id, signature=stake.signature)  # fmt: skip
        assert done.order.status == Status.PENDING, number
    run("process_stakes")
    failed = Order.objects.filter(status=Status.FAILED).values_list("fail_reason", flat=True)
    assert list(failed) == [stakers.REFUSED_WITH]
    assert Order.objects.filter(status=Status.COMPLETED).count() == 9
    assert check.differences(built, []) == []


def test_what_was_done_agrees_with_the_chain(built: world.World, run: Run) -> None:
    make_claim(built.badge721, quantity=2)
    make_claim(built.badge1155, token_id=11)
    run("process_claims")
    assert check.differences(built, []) == []


def test_what_a_minter_without_coin_signed_agrees_with_the_chain(built: world.World, run: Run) -> None:
    claims = [make_claim(built.sponsored) for _ in range(3)]
    run("process_claims")
    assert check.differences(built, []) == []
    assert ForwardRequest.objects.filter(order__in=[claim.pk for claim in claims], outcome="executed").count() == 3


def test_a_badge_that_no_order_asked_for_is_found(built: world.World) -> None:
    assert built.badge721.wallet is not None
    minter = Deployer(node_for(built.network), built.badge721.wallet.address)
    minter.call(built.badge721.contract, "claim(address,uint256)", an_address(), 1)
    assert any("no order accounts for" in difference for difference in check.differences(built, []))


def test_a_nonce_that_is_not_ours_is_found(built: world.World, chain: Anvil) -> None:
    wallet = Wallet.objects.get(name="paymaster")
    chain.request("eth_sendTransaction", {"from": wallet.address, "to": wallet.address})
    assert check.differences(built, []) == ["Wallet paymaster has spent 1 nonces, and 0 of its transactions are final."]
    assert not Transaction.objects.exists()


def test_an_order_that_ended_otherwise_is_found(built: world.World) -> None:
    pending = make_claim(built.badge721)
    sent = orders.Sent(pending.pk, orders.Wanted("rewards/x/claim", {}))
    (difference,) = check.differences(built, [sent])
    assert "is pending" in difference


def test_no_child_inherits_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (
        "MNEMONIC",
        "MNEMONIC_FILE",
        "PROCESSOR_MNEMONIC",
        "PROCESSOR_MNEMONIC_FILE",
        "KEYSTORE_DIR",
        "KEYSTORE_PASSWORD_FILE",
    ):
        monkeypatch.setenv(name, "secret")
    assert "secret" not in stage.environment(tmp_path).values()


def test_only_one_demo_runs_at_a_time(tmp_path: Path) -> None:
    first = claim(tmp_path / "demo")
    with pytest.raises(OccupiedError):
        claim(tmp_path / "demo")
    first.close()


@pytest.mark.django_db
def test_seeding_needs_a_chain(run: Run, settings: Settings) -> None:
    settings.CHAIN_RPC_URL = []
    ran = run("seed_demo")
    assert (ran.code, ran.err.count("\n")) == (2, 1)


def test_seeding_tells_key_and_password(chain: Anvil, transactional_db: None, run: Run) -> None:
    ran = run("seed_demo", "--rpc-url", chain.url)
    assert ran.code == 0
    assert ran.out.startswith("API key of client demo-shop: cd_")
