"""A small world on a real chain: a network, wallets with anvil's keys, rewards and pools on freshly deployed contracts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.test import override_settings

from chain import nodes, signing
from chain.calls import checksummed
from chain.models import Network, Wallet
from chain.signers import LocalSigner
from claims.models import Reward
from local.anvil import Anvil
from orders.minting import Standard
from orders.queue import queues
from orders.worker.runner import drain
from stakes.models import StakingContract
from tests.contracts.deployed import Deployed, deploy
from tests.factories import ANVIL_MNEMONIC, a_key, make_network, make_pool, make_reward, make_staking, make_wallet
from tests.orders.solana.conftest import cluster, drop
from withdrawals.models import Pool, PoolKind

__all__ = ["World", "cluster", "drop"]

ERRORS = {
    "Badge721": "RecipientRefused(address recipient)",
    "Badge1155": "RecipientRefused(address recipient)",
    "OnceBadge": "AlreadyClaimed(address recipient)",
    "Reverter": "ClaimRejected(address recipient, uint256 quantity)",
}


@dataclass(frozen=True, slots=True)
class World:
    """What a test needs to play a whole order through."""

    chain: Anvil
    network: Network

    @property
    def me(self) -> str:
        """The account that owns the contracts."""
        account: str = self.chain.request("eth_accounts")[0]
        return account

    def wallet(self, number: int = 1, **over: Any) -> Wallet:
        """A wallet with one of anvil's keys; not the first, which makes the contracts."""
        address = checksummed(self.chain.request("eth_accounts")[number])
        return make_wallet(network=self.network, address=address, signer=f"mnemonic:m/44'/60'/0'/0/{number}", **over)

    def put(self, contract: str, *arguments: Any) -> Deployed:
        return deploy(self.chain.request, contract, *arguments)

    def badge(self, contract: str = "Badge721", wallet: Wallet | None = None, **over: Any) -> tuple[Reward, Deployed]:
        """A reward on a new contract, claimed by `claim(address,uint256)` through its own multicall unless told otherwise."""
        wallet = wallet or self.wallet()
        roles = (self.me, wallet.address)
        arguments = {"Badge721": ("Badge", "BDG", *roles), "Badge1155": ("ipfs://", *roles), "OnceBadge": roles}
        deployed = self.put(contract, *arguments.get(contract, ()))
        standard = Standard.ERC1155 if contract == "Badge1155" else Standard.ERC721
        values: dict[str, Any] = {
            "contract": checksummed(deployed.address),
            "errors": ERRORS.get(contract, ""),
            "standard": standard,
        }
        return make_reward(wallet=wallet, **{**values, **over}), deployed

    def token(self, name: str = "DemoToken") -> Deployed:
        return self.put(name, *(("Token", "TKN", self.me) if name == "DemoToken" else ()))

    def erc20_pool(self, token: Deployed, wallet: Wallet | None = None, funds: int = 10**12) -> Pool:
        wallet = wallet or self.wallet()
        token.send("mint", wallet.address, funds)
        return make_pool(wallet=wallet, token=checksummed(token.address), errors="PayeeBlocked(address payee)")

    def asset_pool(self, token: Deployed, *, finalize: bool) -> Pool:
        wallet = self.wallet()
        contract = self.put("WithdrawalPool", token.address, self.me, wallet.address, 0)
        token.send("mint", contract.address, 10**12)
        return make_pool(wallet=wallet, kind=PoolKind.ASSET_POOL, contract=checksummed(contract.address), finalize=finalize)

    def staking(self, wallet: Wallet | None = None, **over: Any) -> "Staking":
        """A staking contract whose users sign; for more than one order a transaction it has a Multicall3."""
        token = self.token()
        deployed = self.put("SignedStaking", token.address, self.me)
        if over.get("batch_size", 1) > 1:
            self.network.multicall3 = checksummed(self.put("Multicall3").address)
            self.network.save()
        contract = checksummed(deployed.address)
        return Staking(self, make_staking(wallet=wallet or self.wallet(), contract=contract, **over), deployed, token)


@dataclass(frozen=True, slots=True)
class Staking:
    """A staking contract, its row, and the token that is staked."""

    world: World
    row: StakingContract
    deployed: Deployed
    token: Deployed

    def user(self, tokens: int = 10**6) -> LocalSigner:
        """Somebody with so many tokens, all of which the contract may take; he has coin for that approval only."""
        user = a_key()
        self.token.send("mint", user.address, tokens)
        self.approve(user.address, tokens)
        return user

    def approve(self, owner: str, amount: int) -> None:
        """By the owner himself, whose key the chain does not have."""
        self.world.chain.request("anvil_impersonateAccount", owner)
        self.world.chain.request("anvil_setBalance", owner, hex(10**18))
        replace(self.token, sender=owner).send("approve", self.deployed.address, amount)
        self.world.chain.request("anvil_stopImpersonatingAccount", owner)


@pytest.fixture
def world(chain: Anvil, transactional_db: None) -> Iterator[World]:
    nodes._node.cache_clear()
    signing.key_sources.cache_clear()
    with override_settings(MNEMONIC=ANVIL_MNEMONIC):
        yield World(chain, make_network(chain_id=31337, rpc_urls=chain.url))
    signing.key_sources.cache_clear()


@pytest.fixture
def work() -> Callable[[Wallet], None]:
    """Work a wallet's lane until nothing of it is left."""

    def until_idle(wallet: Wallet) -> None:
        for _ in drain(wallet, list(queues())):
            pass

    return until_idle
