// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title A pool that pays out an ERC-20 in two steps: propose, then finalize.
/// @notice A proposal is a poll. It runs for `pollDuration` seconds from the proposal; zero means that it may be
/// finalized in the same block and that nobody can vote. A poll nobody objected to is approved.
contract WithdrawalPool is AccessControl {
    using SafeERC20 for IERC20;

    struct Poll {
        uint256 member; // zero: no such poll
        uint256 amount; // base units of the token
        uint256 startTime; // seconds since 1970
        uint256 endTime; // seconds since 1970
        int256 tally; // managers who agree minus managers who object
        bool finalized;
    }

    bytes32 public constant MANAGER_ROLE = keccak256("MANAGER_ROLE");

    IERC20 public immutable token;
    uint256 public pollDuration;
    uint256 public pollCount;
    uint256 public memberCount;

    mapping(address beneficiary => uint256) public getMemberByAddress;
    mapping(uint256 member => address) public getAddressByMember;
    mapping(uint256 id => Poll) private polls;
    mapping(uint256 id => mapping(address manager => int256)) private voices;

    event WithdrawPollCreated(uint256 id, uint256 member);
    event WithdrawPollFinalized(uint256 id, bool approved);
    event Withdrawn(uint256 id, address member, uint256 amount);

    error PollUnknown(uint256 id);
    error PollFinalized(uint256 id);
    error PollOpen(uint256 id, uint256 endTime);
    error PollClosed(uint256 id, uint256 endTime);

    constructor(IERC20 token_, address admin, address manager, uint256 pollDuration_) {
        token = token_;
        pollDuration = pollDuration_;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(MANAGER_ROLE, manager);
    }

    /// @notice Sets how many seconds the polls created from now on stay open.
    function setPollDuration(uint256 duration) external onlyRole(DEFAULT_ADMIN_ROLE) {
        pollDuration = duration;
    }

    /// @notice Proposes to pay `amount` base units to `beneficiary`, who becomes a member with a number of its own.
    function proposeWithdraw(uint256 amount, address beneficiary) external onlyRole(MANAGER_ROLE) {
        uint256 member = _memberOf(beneficiary);
        uint256 id = ++pollCount;
        polls[id] = Poll(member, amount, block.timestamp, block.timestamp + pollDuration, 0, false);
        emit WithdrawPollCreated(id, member);
    }

    /// @notice Says for the calling manager whether to pay; a manager may change its mind while the poll is open.
    function withdrawPollVote(uint256 id, bool agree) external onlyRole(MANAGER_ROLE) {
        Poll storage poll = _unsettled(id);
        if (block.timestamp >= poll.endTime) revert PollClosed(id, poll.endTime);
        int256 voice = agree ? int256(1) : int256(-1);
        poll.tally += voice - voices[id][msg.sender];
        voices[id][msg.sender] = voice;
    }

    /// @notice Ends the poll, and pays if it was approved. A payment the token refuses leaves the poll unsettled.
    function withdrawPollFinalize(uint256 id) external onlyRole(MANAGER_ROLE) {
        Poll storage poll = _unsettled(id);
        if (block.timestamp < poll.endTime) revert PollOpen(id, poll.endTime);
        poll.finalized = true;
        bool approved = poll.tally >= 0;
        emit WithdrawPollFinalized(id, approved);
        if (approved) _pay(id, getAddressByMember[poll.member], poll.amount);
    }

    function getAmount(uint256 id) external view returns (uint256) {
        return _known(id).amount;
    }

    function getStartTime(uint256 id) external view returns (uint256) {
        return _known(id).startTime;
    }

    function getEndTime(uint256 id) external view returns (uint256) {
        return _known(id).endTime;
    }

    /// @notice Whether the poll would pay if it ended now.
    function withdrawPollApprovalState(uint256 id) external view returns (bool) {
        return _known(id).tally >= 0;
    }

    function _pay(uint256 id, address payee, uint256 amount) private {
        token.safeTransfer(payee, amount);
        emit Withdrawn(id, payee, amount);
    }

    function _memberOf(address beneficiary) private returns (uint256 member) {
        member = getMemberByAddress[beneficiary];
        if (member != 0) return member;
        member = ++memberCount;
        getMemberByAddress[beneficiary] = member;
        getAddressByMember[member] = beneficiary;
    }

    function _unsettled(uint256 id) private view returns (Poll storage poll) {
        poll = _known(id);
        if (poll.finalized) revert PollFinalized(id);
    }

    function _known(uint256 id) private view returns (Poll storage poll) {
        poll = polls[id];
        if (poll.member == 0) revert PollUnknown(id);
    }
}
