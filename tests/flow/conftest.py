"""A small world on a real chain: a network, wallets with anvil's keys, rewards and pools on freshly deployed contracts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import override_settings

from chain import nodes, signing
from chain.models import Network, Wallet
from claims.models import Reward
from local.anvil import Anvil
from tests.contracts.deployed import Deployed, deploy
from tests.factories import ANVIL_MNEMONIC, make_network, make_pool, make_reward, make_wallet
from withdrawals.models import Pool


@dataclass(frozen=True, slots=True)
class World:
    """What a test needs to play a whole order through."""

    chain: Anvil
    network: Network

    def wallet(self, number: int = 0, **over: Any) -> Wallet:
        address = self.chain.request("eth_accounts")[number]
        from chain.calls import checksummed

        return make_wallet(
            network=self.network, address=checksummed(address), signer=f"mnemonic:m/44'/60'/0'/0/{number}", **over
        )

    def badge(self, contract: str = "Badge721", wallet: Wallet | None = None, **over: Any) -> tuple[Reward, Deployed]:
        wallet = wallet or self.wallet()
        me = self.chain.request("eth_accounts")[0]
        arguments = {"Badge721": ("Badge", "BDG", me, wallet.address), "OnceBadge": (me, wallet.address), "OpenBadge": ()}
        deployed = deploy(self.chain.request, contract, *arguments[contract])
        errors = {"Badge721": "RecipientRefused(address recipient)", "OnceBadge": "AlreadyClaimed(address recipient)"}
        reward = make_reward(wallet=wallet, contract=deployed.address, errors=errors.get(contract, ""), **over)
        return reward, deployed

    def token(self, name: str = "DemoToken") -> Deployed:
        me = self.chain.request("eth_accounts")[0]
        return deploy(self.chain.request, name, *(("Token", "TKN", me) if name == "DemoToken" else ()))

    def erc20_pool(self, token: Deployed, wallet: Wallet | None = None, funds: int = 10**12) -> Pool:
        wallet = wallet or self.wallet()
        token.send("mint", wallet.address, funds)
        return make_pool(wallet=wallet, token=token.address, errors="PayeeBlocked(address payee)")


@pytest.fixture
def world(chain: Anvil, transactional_db: None) -> Any:
    nodes._node.cache_clear()
    signing.key_sources.cache_clear()
    with override_settings(MNEMONIC=ANVIL_MNEMONIC):
        yield World(chain, make_network(chain_id=31337, rpc_urls=chain.url))
    signing.key_sources.cache_clear()


@pytest.fixture
def work() -> Callable[..., None]:
    """Work a wallet's lane until nothing of it is left."""
    from orders.queue import queues
    from orders.runner import drain

    def until_idle(wallet: Wallet) -> None:
        for _ in drain(wallet, list(queues())):
            pass

    return until_idle
