// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Immutables} from "../types/Immutables.sol";
import {HashFunction} from "../types/HashFunction.sol";

/// What both kinds of escrow offer. Windows are [start, end): each function says who may call it and when.
interface IEscrow {
    error InvalidCaller();
    error InvalidImmutables();
    error InvalidSecret();
    error InvalidTime();
    /// A payee, a token or the caller called back into the escrow that is paying him.
    error ReentrantCall();

    event EscrowWithdrawal(bytes32 secret);
    event EscrowCancelled();
    event FundsRescued(address token, uint256 amount);

    /// By the taker, from withdrawal until cancellation.
    function withdraw(bytes32 secret, Immutables calldata terms) external;

    /// By anyone, from public withdrawal until cancellation.
    function publicWithdraw(bytes32 secret, Immutables calldata terms) external;

    /// Gives the amount back, from cancellation on.
    function cancel(Immutables calldata terms) external;

    /// By the taker, RESCUE_DELAY seconds after creation: takes any token (zero: native coin) out, to himself.
    function rescueFunds(address token, uint256 amount, Immutables calldata terms) external;

    function FACTORY() external view returns (address);
    function HASH_FUNCTION() external view returns (HashFunction);
    function RESCUE_DELAY() external view returns (uint256);
    function PROXY_BYTECODE_HASH() external view returns (bytes32);
}
