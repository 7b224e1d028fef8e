"""What the contract tests start from: a way to deploy, and the account that does it."""

from collections.abc import Callable

import pytest

from local.anvil import Anvil
from tests.contracts.deployed import Deployed, deploy


@pytest.fixture
def put(chain: Anvil) -> Callable[..., Deployed]:
    """`put("Badge721", *constructor_arguments)` deploys on the test chain."""
    return lambda name, *args: deploy(chain.request, name, *args)


@pytest.fixture
def me(chain: Anvil) -> str:
    """The account that deploys and calls."""
    account: str = chain.request("eth_accounts")[0]
    return account
