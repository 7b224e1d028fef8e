// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";

/// @title A badge like Badge721 whose minter needs no coin: it signs requests, and a forwarder that the badge trusts brings them.
contract SponsoredBadge is ERC721, AccessControl, ERC2771Context {
    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");

    uint256 public nextTokenId = 1;
    mapping(address recipient => bool) public refused;

    error RecipientRefused(address recipient);

    constructor(
        string memory name,
        string memory symbol,
        address admin,
        address minter,
        address forwarder
    ) ERC721(name, symbol) ERC2771Context(forwarder) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(MINTER_ROLE, minter);
    }

    /// @notice Mints `quantity` badges with consecutive ids to `recipient`.
    function claim(address recipient, uint256 quantity) external onlyRole(MINTER_ROLE) {
        if (refused[recipient]) revert RecipientRefused(recipient);
        uint256 first = nextTokenId;
        nextTokenId = first + quantity;
        for (uint256 i = 0; i < quantity; i++) _mint(recipient, first + i);
    }

    /// @notice Makes claims for `recipient` revert, or lets them pass again.
    function refuse(address recipient, bool isRefused) external onlyRole(DEFAULT_ADMIN_ROLE) {
        refused[recipient] = isRefused;
    }

    function supportsInterface(bytes4 interfaceId) public view override(ERC721, AccessControl) returns (bool) {
        return super.supportsInterface(interfaceId);
    }

    function _msgSender() internal view override(Context, ERC2771Context) returns (address) {
        return ERC2771Context._msgSender();
    }

    function _msgData() internal view override(Context, ERC2771Context) returns (bytes calldata) {
        return ERC2771Context._msgData();
    }

    function _contextSuffixLength() internal view override(Context, ERC2771Context) returns (uint256) {
        return ERC2771Context._contextSuffixLength();
    }
}
