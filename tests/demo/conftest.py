"""The demo's world on a chain that mines when it is told to."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pytest_django import Settings

from chain import nodes, signing
from chain.models import Network
from demo import world
from local.anvil import Anvil
from tests.factories import ANVIL_MNEMONIC
from tests.orders.solana.conftest import cluster, drop

__all__ = ["built", "cluster", "drop"]


@contextmanager
def a_world(chain: Anvil, settings: Settings) -> Iterator[world.World]:
    """Without a cluster of Solana."""
    settings.MNEMONIC = ANVIL_MNEMONIC
    for cache in (nodes._node, signing.key_sources):
        cache.cache_clear()
    made = world.build(chain.url, chain.chain_id)
    Network.objects.update(confirmations=1)  # this chain makes no blocks by itself
    yield made
    signing.key_sources.cache_clear()


@pytest.fixture
def built(chain: Anvil, transactional_db: None, settings: Settings) -> Iterator[world.World]:
    with a_world(chain, settings) as made:
        yield made
