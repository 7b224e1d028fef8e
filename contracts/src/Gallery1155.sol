// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

/// @title A collection of tokens of which there may be many each: ERC-1155.
/// @notice `uri` has `{id}` in it, for which wallets put the token's id in 64 hexadecimal digits (ERC-1155, metadata).
contract Gallery1155 is ERC1155, AccessControl, Multicall {
    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");

    error LengthMismatch();

    constructor(address admin, address minter) ERC1155("") {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(MINTER_ROLE, minter);
    }

    /// @notice Sets the URI of all tokens, such as `ipfs://bafy…/{id}.json`.
    function setURI(string calldata newuri) external onlyRole(MINTER_ROLE) {
        _setURI(newuri);
    }

    function mint(address to, uint256 id, uint256 amount, bytes calldata data) external onlyRole(MINTER_ROLE) {
        _mint(to, id, amount, data);
    }

    /// @notice Mints `amounts[i]` of the token `ids[i]` to `to[i]`, all or nothing.
    function airdrop(address[] calldata to, uint256[] calldata ids, uint256[] calldata amounts)
        external
        onlyRole(MINTER_ROLE)
    {
        if (to.length != ids.length || to.length != amounts.length) revert LengthMismatch();
        for (uint256 i = 0; i < to.length; i++) _mint(to[i], ids[i], amounts[i], "");
    }

    function supportsInterface(bytes4 interfaceId) public view override(ERC1155, AccessControl) returns (bool) {
        return super.supportsInterface(interfaceId);
    }
}
