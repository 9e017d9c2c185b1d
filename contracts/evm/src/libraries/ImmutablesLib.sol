// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Immutables} from "../types/Immutables.sol";

/// keccak256(abi.encode(terms)), eight words: the salt of the escrow's address.
library ImmutablesLib {
    uint256 private constant SIZE = 0x100;

    function hash(Immutables calldata terms) internal pure returns (bytes32 result) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, terms, SIZE)
            result := keccak256(free, SIZE)
        }
    }

    function hashMemory(Immutables memory terms) internal pure returns (bytes32 result) {
        assembly ("memory-safe") {
            result := keccak256(terms, SIZE)
        }
    }
}
