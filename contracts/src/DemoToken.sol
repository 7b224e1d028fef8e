// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token to pay out: ERC-20 with 6 decimals, minted by its owner, who may block payees.
contract DemoToken is ERC20, Ownable {
    mapping(address payee => bool) public blocked;

    error PayeeBlocked(address payee);

    constructor(string memory name, string memory symbol, address owner) ERC20(name, symbol) Ownable(owner) {}

    /// @notice Creates `amount` base units (10^-6 of a token).
    function mint(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }

    /// @notice Makes every transfer to `payee` revert, or lets them pass again.
    function setBlocked(address payee, bool isBlocked) external onlyOwner {
        blocked[payee] = isBlocked;
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (blocked[to]) revert PayeeBlocked(to);
        super._update(from, to, amount);
    }
}
