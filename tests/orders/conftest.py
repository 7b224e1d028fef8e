"""Orders on a model chain: a badge to claim, a pool of native coin to withdraw from, and turns of their lane."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import pytest
from django.test import override_settings

from chain import crash, nodes, signing
from chain.lane import Lane
from chain.models import Network, Wallet
from claims.models import Reward
from orders.memory import rows_of
from orders.queue import queues
from orders.turn import Turn, take_turn
from tests.chain.window import Window
from tests.factories import ANVIL_MNEMONIC, CONTRACT, make_network, make_pool, make_reward, make_wallet
from tests.lanes import opened
from tests.model_badge import ModelBadge
from tests.model_chain import ModelChain
from withdrawals.models import Pool, PoolKind


@dataclass(slots=True)
class Desk:
    """One wallet on a model chain, and what its orders are made of."""

    chain: ModelChain
    wallet: Wallet
    badge: ModelBadge
    reward: Reward
    pool: Pool
    _lane: Lane | None = field(default=None)

    @property
    def network(self) -> Network:
        return self.wallet.network

    @property
    def lane(self) -> Lane:
        """This wallet's lane, held until the test ends."""
        self._lane = self._lane or opened(self.wallet, memo=rows_of)
        return self._lane

    def reopen(self) -> None:
        """Let the lane go, as one does that has lost its fence; the next turn opens it anew."""
        self.close()
        self._lane = None

    def turn(self) -> Turn:
        return take_turn(self.lane, list(queues()))

    def finish(self) -> Turn:
        """Send what there is, mine it deep enough, and settle."""
        self.turn()
        self.chain.mine(self.network.confirmations)
        return self.turn()

    def close(self) -> None:
        if self._lane is not None:
            self._lane.__exit__()  # unlocks: a closed connection frees its lock some time later


class Died(BaseException):
    """What SIGKILL is to the database: nothing after this is done, and what is not committed is gone."""


@pytest.fixture
def die_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let the lane's work end at one of the points of `chain.crash`."""

    def point(wanted: str, name: str) -> None:
        if name == wanted:
            raise Died

    return lambda wanted: monkeypatch.setattr(crash, "point", partial(point, wanted))


@pytest.fixture
def desk(db: None) -> Iterator[Desk]:
    yield from a_desk()


@pytest.fixture
def two_nodes(desk: Desk) -> Iterator[Desk]:
    """The same with a second URL, so that what takes two witnesses can be concluded."""
    with Window(desk.chain) as window:
        desk.network.rpc_urls = f"{desk.chain.url}\n{window.url}"
        desk.network.save()
        yield desk


@pytest.fixture
def committed_desk(transactional_db: None) -> Iterator[Desk]:
    """The same where other connections must see it."""
    yield from a_desk()


def a_desk() -> Iterator[Desk]:
    signing.key_sources.cache_clear()
    nodes._node.cache_clear()
    with override_settings(MNEMONIC=ANVIL_MNEMONIC), ModelChain() as chain:
        wallet = make_wallet(network=make_network(rpc_urls=chain.url, chain_id=chain.chain_id, confirmations=2))
        reward = make_reward(wallet=wallet, errors="RecipientRefused(address recipient)")
        pool = make_pool(wallet=wallet, kind=PoolKind.NATIVE, token="")
        desk = Desk(chain, wallet, ModelBadge(chain, CONTRACT), reward, pool)
        yield desk
        desk.close()
    signing.key_sources.cache_clear()
