// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// @title ERC-721 badge that anybody may claim for anybody: the only kind of claim fit for Multicall3.
contract OpenBadge is ERC721("Open Badge", "OPEN") {
    uint256 public nextTokenId = 1;

    function claim(address recipient, uint256 quantity) external {
        uint256 first = nextTokenId;
        nextTokenId = first + quantity;
        for (uint256 i = 0; i < quantity; i++) _mint(recipient, first + i);
    }
}
