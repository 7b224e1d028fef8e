"""A test cluster inside this process for each test, over each bank that there is."""

from collections.abc import Iterator

import pytest

from local.solana.node import Lags
from local.solana.process import SolanaCluster
from tests.solana.actor import BARE, WHOLE, Actor, make_bank, running

LAGS = Lags(confirmed=2, finalized=10)


@pytest.fixture(params=BARE)
def cluster(request: pytest.FixtureRequest) -> Iterator[SolanaCluster]:
    """A bank that moves money."""
    with running(make_bank(request.param), LAGS) as cluster:
        yield cluster


@pytest.fixture
def actor(cluster: SolanaCluster) -> Actor:
    return Actor(cluster)


@pytest.fixture(params=WHOLE)
def minting(request: pytest.FixtureRequest) -> Iterator[Actor]:
    """Somebody at a bank that mints: the model, and the real programs where they are at hand."""
    with running(make_bank(request.param), LAGS) as cluster:
        yield Actor(cluster)
