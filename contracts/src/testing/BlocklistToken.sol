// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title ERC-20 that refuses blocked payers and payees with a text, as widely used stablecoins do.
/// @notice Anybody may mint and block.
contract BlocklistToken is ERC20("Blocklist Token", "BLOCK") {
    mapping(address account => bool) public isBlocked;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setBlocked(address account, bool blocked) external {
        isBlocked[account] = blocked;
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function _update(address from, address to, uint256 amount) internal override {
        require(!isBlocked[from] && !isBlocked[to], "account is blocked");
        super._update(from, to, amount);
    }
}
