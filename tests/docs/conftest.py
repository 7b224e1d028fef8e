"""An installation like the demo's, so that the examples of the documentation have something to speak to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from chain import nodes
from local.anvil import Anvil
from orders.keys import issue
from orders.states import Scope
from tests.factories import make_client, make_network, make_staking
from tests.flow.conftest import World
from tests.mints.offered import make_press


@pytest.fixture
def shell(live_server: LiveServer, chain: Anvil, settings: Settings, tmp_path: Path) -> Iterator[dict[str, str]]:
    """`$URL` and `$KEY` for the examples: a server with `demo-badge`, `demo-payouts`, `demo-staking` and `demo-gallery`."""
    settings.UPLOADS_DIR = tmp_path
    nodes._node.cache_clear()
    world = World(chain, make_network(chain_id=chain.chain_id, rpc_urls=chain.url))
    world.badge(wallet=world.wallet(0, name="badge-minter"), external_id="demo-badge")
    pool = world.erc20_pool(world.token(), world.wallet(1, name="paymaster"))
    type(pool).objects.filter(pk=pool.pk).update(external_id="demo-payouts")
    make_staking(wallet=pool.wallet, external_id="demo-staking")
    make_press(wallet=pool.wallet, external_id="demo-gallery", base_uri_function="setBaseURI(string)")
    _, key = issue(make_client("demo-shop"), list(Scope))
    yield {"URL": live_server.url, "KEY": key}
    nodes._node.cache_clear()
