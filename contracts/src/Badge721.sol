// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

/// @title A badge that a minter hands out: ERC-721, ids 1, 2, 3, ...
/// @notice Not enumerable, and minted without the ERC-721 acceptance call, so that a mint stays near 50,000 gas
/// and no recipient can run code of its own inside somebody else's batch.
contract Badge721 is ERC721, AccessControl, Multicall {
    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");

    uint256 public nextTokenId = 1;
    mapping(address recipient => bool) public refused;

    error RecipientRefused(address recipient);
    error LengthMismatch();

    constructor(string memory name, string memory symbol, address admin, address minter) ERC721(name, symbol) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(MINTER_ROLE, minter);
    }

    /// @notice Mints `quantity` badges with consecutive ids to `recipient`.
    function claim(address recipient, uint256 quantity) external onlyRole(MINTER_ROLE) {
        _claim(recipient, quantity);
    }

    /// @notice Mints `quantities[i]` badges to `recipients[i]`, all or nothing.
    function claimBatch(address[] calldata recipients, uint256[] calldata quantities) external onlyRole(MINTER_ROLE) {
        if (recipients.length != quantities.length) revert LengthMismatch();
        for (uint256 i = 0; i < recipients.length; i++) _claim(recipients[i], quantities[i]);
    }

    /// @notice Makes claims for `recipient` revert, or lets them pass again.
    function refuse(address recipient, bool isRefused) external onlyRole(DEFAULT_ADMIN_ROLE) {
        refused[recipient] = isRefused;
    }

    function supportsInterface(bytes4 interfaceId) public view override(ERC721, AccessControl) returns (bool) {
        return super.supportsInterface(interfaceId);
    }

    function _claim(address recipient, uint256 quantity) private {
        if (refused[recipient]) revert RecipientRefused(recipient);
        uint256 first = nextTokenId;
        nextTokenId = first + quantity;
        for (uint256 i = 0; i < quantity; i++) _mint(recipient, first + i);
    }
}
