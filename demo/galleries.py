"""What the demo's collections are minted with: on its development chain, and on a test cluster of Solana."""

from pathlib import Path
from typing import Any

from chain.models import Network, Wallet
from chain.solana.keys import create_keypair
from chain.solana.wanted import Program
from chain.states import Environment, Family
from chain.steering import adopt
from chain.strategies import Strategy
from demo.deployer import Deployer
from demo.parts import saved
from local.server import wait_until
from local.solana.process import SolanaCluster
from mints.models import Collection, Press, Standard

ACCOUNT = 41  # of anvil's well-known mnemonic, beyond those that anvil gives coin
MINTER = "0x08A2DE6F3528319123b25935C92888B16db8913E"
WEI = 100 * 10**18
LAMPORTS = 100 * 10**9
KEYS = "keys"  # the folder of the cluster's wallet, beside the demo's other data
_KEYPAIR = "tree-minter.json"
_FUNDED_SECONDS = 15.0


class NotFundedError(Exception):
    """The cluster has not given the wallet its lamports in time."""


def minter(deployer: Deployer, network: Network) -> Wallet:
    """The wallet that mints on the development chain, with coin."""
    found, new = Wallet.objects.get_or_create(
        network=network, address=MINTER, defaults={"name": "gallery-minter", "signer": f"mnemonic:m/44'/60'/0'/0/{ACCOUNT}"}
    )
    if new:
        adopt(found)
    deployer.pay(MINTER, WEI)
    return found


def tree_minter(cluster: SolanaCluster, data_dir: Path) -> Wallet:
    """The wallet that mints on the cluster, with lamports and a key that only its owner can read. Raises NotFundedError."""
    network = _network(cluster)
    found = Wallet.objects.filter(network=network).first() or _new(network, data_dir / KEYS)
    cluster.request("requestAirdrop", found.address, LAMPORTS)
    if not wait_until(lambda: _lamports(cluster, found.address) > 0, _FUNDED_SECONDS):
        raise NotFundedError(NotFundedError.__doc__)
    return found


def _network(cluster: SolanaCluster) -> Network:
    urls = f"{cluster.url}\n{cluster.second_url}"
    found, _ = Network.objects.update_or_create(
        genesis_hash=cluster.request("getGenesisHash"),
        defaults={"rpc_urls": urls},
        create_defaults={
            "name": "demo cluster", "family": Family.SOLANA, "rpc_urls": urls, "environment": Environment.DEVELOPMENT,
            "currency": "SOL",
        },
    )  # fmt: skip
    return found


def _new(network: Network, folder: Path) -> Wallet:
    folder.mkdir(mode=0o700, exist_ok=True)
    address = create_keypair(folder / _KEYPAIR)
    wallet = Wallet(network=network, name="tree-minter", address=address, signer=f"keypair:{_KEYPAIR}")
    wallet.full_clean()
    wallet.save()
    adopt(wallet)
    return wallet


def _lamports(cluster: SolanaCluster, address: str) -> int:
    found: Any = cluster.request("getBalance", address, {"commitment": "confirmed"})
    return int(found["value"])


# -- presses: what staff say of it, and clients name -------------------------------------------------------------------


def gallery(deployer: Deployer, wallet: Wallet) -> Press:
    """ERC-721, with a contract that no collection has been minted on yet: each needs its own, for its folder's sake."""
    press = _press("demo-gallery", "Demo gallery", wallet)
    press.standard, press.strategy, press.needs_role = Standard.ERC721, Strategy.MULTICALL, True
    press.function, press.arguments = "safeMint(address,uint256)", ["{recipient}", "{token_id}"]
    press.base_uri_function = "setBaseURI(string)"
    if not deployer.stands(press.contract) or Collection.objects.filter(contract=press.contract).exists():
        press.contract = deployer.deploy("Gallery721", "Demo gallery", "DEMO", ".json", deployer.sender, wallet.address)
    return saved(press)


def compressed(wallet: Wallet) -> Press:
    """Compressed NFTs, filed under a collection of Metaplex Core."""
    press = _press("demo-compressed", "Demo compressed NFTs", wallet)
    press.standard, press.program = Standard.COMPRESSED, Program.MINT_V2_TO_CORE
    return saved(press)


def _press(external_id: str, name: str, wallet: Wallet) -> Press:
    press = Press.objects.filter(external_id=external_id).first() or Press(external_id=external_id, name=name)
    press.wallet = wallet
    return press
