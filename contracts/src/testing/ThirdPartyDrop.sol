// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

/// @title ERC-721 drop with the signatures of third-party drops: nested tuples and arrays, open to anybody.
/// @notice One public claim condition, paid in the chain's coin. Its limit counts per receiver (the originals count
/// per caller), so that one order of a minter can be refused while the others pass.
contract ThirdPartyDrop is ERC721, Multicall {
    struct AllowlistProof {
        bytes32[] proof;
        uint256 quantityLimitPerWallet;
        uint256 pricePerToken;
        address currency;
    }

    /// @notice The customary stand-in for "the chain's own coin" where a token address is expected.
    address public constant NATIVE = 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE;

    uint256 public immutable quantityLimitPerWallet;
    uint256 public immutable pricePerToken; // wei
    uint256 public nextTokenIdToClaim;
    mapping(address receiver => uint256) public claimedBy;

    event TokensClaimed(
        uint256 indexed conditionIndex,
        address indexed claimer,
        address indexed receiver,
        uint256 startTokenId,
        uint256 quantity
    );

    error DropClaimExceedLimit(uint256 limit, uint256 wanted);
    error DropClaimInvalidTokenPrice(address currency, uint256 price, address wantedCurrency, uint256 wantedPrice);
    error DropClaimWrongValue(uint256 sent, uint256 wanted);

    constructor(uint256 limitPerWallet, uint256 price) ERC721("Third-party Drop", "DROP") {
        quantityLimitPerWallet = limitPerWallet;
        pricePerToken = price;
    }

    /// @notice Mints `quantity` tokens to `receiver`. There is no allowlist here: proof and data are not read.
    function claim(
        address receiver,
        uint256 quantity,
        address currency,
        uint256 price,
        AllowlistProof calldata,
        bytes calldata
    ) external payable {
        _checkPrice(quantity, currency, price);
        _checkLimit(receiver, quantity);
        uint256 first = nextTokenIdToClaim;
        nextTokenIdToClaim = first + quantity;
        for (uint256 i = 0; i < quantity; i++) _mint(receiver, first + i);
        emit TokensClaimed(0, msg.sender, receiver, first, quantity);
    }

    function _checkPrice(uint256 quantity, address currency, uint256 price) private view {
        if (currency != NATIVE || price != pricePerToken) {
            revert DropClaimInvalidTokenPrice(currency, price, NATIVE, pricePerToken);
        }
        if (msg.value != price * quantity) revert DropClaimWrongValue(msg.value, price * quantity);
    }

    function _checkLimit(address receiver, uint256 quantity) private {
        uint256 claimed = claimedBy[receiver] + quantity;
        if (claimed > quantityLimitPerWallet) revert DropClaimExceedLimit(quantityLimitPerWallet, claimed);
        claimedBy[receiver] = claimed;
    }
}
