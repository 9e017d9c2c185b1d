// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Address} from "./Address.sol";
import {Timelocks} from "../libraries/TimelocksLib.sol";

/// The terms of one escrow. An escrow stores none of them: its address commits to their hash, and every call brings
/// them. Field order and types are those of 1inch cross-chain-swap 1.0.0.
struct Immutables {
    bytes32 orderHash;
    /// Hash of the 32-byte secret, by the factory's hash function.
    bytes32 hashlock;
    /// Source: who locked and is refunded. Destination: who is paid.
    Address maker;
    /// Source: who is paid. Destination: who is refunded.
    Address taker;
    /// ERC-20, or zero for the native coin.
    Address token;
    uint256 amount;
    /// Native coin for whoever finishes the escrow.
    uint256 safetyDeposit;
    Timelocks timelocks;
}

/// What the maker is owed on the other chain. All zero when the source lock came without an order.
struct DstImmutablesComplement {
    Address maker;
    uint256 amount;
    Address token;
    uint256 safetyDeposit;
    uint256 chainId;
}
