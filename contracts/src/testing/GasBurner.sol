// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

/// @title Claims that cost as much gas as the test wants, or all there is. Anybody may call and configure.
contract GasBurner is Multicall {
    uint256 public gasPerClaim;
    mapping(address recipient => bool) public isTrap;

    event Claimed(address indexed recipient, uint256 quantity);

    /// @notice Sets what a claim burns, in gas, on top of its own few thousand.
    function setGasPerClaim(uint256 amount) external {
        gasPerClaim = amount;
    }

    /// @notice Makes every claim for `recipient` run out of gas, however much it is given.
    function setTrap(address recipient, bool trap) external {
        isTrap[recipient] = trap;
    }

    function claim(address recipient, uint256 quantity) external {
        uint256 budget = isTrap[recipient] ? type(uint256).max : gasPerClaim;
        uint256 start = gasleft();
        while (start - gasleft() < budget) {}
        emit Claimed(recipient, quantity);
    }
}
