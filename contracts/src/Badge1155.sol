// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

/// @title Badges of many kinds that a minter hands out: ERC-1155, the caller names the kind.
/// @notice A recipient with code must accept the token (ERC-1155 `onERC1155Received`), or its claim reverts.
contract Badge1155 is ERC1155, AccessControl, Multicall {
    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");

    mapping(address recipient => bool) public refused;

    error RecipientRefused(address recipient);
    error LengthMismatch();

    constructor(string memory uri, address admin, address minter) ERC1155(uri) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(MINTER_ROLE, minter);
    }

    /// @notice Mints `quantity` badges of the kind `tokenId` to `recipient`.
    function claim(address recipient, uint256 tokenId, uint256 quantity) external onlyRole(MINTER_ROLE) {
        _claim(recipient, tokenId, quantity);
    }

    /// @notice Mints `quantities[i]` badges of the kind `tokenIds[i]` to `recipients[i]`, all or nothing.
    function claimBatch(address[] calldata recipients, uint256[] calldata tokenIds, uint256[] calldata quantities)
        external
        onlyRole(MINTER_ROLE)
    {
        bool sameLength = recipients.length == tokenIds.length && recipients.length == quantities.length;
        if (!sameLength) revert LengthMismatch();
        for (uint256 i = 0; i < recipients.length; i++) _claim(recipients[i], tokenIds[i], quantities[i]);
    }

    /// @notice Makes claims for `recipient` revert, or lets them pass again.
    function refuse(address recipient, bool isRefused) external onlyRole(DEFAULT_ADMIN_ROLE) {
        refused[recipient] = isRefused;
    }

    function supportsInterface(bytes4 interfaceId) public view override(ERC1155, AccessControl) returns (bool) {
        return super.supportsInterface(interfaceId);
    }

    function _claim(address recipient, uint256 tokenId, uint256 quantity) private {
        if (refused[recipient]) revert RecipientRefused(recipient);
        _mint(recipient, tokenId, quantity, "");
    }
}
