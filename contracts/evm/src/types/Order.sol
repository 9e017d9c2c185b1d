// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Address} from "./Address.sol";
import {Timelocks} from "../libraries/TimelocksLib.sol";

/// A maker's order, as Limit Order Protocol v4 hands it to its extensions.
struct Order {
    uint256 salt;
    Address maker;
    Address receiver;
    Address makerAsset;
    Address takerAsset;
    uint256 makingAmount;
    uint256 takingAmount;
    uint256 makerTraits;
}

/// The last 160 bytes of an order's post-interaction: what the maker signed about the two escrows.
struct ExtraDataArgs {
    bytes32 hashlockInfo;
    uint256 dstChainId;
    Address dstToken;
    /// Source safety deposit in the high half of the word, destination safety deposit in the low half.
    uint256 deposits;
    Timelocks timelocks;
}
