// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Escrow} from "./Escrow.sol";
import {HashFunction} from "./types/HashFunction.sol";
import {Immutables} from "./types/Immutables.sol";
import {TimelocksLib} from "./libraries/TimelocksLib.sol";

/// Holds the taker's tokens on the destination chain. The secret pays them to the maker; time gives them back to the
/// taker.
///
///     [0, withdrawal)                            nothing
///     [withdrawal, public withdrawal)            taker withdraws, for the maker
///     [public withdrawal, cancellation)          anyone withdraws, for the maker
///     [cancellation, for ever)                   anyone cancels, for the taker
contract EscrowDst is Escrow {
    constructor(uint256 rescueDelay, HashFunction hashFunction) Escrow(rescueDelay, hashFunction) {}

    function withdraw(bytes32 secret, Immutables calldata terms)
        external
        onlyTaker(terms)
        onlyFrom(terms.timelocks.get(TimelocksLib.Stage.DstWithdrawal))
        onlyBefore(terms.timelocks.get(TimelocksLib.Stage.DstCancellation))
    {
        _withdraw(secret, terms.maker.get(), terms);
    }

    function publicWithdraw(bytes32 secret, Immutables calldata terms)
        external
        onlyFrom(terms.timelocks.get(TimelocksLib.Stage.DstPublicWithdrawal))
        onlyBefore(terms.timelocks.get(TimelocksLib.Stage.DstCancellation))
    {
        _withdraw(secret, terms.maker.get(), terms);
    }

    /// By anyone: the taker is paid, the caller earns the safety deposit.
    function cancel(Immutables calldata terms)
        external
        onlyFrom(terms.timelocks.get(TimelocksLib.Stage.DstCancellation))
    {
        _cancel(terms.taker.get(), terms);
    }
}
