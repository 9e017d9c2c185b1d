// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// What a hashlock is made with, fixed for a factory and all its escrows. In the ABI: uint8, 0 = sha256, 1 = keccak256.
enum HashFunction {
    Sha256,
    Keccak256
}
