"""A wallet's lane on a model chain."""

from collections.abc import Iterator

import pytest
from django.test import override_settings

from chain import nodes, signing
from chain.lane import Lane
from tests.factories import ANVIL_MNEMONIC, make_network, make_wallet
from tests.lanes import opened
from tests.model_chain import ModelChain


@pytest.fixture
def keys() -> Iterator[None]:
    """anvil's mnemonic, whose keys guard test coins only; and no node is remembered from another test."""
    signing.key_sources.cache_clear()
    nodes._node.cache_clear()
    with override_settings(MNEMONIC=ANVIL_MNEMONIC):
        yield
    signing.key_sources.cache_clear()


@pytest.fixture
def model(keys: None) -> Iterator[ModelChain]:
    with ModelChain() as chain:
        yield chain


@pytest.fixture
def lane(model: ModelChain, db: None) -> Iterator[Lane]:
    """An open lane that has looked at its chain once."""
    network = make_network(rpc_urls=model.url, chain_id=model.chain_id, confirmations=2)
    with opened(make_wallet(network=network)) as lane:
        lane.look()
        yield lane
