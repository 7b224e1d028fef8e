// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// @title Staking without gas: an owner signs a stake or a restake, and anybody may submit it, once.
/// @notice The calls, messages, refusals and `Log…` events are those of the staking contract that the old staking
/// processor served. `Staked` and `Restaked` are beside them, because they say which signature they come from.
contract SignedStaking is EIP712, Ownable, Pausable {
    using SafeERC20 for IERC20;

    struct Info {
        address owner;
        uint96 target; // the NFT id that is staked on
        uint256 balance; // base units of the token
    }

    bytes32 private constant STAKE_TYPE = keccak256("Stake(uint96 target,uint256 dipAmount,bytes32 signatureId)");
    bytes32 private constant RESTAKE_TYPE = keccak256("Restake(uint96 stakeId,uint96 newTarget,bytes32 signatureId)");

    IERC20 public immutable token;
    uint96 public stakeCount;
    mapping(uint96 id => Info) public stakes;
    mapping(uint96 target => uint256) public stakedOn;
    mapping(address owner => mapping(bytes32 signatureId => bool)) public isSignatureUsed;

    event Staked(
        address indexed owner, bytes32 indexed signatureId, uint96 indexed target, uint96 stakeId, uint256 dipAmount
    );
    event Restaked(
        address indexed owner, bytes32 indexed signatureId, uint96 indexed target, uint96 stakeId, uint96 newStakeId
    );
    event LogStakingStaked(uint96 target, address user, uint96 id, uint256 amount, uint256 newBalance);
    event LogStakingRestaked(
        uint96 oldTarget, uint96 newTarget, address user, uint96 stakeId, uint256 stakingAmount
    );

    constructor(IERC20 token_, address admin) EIP712("EtheriscStaking", "1") Ownable(admin) {
        token = token_;
    }

    /// @notice Stakes `dipAmount` base units of the owner's tokens, which this contract must be allowed to take.
    function createStakeWithSignature(
        address owner,
        uint96 targetNftId,
        uint256 dipAmount,
        bytes32 signatureId,
        bytes calldata signature
    ) external whenNotPaused returns (uint96 stakeId) {
        bytes32 message = keccak256(abi.encode(STAKE_TYPE, targetNftId, dipAmount, signatureId));
        _use(owner, signatureId, message, signature);
        stakeId = _add(owner, targetNftId, dipAmount);
        emit Staked(owner, signatureId, targetNftId, stakeId, dipAmount);
        emit LogStakingStaked(targetNftId, owner, stakeId, dipAmount, dipAmount);
        _pull(owner, dipAmount);
    }

    /// @notice Moves all of a stake to another target, as a stake with a new id.
    function restakeWithSignature(
        address owner,
        uint96 stakeNftId,
        uint96 targetNftId,
        bytes32 signatureId,
        bytes calldata signature
    ) external whenNotPaused {
        _use(owner, signatureId, keccak256(abi.encode(RESTAKE_TYPE, stakeNftId, targetNftId, signatureId)), signature);
        Info memory old = stakes[stakeNftId];
        require(old.owner == owner, "ERROR:STK-010:USER_NOT_OWNER");
        require(old.balance > 0, "ERROR:STK-160:STAKE_EMPTY");
        stakes[stakeNftId].balance = 0;
        stakedOn[old.target] -= old.balance;
        uint96 stakeId = _add(owner, targetNftId, old.balance);
        emit Restaked(owner, signatureId, targetNftId, stakeNftId, stakeId);
        emit LogStakingRestaked(old.target, targetNftId, owner, stakeId, old.balance);
    }

    function pause() external onlyOwner {
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }

    /// @notice Refuses a signature id that this owner has used, and whatever the owner has not signed.
    function _use(address owner, bytes32 signatureId, bytes32 message, bytes calldata signature) private {
        require(!isSignatureUsed[owner][signatureId], "ERROR:SMH-001:SIGNATURE_USED");
        (address signer, ECDSA.RecoverError flaw,) = ECDSA.tryRecover(_hashTypedDataV4(message), signature);
        require(flaw == ECDSA.RecoverError.NoError, "ECDSA: invalid signature");
        require(signer == owner, "ERROR:SMH-002:SIGNATURE_INVALID");
        isSignatureUsed[owner][signatureId] = true;
    }

    function _add(address owner, uint96 target, uint256 amount) private returns (uint96 id) {
        id = ++stakeCount;
        stakes[id] = Info(owner, target, amount);
        stakedOn[target] += amount;
    }

    function _pull(address owner, uint256 amount) private {
        require(token.balanceOf(owner) >= amount, "ERROR:STK-290:DIP_BALANCE_INSUFFICIENT");
        require(token.allowance(owner, address(this)) >= amount, "ERROR:STK-291:DIP_ALLOWANCE_INSUFFICIENT");
        require(token.trySafeTransferFrom(owner, address(this), amount), "ERROR:STK-292:DIP_TRANSFER_FROM_FAILED");
    }
}
