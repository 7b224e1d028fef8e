"""What the demo's orders run on: contracts, wallets, rewards, pools and a client. Building it twice changes nothing."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils import timezone

from chain.models import Network, Wallet
from chain.nodes import node_for
from chain.states import Environment
from chain.steering import adopt
from chain.strategies import Strategy
from claims.models import Reward
from demo import galleries, sponsored
from demo.deployer import Deployer, accounts
from demo.parts import Group, saved
from demo.stakers import staking
from mints.models import Collection, Press
from orders.keys import issue
from orders.minting import Standard
from orders.models import ApiKey, Client
from orders.states import Scope
from stakes.models import StakingContract
from withdrawals.models import Pool, PoolKind

CLIENT = "demo-shop"
STAFF = "admin"
SPONSOR = 6  # anvil's account
WALLETS = ("badge-minter", "pass-minter", "pool-manager", "paymaster", "staking-relayer")  # accounts 1, 2, 3 ...
GAS_CEILING = 50 * 10**9  # wei per gas
TOKEN_STOCK = 10**12  # base units, a million tokens; minted to whatever pays
REFUSED = tuple(f"0xbad{number:037x}" for number in range(1, 6))  # the badges refuse to be claimed for these
BLOCKED = tuple(f"0xb10c{number:036x}" for number in range(1, 4))  # the token refuses to be paid to these

_BADGE_ERRORS = "RecipientRefused(address recipient)\nLengthMismatch()"
_PAYMENT_ERRORS = "PayeeBlocked(address payee)"
_POOL_ERRORS = f"PollUnknown(uint256 id)\nPollFinalized(uint256 id)\nPollOpen(uint256 id, uint256 endTime)\n{_PAYMENT_ERRORS}"


@dataclass(frozen=True, slots=True)
class World:
    """Three rewards, one of them sponsored, two pools of different kinds, a staking contract, and presses for collections, each
    with its own lane. Without a cluster there are no compressed NFTs.
    """

    network: Network
    badge721: Reward
    badge1155: Reward
    asset_pool: Pool
    token_pool: Pool
    sponsored: Reward
    staking: StakingContract
    gallery: Press
    compressed: Press | None
    client: Client

    @property
    def groups(self) -> tuple[Group, ...]:
        """All that has orders; the collections are those that have come so far."""
        fixed = self.badge721, self.badge1155, self.asset_pool, self.token_pool, self.sponsored, self.staking
        return *fixed, *self.collections

    @property
    def collections(self) -> list[Collection]:
        presses = [press for press in (self.gallery, self.compressed) if press]
        return list(Collection.objects.filter(press__in=presses).select_related("wallet__network").order_by("created"))


def build(rpc_url: str, chain_id: int, tree_minter: Wallet | None = None) -> World:
    """Make or complete the world on the development chain at `rpc_url`, and on the cluster of `tree_minter`.

    Raises NoDevelopmentChainError for a node without unlocked accounts, ChainError when it does not answer.
    """
    network = _network(rpc_url, chain_id)
    node = node_for(network)
    people = accounts(node)
    deployer = Deployer(node, people[0])
    _multicall3(deployer, network)
    wallets = [_wallet(network, name, number, people[number]) for number, name in enumerate(WALLETS, start=1)]
    token, asset_pool = _asset_pool(deployer, wallets[2])
    world = World(
        network,
        _badge721(deployer, wallets[0]),
        _badge1155(deployer, wallets[1]),
        asset_pool,
        _token_pool(token, wallets[3]),
        saved(sponsored.build(deployer, _wallet(network, "sponsor", SPONSOR, people[SPONSOR]))),
        staking(deployer, wallets[4], token),
        galleries.gallery(deployer, galleries.minter(deployer, network)),
        galleries.compressed(tree_minter) if tree_minter else None,
        Client.objects.get_or_create(name=CLIENT)[0],
    )
    _fill(deployer, token, [asset_pool.contract, wallets[3].address])
    return world


def lane_of(group: Group) -> Wallet | None:
    """The wallet that sends for a group."""
    return group.sender if isinstance(group, Reward) else group.wallet


def new_key(client: Client) -> str:
    """A key that may do everything; earlier ones of this client are revoked. The text is kept nowhere."""
    ApiKey.objects.filter(client=client, revoked_at=None).update(revoked_at=timezone.now())
    _, secret = issue(client, list(Scope))
    return secret


def staff(password: str) -> None:
    """The superuser `admin`, whose password becomes this one."""
    user = User.objects.filter(username=STAFF).first() or User(username=STAFF, is_staff=True, is_superuser=True)
    user.set_password(password)
    user.save()


def _network(rpc_url: str, chain_id: int) -> Network:
    found, _ = Network.objects.update_or_create(
        chain_id=chain_id,
        defaults={"rpc_urls": rpc_url},
        create_defaults={
            "name": "demo chain", "rpc_urls": rpc_url, "environment": Environment.DEVELOPMENT,
            "confirmations": 2, "bump_after": 10, "gas_ceiling": GAS_CEILING,
        },
    )  # fmt: skip
    return found


def _multicall3(deployer: Deployer, network: Network) -> None:
    """Real chains have it at one well-known address; a development chain gets one of its own."""
    if not deployer.stands(network.multicall3):
        network.multicall3 = deployer.deploy("Multicall3")
        network.save(update_fields=["multicall3"])


def _wallet(network: Network, name: str, number: int, address: str) -> Wallet:
    """Anvil's well-known development account `number`: its mnemonic is public and worth nothing."""
    found, new = Wallet.objects.get_or_create(
        network=network, address=address, defaults={"name": name, "signer": f"mnemonic:m/44'/60'/0'/0/{number}"}
    )
    if new:
        adopt(found)
    return found


def _badge721(deployer: Deployer, wallet: Wallet) -> Reward:
    reward = _reward("demo-badge", "Event badge", wallet)
    reward.standard, reward.strategy, reward.needs_role = Standard.ERC721, Strategy.MULTICALL, True
    reward.function, reward.arguments = "claim(address,uint256)", ["{recipient}", "{quantity}"]
    if not deployer.stands(reward.contract):
        reward.contract = deployer.deploy("Badge721", "Event badge", "BADGE", deployer.sender, wallet.address)
        _refuse(deployer, reward.contract)
    return saved(reward)


def _badge1155(deployer: Deployer, wallet: Wallet) -> Reward:
    reward = _reward("demo-pass", "Season pass", wallet)
    reward.standard, reward.strategy, reward.needs_role = Standard.ERC1155, Strategy.BATCH, True
    reward.function = "claimBatch(address[],uint256[],uint256[])"
    reward.arguments = [{"each": "{recipient}"}, {"each": "{token_id}"}, {"each": "{quantity}"}]
    if not deployer.stands(reward.contract):
        reward.contract = deployer.deploy("Badge1155", "ipfs://demo/{id}", deployer.sender, wallet.address)
        _refuse(deployer, reward.contract)
    return saved(reward)


def _reward(external_id: str, name: str, wallet: Wallet) -> Reward:
    reward = Reward.objects.filter(external_id=external_id).first() or Reward(external_id=external_id, name=name)
    reward.wallet, reward.errors = wallet, _BADGE_ERRORS
    return reward


def _asset_pool(deployer: Deployer, wallet: Wallet) -> tuple[str, Pool]:
    """The token, and the pool contract that pays it in two steps."""
    pool = Pool.objects.filter(external_id="demo-pool").first() or Pool(external_id="demo-pool", name="Community pool")
    pool.kind, pool.wallet, pool.finalize, pool.decimals = PoolKind.ASSET_POOL, wallet, True, 6
    pool.errors = _POOL_ERRORS
    if not deployer.stands(pool.contract):
        pool.token = deployer.deploy("DemoToken", "Demo dollar", "DEMO", deployer.sender)
        for payee in BLOCKED:
            deployer.call(pool.token, "setBlocked(address,bool)", payee, True)
        pool.contract = deployer.deploy("WithdrawalPool", pool.token, deployer.sender, wallet.address, 0)
    return pool.token, saved(pool)


def _token_pool(token: str, wallet: Wallet) -> Pool:
    pool = Pool.objects.filter(external_id="demo-payouts").first() or Pool(external_id="demo-payouts", name="Payouts")
    pool.kind, pool.wallet, pool.token, pool.decimals = PoolKind.ERC20, wallet, token, 6
    pool.errors = _PAYMENT_ERRORS
    return saved(pool)


def _refuse(deployer: Deployer, badge: str) -> None:
    for recipient in REFUSED:
        deployer.call(badge, "refuse(address,bool)", recipient, True)


def _fill(deployer: Deployer, token: str, payers: list[str]) -> None:
    for payer in payers:
        if (missing := TOKEN_STOCK - deployer.number(token, "balanceOf(address)", payer)) > 0:
            deployer.call(token, "mint(address,uint256)", payer, missing)
