"""The demo's reward whose minter has no coin at all: another wallet sends what it signs, and pays."""

from chain.forwarding import adopt
from chain.models import Network, Wallet
from chain.strategies import Strategy
from claims.models import Reward
from demo.deployer import Deployer
from orders.minting import Standard

ACCOUNT = 40  # of anvil's well-known mnemonic, beyond those that anvil gives coin
MINTER = "0x9eF6c02FB2ECc446146E05F1fF687a788a8BF76d"


def build(deployer: Deployer, sponsor: Wallet) -> Reward:
    """Unsaved, so that it is stored as the others are; forwarder, minter and badge are there afterwards."""
    reward = Reward.objects.filter(external_id="demo-sponsored").first() or Reward(
        external_id="demo-sponsored", name="Sponsored badge"
    )
    _forwarder(deployer, sponsor.network)
    reward.wallet, reward.errors = _minter(sponsor), "RecipientRefused(address recipient)"
    reward.standard, reward.strategy, reward.needs_role = Standard.ERC721, Strategy.MULTICALL, True
    reward.function, reward.arguments = "claim(address,uint256)", ["{recipient}", "{quantity}"]
    if not (reward.contract and deployer.node.code(reward.contract)):
        forwarder = sponsor.network.forwarder
        reward.contract = deployer.deploy("SponsoredBadge", "Sponsored badge", "SPON", deployer.sender, MINTER, forwarder)
    return reward


def _forwarder(deployer: Deployer, network: Network) -> None:
    if network.forwarder and deployer.node.code(network.forwarder):
        return
    network.forwarder = deployer.deploy("Forwarder", "Claimdesk demo")
    network.save(update_fields=["forwarder"])


def _minter(sponsor: Wallet) -> Wallet:
    found, new = Wallet.objects.get_or_create(
        network=sponsor.network, address=MINTER,
        defaults={"name": "coinless-minter", "signer": f"mnemonic:m/44'/60'/0'/0/{ACCOUNT}", "sponsor": sponsor},
    )  # fmt: skip
    if new:
        adopt(found)
    return found
