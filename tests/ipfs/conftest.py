"""One node for all tests of this folder, and a store for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chain.urls import Target, Trust
from mints.ipfs.files import KUBO_V1, Profile
from mints.ipfs.store import Store
from mints.uploaders.kubo import Kubo
from mints.uploaders.web import Service
from tests.ipfs.node import Node


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with Node(tmp_path_factory.mktemp("ipfs")) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def kubo(node: Node, store: Store, profile: Profile = KUBO_V1) -> Kubo:
    return Kubo(Service(Target(node.api, Trust.OPERATOR)), store, profile)
