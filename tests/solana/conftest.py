"""A cluster whose slots pass when the test says so, and a collection on it."""

from collections.abc import Iterator

import pytest

from chain import signing
from chain.solana import cluster as clusters
from chain.solana import keys
from local.solana.process import SolanaCluster
from tests.solana.farm import Farm, a_farm


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
