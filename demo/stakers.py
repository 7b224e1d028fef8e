"""The demo's staking contract, and the people who sign what others submit: some of anvil's well-known accounts."""

from collections.abc import Iterator
from functools import cache

from chain.fields import UINT256_MAX
from chain.models import Wallet
from chain.signers import KeySources, Signer, load
from demo.deployer import Deployer
from demo.parts import saved
from local.anvil import MNEMONIC
from stakes.models import Stake, StakeAction, StakingContract

STAKERS = (7, 8, 9)  # accounts of the development chain, whose mnemonic is public and worth nothing
TOKENS = 10**10  # base units that each of them has
TARGETS = (101, 102, 103)  # NFT ids
MOST = TOKENS * 2  # more than anybody has
REFUSED_WITH = "ERROR:STK-290:DIP_BALANCE_INSUFFICIENT"


def staking(deployer: Deployer, wallet: Wallet, token: str) -> StakingContract:
    """The contract, and stakers who have the token and let the contract take it."""
    row = StakingContract.objects.filter(external_id="demo-staking").first() or StakingContract(
        external_id="demo-staking", name="Staking", batch_size=20, **_TELLING
    )
    row.wallet = wallet
    if not deployer.stands(row.contract):
        row.contract = deployer.deploy("SignedStaking", token, deployer.sender)
    for number in STAKERS:
        staker = _signer(number).address
        if (missing := TOKENS - deployer.number(token, "balanceOf(address)", staker)) > 0:
            deployer.call(token, "mint(address,uint256)", staker, missing)
        Deployer(deployer.node, staker).call(token, "approve(address,uint256)", row.contract, UINT256_MAX)
    return saved(row)


# The contract's events that say which signature they come from, so that orders may share a transaction.
_TELLING = {
    "stake_event": (
        "Staked(address indexed owner, bytes32 indexed signatureId, uint96 indexed target, uint96 stakeId, uint256 dipAmount)"
    ),
    "stake_proof": {"owner": "{owner}", "signatureId": "{signature_id}", "target": "{target}", "dipAmount": "{amount}"},
    "restake_event": (
        "Restaked(address indexed owner, bytes32 indexed signatureId, uint96 indexed target, uint96 stakeId, uint96 newStakeId)"
    ),
    "restake_proof": {"owner": "{owner}", "signatureId": "{signature_id}", "target": "{target}", "stakeId": "{stake_id}"},
    "used_view": "isSignatureUsed(address,bytes32)",
    "used_view_arguments": ["{owner}", "{signature_id}"],
}


def signed(staking: StakingContract, name: str, count: int) -> Iterator[Stake]:
    """So many stakes, signed by their owners in turn. `name` sets their signature ids apart from all others.

    Every tenth is of more than its owner has, which the contract refuses.
    """
    for number in range(count):
        signer = _signer(STAKERS[number % len(STAKERS)])
        stake = Stake(
            staking=staking,
            action=StakeAction.STAKE,
            owner=signer.address,
            target=TARGETS[number % len(TARGETS)],
            amount=MOST if is_refused(number) else 1_000_000 + 25_000 * number,
            signature_id=f"{name}-{number + 1:04d}",
            signature=b"",
        )
        stake.signature = signer.sign_digest(_digest(stake))
        yield stake


def is_refused(number: int) -> bool:
    return number % 10 == 7


def _digest(stake: Stake) -> bytes:
    digest = stake.staking.digest(stake.action, stake.fields)
    assert digest is not None
    return digest


@cache
def _signer(number: int) -> Signer:
    return load(f"mnemonic:m/44'/60'/0'/0/{number}", KeySources(mnemonic=MNEMONIC), development=True)
