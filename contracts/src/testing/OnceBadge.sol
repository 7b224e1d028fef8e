// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

/// @title ERC-721 badge of which an address gets one, ever: two good claims for it are bad in one batch.
contract OnceBadge is ERC721, AccessControl, Multicall {
    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");

    uint256 public nextTokenId = 1;
    mapping(address recipient => bool) public hasClaimed;

    error AlreadyClaimed(address recipient);
    error OneOnly(uint256 quantity);

    constructor(address admin, address minter) ERC721("Once Badge", "ONCE") {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(MINTER_ROLE, minter);
    }

    /// @notice Mints one badge; `quantity` must be 1 and is there so that the call looks like the other badges'.
    function claim(address recipient, uint256 quantity) external onlyRole(MINTER_ROLE) {
        if (quantity != 1) revert OneOnly(quantity);
        if (hasClaimed[recipient]) revert AlreadyClaimed(recipient);
        hasClaimed[recipient] = true;
        _mint(recipient, nextTokenId++);
    }

    function supportsInterface(bytes4 interfaceId) public view override(ERC721, AccessControl) returns (bool) {
        return super.supportsInterface(interfaceId);
    }
}
