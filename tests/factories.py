"""Rows for tests: plain functions, keyword overrides, nothing clever."""

import secrets
from typing import Any

from django.db.transaction import atomic

from chain.calls import checksum
from chain.models import Network, Wallet
from chain.signers import LocalSigner
from chain.states import Environment
from claims.models import Claim, Reward
from orders.minting import Standard
from orders.models import Client, Order
from orders.states import Kind
from stakes.models import Stake, StakeAction, StakingContract
from withdrawals.models import Pool, PoolKind, Withdrawal

# anvil's well-known development mnemonic: its keys hold test coins only.
ANVIL_MNEMONIC = "test test test test test test test test test test test junk"
MINTER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"  # m/44'/60'/0'/0/0 of that mnemonic
CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"


def an_address() -> str:
    """A fresh address nobody has a key for, in EIP-55 form."""
    return checksum(secrets.token_bytes(20))


def make_network(**over: Any) -> Network:
    values: dict[str, Any] = {
        "name": f"net {secrets.token_hex(3)}",
        "chain_id": secrets.randbelow(10**9) + 10**6,
        "rpc_urls": "http://127.0.0.1:1",
        "environment": Environment.DEVELOPMENT,
        "confirmations": 1,
    }
    return Network.objects.create(**{**values, **over})


def make_wallet(**over: Any) -> Wallet:
    network = over.pop("network", None) or make_network()
    values: dict[str, Any] = {
        "name": f"wallet {secrets.token_hex(3)}",
        "address": MINTER,
        "signer": "mnemonic:m/44'/60'/0'/0/0",
    }
    return Wallet.objects.create(network=network, **{**values, **over})


def make_reward(**over: Any) -> Reward:
    wallet = over.pop("wallet", None) or make_wallet()
    values: dict[str, Any] = {
        "name": f"reward {secrets.token_hex(3)}",
        "contract": CONTRACT,
        "standard": Standard.ERC721,
        "strategy": "multicall",
        "function": "claim(address,uint256)",
        "arguments": ["{recipient}", "{quantity}"],
    }
    return Reward.objects.create(wallet=wallet, **{**values, **over})


def make_token_reward(**over: Any) -> Reward:
    pool = over.pop("pool", None) or make_pool()
    return Reward.objects.create(**{"name": f"reward {secrets.token_hex(3)}", "pool": pool, "amount": 1000, **over})


def make_pool(**over: Any) -> Pool:
    wallet = over.pop("wallet", None) or make_wallet()
    values: dict[str, Any] = {"name": f"pool {secrets.token_hex(3)}", "kind": PoolKind.ERC20, "token": CONTRACT}
    return Pool.objects.create(wallet=wallet, **{**values, **over})


def make_client(name: str = "") -> Client:
    return Client.objects.create(name=name or f"client-{secrets.token_hex(3)}")


def make_claim(reward: Reward | None = None, **over: Any) -> Claim:
    """A pending claim; `order_…` keywords go to its order."""
    reward = reward or make_reward()
    minter = None if reward.sender == reward.wallet else reward.wallet
    over = {"minter": minter, **over}
    with atomic():  # as the intake does: a lane at work must never meet an order without its details
        order = Order.objects.create(kind=Kind.CLAIM, wallet=reward.sender, group=reward.pk, **_for_order(over))
        return Claim.objects.create(order=order, reward=reward, **{"recipient": an_address(), **over})


def make_withdrawal(pool: Pool | None = None, **over: Any) -> Withdrawal:
    """A pending withdrawal; `order_…` keywords go to its order."""
    pool = pool or make_pool()
    with atomic():
        order = Order.objects.create(kind=Kind.WITHDRAWAL, wallet=pool.wallet, group=pool.pk, **_for_order(over))
        return Withdrawal.objects.create(order=order, pool=pool, **{"recipient": an_address(), "amount": 1000, **over})


def a_key() -> LocalSigner:
    """A user of a staking contract, and his key."""
    return LocalSigner(secrets.token_bytes(32))


def make_staking(**over: Any) -> StakingContract:
    wallet = over.pop("wallet", None) or make_wallet()
    values: dict[str, Any] = {"name": f"staking {secrets.token_hex(3)}", "contract": CONTRACT, **TELLING}
    return StakingContract.objects.create(wallet=wallet, **{**values, **over})


# The sample contract's own events, which carry the signature id.
TELLING: dict[str, Any] = {
    "stake_event": (
        "Staked(address indexed owner, bytes32 indexed signatureId, uint96 indexed target, uint96 stakeId, uint256 dipAmount)"
    ),
    "stake_proof": {
        "owner": "{owner}", "signatureId": "{signature_id}", "target": "{target}", "dipAmount": "{amount}",
    },
    "restake_event": (
        "Restaked(address indexed owner, bytes32 indexed signatureId, uint96 indexed target, uint96 stakeId, uint96 newStakeId)"
    ),
    "restake_proof": {
        "owner": "{owner}", "signatureId": "{signature_id}", "target": "{target}", "stakeId": "{stake_id}",
    },
    "used_view": "isSignatureUsed(address,bytes32)",
    "used_view_arguments": ["{owner}", "{signature_id}"],
}  # fmt: skip


def signed(staking: StakingContract, key: LocalSigner | None = None, **over: Any) -> Stake:
    """A stake, unsaved and without an order, that its owner has signed; a restake where there is a `stake_id`."""
    key = key or a_key()
    action = StakeAction.RESTAKE if "stake_id" in over else StakeAction.STAKE
    values: dict[str, Any] = {
        "owner": key.address, "target": 7, "signature_id": secrets.token_hex(8), "action": action,
        "amount": 1000 if action == StakeAction.STAKE else None,
    }  # fmt: skip
    stake = Stake(staking=staking, **{"signature": b"", **values, **over})
    if not stake.signature:
        stake.signature = key.sign_digest(staking.digest(stake.action, stake.fields) or bytes(32))
    return stake


def make_stake(staking: StakingContract | None = None, key: LocalSigner | None = None, **over: Any) -> Stake:
    """A pending stake, signed; `order_…` keywords go to its order."""
    staking = staking or make_staking()
    of_order = _for_order(over)
    stake = signed(staking, key, **over)
    with atomic():
        stake.order = Order.objects.create(kind=Kind.STAKE, wallet=staking.wallet, group=staking.pk, **of_order)
        stake.save(force_insert=True)
    return stake


def stake_body(stake: Stake, **over: Any) -> dict[str, Any]:
    """What a caller sends for a stake of REST."""
    numbers = {"amount": stake.amount} if stake.action == StakeAction.STAKE else {"stake_id": stake.stake_id}
    body = {
        "staking": str(stake.staking_id), "owner": stake.owner, "signature_id": stake.signature_id,
        "signature": "0x" + bytes(stake.signature).hex(),
        **{name: str(number) for name, number in {"target": stake.target, **numbers}.items()},
    }  # fmt: skip
    return {**body, **over}


def _for_order(over: dict[str, Any]) -> dict[str, Any]:
    names = [name for name in over if name.startswith("order_")]
    return {name.removeprefix("order_"): over.pop(name) for name in names}
