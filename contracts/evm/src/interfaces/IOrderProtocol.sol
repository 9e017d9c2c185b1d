// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Order} from "../types/Order.sol";

/// The part of Limit Order Protocol v4 that a taker calls.
interface IOrderProtocol {
    /// For a maker with a key: `r` and `vs` are his compact signature (EIP-2098).
    function fillOrderArgs(
        Order calldata order,
        bytes32 r,
        bytes32 vs,
        uint256 amount,
        uint256 takerTraits,
        bytes calldata args
    ) external payable returns (uint256 makingAmount, uint256 takingAmount, bytes32 orderHash);
}
