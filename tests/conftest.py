"""Real parts for every test: PostgreSQL comes with the settings, anvil from here; each worker has its own."""

from collections.abc import Iterator

import pytest

from local.anvil import Anvil


@pytest.fixture(scope="session")
def anvil() -> Iterator[Anvil]:
    """A running chain that mines a block per transaction. Use `chain` unless the test changes nothing."""
    with Anvil() as running:
        yield running


@pytest.fixture
def chain(anvil: Anvil) -> Iterator[Anvil]:
    """The chain as it was at first: whatever the test sends or mines is undone after it."""
    snapshot = anvil.request("evm_snapshot")
    yield anvil
    anvil.request("anvil_dropAllTransactions")
    anvil.request("evm_revert", snapshot)
    anvil.request("evm_setAutomine", True)
