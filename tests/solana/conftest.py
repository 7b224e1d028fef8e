"""Test clusters: one inside this process for each test, over each bank that there is; and one in a process of its own, whose
slots pass when the test says so, with a collection on it.
"""

from collections.abc import Iterator

import pytest

from chain import signing
from chain.solana import cluster as clusters
from chain.solana import keys
from local.solana.node import Lags
from local.solana.process import SolanaCluster
from tests.solana.actor import BARE, WHOLE, Actor, make_bank, running
from tests.solana.farm import Farm, a_farm

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


@pytest.fixture(scope="session")
def manual_cluster() -> Iterator[SolanaCluster]:
    with SolanaCluster(manual=True, model=True) as running:
        yield running


@pytest.fixture
def farm(manual_cluster: SolanaCluster, db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Farm]:
    """Nothing of another test is remembered: neither keys nor which node worked."""
    for remembered in (signing.key_sources, keys._load, clusters._cluster):
        remembered.cache_clear()
    with a_farm(manual_cluster, monkeypatch) as one:
        yield one
