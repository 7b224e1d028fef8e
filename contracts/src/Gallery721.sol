// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

/// @title A collection whose minter names each token: ERC-721, with the metadata of all tokens in one folder.
/// @notice `tokenURI` is the folder, the id in decimal, and `suffix`: empty as OpenZeppelin joins it, or `.json`.
/// A recipient with code must accept the token (ERC-721 `onERC721Received`), or its mint reverts.
contract Gallery721 is ERC721, AccessControl, Multicall {
    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");

    string public baseURI;
    string public suffix;

    error LengthMismatch();

    constructor(string memory name, string memory symbol, string memory suffix_, address admin, address minter)
        ERC721(name, symbol)
    {
        suffix = suffix_;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(MINTER_ROLE, minter);
    }

    /// @notice Sets the folder, with its slash, such as `ipfs://bafy…/`.
    function setBaseURI(string calldata uri) external onlyRole(MINTER_ROLE) {
        baseURI = uri;
    }

    function safeMint(address to, uint256 tokenId) external onlyRole(MINTER_ROLE) {
        _safeMint(to, tokenId);
    }

    /// @notice Mints `tokenIds[i]` to `to[i]`, all or nothing.
    function safeMintBatch(address[] calldata to, uint256[] calldata tokenIds) external onlyRole(MINTER_ROLE) {
        if (to.length != tokenIds.length) revert LengthMismatch();
        for (uint256 i = 0; i < to.length; i++) _safeMint(to[i], tokenIds[i]);
    }

    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        return string.concat(super.tokenURI(tokenId), suffix);
    }

    function supportsInterface(bytes4 interfaceId) public view override(ERC721, AccessControl) returns (bool) {
        return super.supportsInterface(interfaceId);
    }

    function _baseURI() internal view override returns (string memory) {
        return baseURI;
    }
}
