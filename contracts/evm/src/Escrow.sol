// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {HashFunction} from "./types/HashFunction.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {Immutables} from "./types/Immutables.sol";
import {ImmutablesLib} from "./libraries/ImmutablesLib.sol";
import {ProxyLib} from "./libraries/ProxyLib.sol";
import {TimelocksLib} from "./libraries/TimelocksLib.sol";
import {TokenLib} from "./libraries/TokenLib.sol";

/// What source and destination escrows share. Proxies of one implementation run this code; none keeps state, and the
/// terms that a call brings are believed because the proxy's own address is their hash.
abstract contract Escrow is IEscrow {
    using ImmutablesLib for Immutables;

    address public immutable FACTORY = msg.sender;
    bytes32 public immutable PROXY_BYTECODE_HASH = ProxyLib.initCodeHash(address(this));
    uint256 public immutable RESCUE_DELAY;
    HashFunction public immutable HASH_FUNCTION;

    /// Since nothing is stored, an escrow that holds more than its terms could be emptied twice within one payment.
    bool private transient _paying;

    constructor(uint256 rescueDelay, HashFunction hashFunction) {
        RESCUE_DELAY = rescueDelay;
        HASH_FUNCTION = hashFunction;
    }

    modifier onlyTaker(Immutables calldata terms) {
        if (msg.sender != terms.taker.get()) revert InvalidCaller();
        _;
    }

    modifier onlyFrom(uint256 start) {
        if (block.timestamp < start) revert InvalidTime();
        _;
    }

    modifier onlyBefore(uint256 end) {
        if (block.timestamp >= end) revert InvalidTime();
        _;
    }

    modifier onlyOwnTerms(Immutables calldata terms) {
        if (ProxyLib.predict(FACTORY, terms.hash(), PROXY_BYTECODE_HASH) != address(this)) revert InvalidImmutables();
        _;
    }

    modifier onceAtATime() {
        if (_paying) revert ReentrantCall();
        _paying = true;
        _;
        _paying = false;
    }

    function rescueFunds(address token, uint256 amount, Immutables calldata terms)
        external
        onlyTaker(terms)
        onlyFrom(terms.timelocks.createdAt() + RESCUE_DELAY)
        onlyOwnTerms(terms)
        onceAtATime
    {
        TokenLib.send(token, msg.sender, amount);
        emit FundsRescued(token, amount);
    }

    /// Pays the amount to `to` and the safety deposit to the caller. The secret decides.
    function _withdraw(bytes32 secret, address to, Immutables calldata terms) internal onlyOwnTerms(terms) onceAtATime {
        if (_hash(secret) != terms.hashlock) revert InvalidSecret();
        _pay(to, terms);
        emit EscrowWithdrawal(secret);
    }

    /// Pays the amount back to `to` and the safety deposit to the caller. The hour decided.
    function _cancel(address to, Immutables calldata terms) internal onlyOwnTerms(terms) onceAtATime {
        _pay(to, terms);
        emit EscrowCancelled();
    }

    function _pay(address to, Immutables calldata terms) private {
        TokenLib.send(terms.token.get(), to, terms.amount);
        TokenLib.sendNative(msg.sender, terms.safetyDeposit);
    }

    function _hash(bytes32 secret) private view returns (bytes32) {
        bytes memory preimage = abi.encodePacked(secret);
        return HASH_FUNCTION == HashFunction.Sha256 ? sha256(preimage) : keccak256(preimage);
    }
}
