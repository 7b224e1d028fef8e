"""The calls, events, refusals and messages of the staking contract that the old staking processor served (etherisc's).

Its events carry no signature id; a contract whose events do is proved better, and says so in its own configuration.
"""

from typing import Any

STAKE = "createStakeWithSignature(address owner, uint96 targetNftId, uint256 dipAmount, bytes32 signatureId, bytes signature)"
RESTAKE = "restakeWithSignature(address owner, uint96 stakeNftId, uint96 targetNftId, bytes32 signatureId, bytes signature)"
STAKED = "LogStakingStaked(uint96 target, address user, uint96 id, uint256 amount, uint256 newBalance)"
RESTAKED = "LogStakingRestaked(uint96 oldTarget, uint96 newTarget, address user, uint96 stakeId, uint256 stakingAmount)"

PERMANENT_REVERTS = """\
ERROR:SMH-001:SIGNATURE_USED
ERROR:SMH-002:SIGNATURE_INVALID
ECDSA: invalid signature
ERROR:STK-290:DIP_BALANCE_INSUFFICIENT
ERROR:STK-291:DIP_ALLOWANCE_INSUFFICIENT
ERROR:STK-292:DIP_TRANSFER_FROM_FAILED"""

DOMAIN_NAME = "EtheriscStaking"
DOMAIN_VERSION = "1"
STAKE_TYPE = "Stake(uint96 target,uint256 dipAmount,bytes32 signatureId)"
RESTAKE_TYPE = "Restake(uint96 stakeId,uint96 newTarget,bytes32 signatureId)"


def stake_arguments() -> list[Any]:
    return ["{owner}", "{target}", "{amount}", "{signature_id}", "{signature}"]


def restake_arguments() -> list[Any]:
    return ["{owner}", "{stake_id}", "{target}", "{signature_id}", "{signature}"]


def stake_proof() -> dict[str, str]:
    return {"user": "{owner}", "target": "{target}", "amount": "{amount}"}


def restake_proof() -> dict[str, str]:
    """Its `stakeId` is a new one, which nobody knows before."""
    return {"user": "{owner}", "newTarget": "{target}"}


def stake_message() -> list[Any]:
    return ["{target}", "{amount}", "{signature_id}"]


def restake_message() -> list[Any]:
    return ["{stake_id}", "{target}", "{signature_id}"]
