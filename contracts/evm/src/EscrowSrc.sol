// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Escrow} from "./Escrow.sol";
import {HashFunction} from "./types/HashFunction.sol";
import {Immutables} from "./types/Immutables.sol";
import {TimelocksLib} from "./libraries/TimelocksLib.sol";

/// Holds the maker's tokens on the source chain. The secret pays them to the taker; time gives them back to the maker.
///
///     [0, withdrawal)                            nothing
///     [withdrawal, public withdrawal)            taker withdraws
///     [public withdrawal, cancellation)          taker, or anyone for the taker, withdraws
///     [cancellation, public cancellation)        taker cancels
///     [public cancellation, for ever)            anyone cancels
contract EscrowSrc is Escrow {
    constructor(uint256 rescueDelay, HashFunction hashFunction) Escrow(rescueDelay, hashFunction) {}

    function withdraw(bytes32 secret, Immutables calldata terms) external {
        _withdrawByTaker(secret, msg.sender, terms);
    }

    /// As `withdraw`, paid to `target`.
    function withdrawTo(bytes32 secret, address target, Immutables calldata terms) external {
        _withdrawByTaker(secret, target, terms);
    }

    function publicWithdraw(bytes32 secret, Immutables calldata terms)
        external
        onlyFrom(terms.timelocks.get(TimelocksLib.Stage.SrcPublicWithdrawal))
        onlyBefore(terms.timelocks.get(TimelocksLib.Stage.SrcCancellation))
    {
        _withdraw(secret, terms.taker.get(), terms);
    }

    function cancel(Immutables calldata terms)
        external
        onlyTaker(terms)
        onlyFrom(terms.timelocks.get(TimelocksLib.Stage.SrcCancellation))
    {
        _cancel(terms.maker.get(), terms);
    }

    /// By anyone, from public cancellation on.
    function publicCancel(Immutables calldata terms)
        external
        onlyFrom(terms.timelocks.get(TimelocksLib.Stage.SrcPublicCancellation))
    {
        _cancel(terms.maker.get(), terms);
    }

    function _withdrawByTaker(bytes32 secret, address target, Immutables calldata terms)
        private
        onlyTaker(terms)
        onlyFrom(terms.timelocks.get(TimelocksLib.Stage.SrcWithdrawal))
        onlyBefore(terms.timelocks.get(TimelocksLib.Stage.SrcCancellation))
    {
        _withdraw(secret, target, terms);
    }
}
