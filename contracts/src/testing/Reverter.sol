// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

/// @title Claims that fail in every way a contract can fail; the quantity chooses. Anybody may call.
contract Reverter is Multicall {
    uint256 public constant CUSTOM_ERROR = 1;
    uint256 public constant TEXT = 2;
    uint256 public constant PANIC = 3; // 0x11, arithmetic overflow
    uint256 public constant EMPTY = 4;
    uint256 public constant NO_EVENT = 5; // succeeds, but leaves no trace

    event Claimed(address indexed recipient, uint256 quantity);

    error ClaimRejected(address recipient, uint256 quantity);

    function claim(address recipient, uint256 quantity) external {
        if (quantity == CUSTOM_ERROR) revert ClaimRejected(recipient, quantity);
        if (quantity == TEXT) revert("claims are closed");
        if (quantity == PANIC) quantity += type(uint256).max;
        if (quantity == EMPTY) revert();
        if (quantity == NO_EVENT) return;
        emit Claimed(recipient, quantity);
    }
}
