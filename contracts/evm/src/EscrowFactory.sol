// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AuctionLib} from "./libraries/AuctionLib.sol";
import {DstImmutablesComplement, Immutables} from "./types/Immutables.sol";
import {EscrowDst} from "./EscrowDst.sol";
import {EscrowSrc} from "./EscrowSrc.sol";
import {ExtraDataArgs, Order} from "./types/Order.sol";
import {HashFunction} from "./types/HashFunction.sol";
import {IEscrowFactory} from "./interfaces/IEscrowFactory.sol";
import {ImmutablesLib} from "./libraries/ImmutablesLib.sol";
import {ProxyLib} from "./libraries/ProxyLib.sol";
import {Timelocks, TimelocksLib} from "./libraries/TimelocksLib.sol";
import {TokenLib} from "./libraries/TokenLib.sol";
import {WhitelistLib} from "./libraries/WhitelistLib.sol";
import {toAddress} from "./types/Address.sol";

/// Makes the escrows of both sides, and is the extension that a maker's order names: it prices the auction and, once
/// the order protocol has moved the maker's tokens, puts an escrow where they went. Single fills only.
contract EscrowFactory is IEscrowFactory {
    using ImmutablesLib for Immutables;

    uint256 private constant EXTRA_DATA_SIZE = 160;
    uint256 private constant ALLOW_MULTIPLE_FILLS = 1 << 254;

    address public immutable LIMIT_ORDER_PROTOCOL;
    HashFunction public immutable HASH_FUNCTION;
    /// Seconds from an escrow's creation after which its taker may take what is left. Every stage begins before it.
    uint256 public immutable RESCUE_DELAY;
    address public immutable ESCROW_SRC_IMPLEMENTATION;
    address public immutable ESCROW_DST_IMPLEMENTATION;
    bytes32 private immutable _SRC_CODE_HASH;
    bytes32 private immutable _DST_CODE_HASH;

    constructor(address limitOrderProtocol, HashFunction hashFunction, uint32 rescueDelay) {
        if (rescueDelay == 0) revert InvalidRescueDelay();
        LIMIT_ORDER_PROTOCOL = limitOrderProtocol;
        HASH_FUNCTION = hashFunction;
        RESCUE_DELAY = rescueDelay;
        ESCROW_SRC_IMPLEMENTATION = address(new EscrowSrc(rescueDelay, hashFunction));
        ESCROW_DST_IMPLEMENTATION = address(new EscrowDst(rescueDelay, hashFunction));
        _SRC_CODE_HASH = ProxyLib.initCodeHash(ESCROW_SRC_IMPLEMENTATION);
        _DST_CODE_HASH = ProxyLib.initCodeHash(ESCROW_DST_IMPLEMENTATION);
    }

    modifier onlyLimitOrderProtocol() {
        if (msg.sender != LIMIT_ORDER_PROTOCOL) revert OnlyLimitOrderProtocol();
        _;
    }

    function createSrcEscrow(Immutables calldata terms) external payable returns (address escrow) {
        if (msg.sender != terms.maker.get()) revert InvalidMaker();
        Immutables memory stamped = _stamped(terms);
        _checkSource(stamped);
        DstImmutablesComplement memory agreedElsewhere;
        emit SrcEscrowCreated(stamped, agreedElsewhere);
        escrow = _createFunded(ESCROW_SRC_IMPLEMENTATION, stamped);
    }

    function createDstEscrow(Immutables calldata terms, uint256 srcCancellationTimestamp) external payable {
        Immutables memory stamped = _stamped(terms);
        _checkDestination(stamped);
        if (stamped.timelocks.get(TimelocksLib.Stage.DstCancellation) > srcCancellationTimestamp) {
            revert InvalidCreationTime();
        }
        address escrow = _createFunded(ESCROW_DST_IMPLEMENTATION, stamped);
        emit DstEscrowCreated(escrow, stamped.hashlock, stamped.taker);
    }

    /// Called by the order protocol when the maker's tokens are where the escrow will be.
    function postInteraction(
        Order calldata order,
        bytes calldata,
        bytes32 orderHash,
        address taker,
        uint256 makingAmount,
        uint256 takingAmount,
        uint256,
        bytes calldata extraData
    ) external onlyLimitOrderProtocol {
        if (makingAmount != order.makingAmount || order.makerTraits & ALLOW_MULTIPLE_FILLS != 0) {
            revert PartialFillsUnsupported();
        }
        if (extraData.length < EXTRA_DATA_SIZE) revert InvalidExtraData();
        uint256 split = extraData.length - EXTRA_DATA_SIZE;
        WhitelistLib.check(extraData[:split], taker);
        ExtraDataArgs memory args = abi.decode(extraData[split:], (ExtraDataArgs));
        Immutables memory terms = Immutables({
            orderHash: orderHash,
            hashlock: args.hashlockInfo,
            maker: order.maker,
            taker: toAddress(taker),
            token: order.makerAsset,
            amount: makingAmount,
            safetyDeposit: args.deposits >> 128,
            timelocks: args.timelocks.stamped()
        });
        _checkSource(terms);
        emit SrcEscrowCreated(terms, _complement(order, takingAmount, args));
        address escrow = ProxyLib.deploy(ESCROW_SRC_IMPLEMENTATION, terms.hashMemory(), 0);
        bool short = TokenLib.balanceOf(terms.token.get(), escrow) < makingAmount;
        if (short || escrow.balance < terms.safetyDeposit) revert InsufficientEscrowBalance();
    }

    /// Only fills of an order with several secrets come here.
    function takerInteraction(
        Order calldata,
        bytes calldata,
        bytes32,
        address,
        uint256,
        uint256,
        uint256,
        bytes calldata
    ) external view onlyLimitOrderProtocol {
        revert PartialFillsUnsupported();
    }

    /// What `makingAmount` costs now. `auction` is described at AuctionLib.
    function getTakingAmount(
        Order calldata order,
        bytes calldata,
        bytes32,
        address,
        uint256 makingAmount,
        uint256,
        bytes calldata auction
    ) external view returns (uint256) {
        return AuctionLib.takingFor(makingAmount, order.makingAmount, order.takingAmount, auction);
    }

    /// What `takingAmount` buys now.
    function getMakingAmount(
        Order calldata order,
        bytes calldata,
        bytes32,
        address,
        uint256 takingAmount,
        uint256,
        bytes calldata auction
    ) external view returns (uint256) {
        return AuctionLib.makingFor(takingAmount, order.makingAmount, order.takingAmount, auction);
    }

    function addressOfEscrowSrc(Immutables calldata terms) external view returns (address) {
        return ProxyLib.predict(address(this), terms.hash(), _SRC_CODE_HASH);
    }

    function addressOfEscrowDst(Immutables calldata terms) external view returns (address) {
        return ProxyLib.predict(address(this), terms.hash(), _DST_CODE_HASH);
    }

    /// Creates the escrow and moves amount and deposit into it from the caller. What arrived is measured: a token that
    /// keeps a fee is refused.
    function _createFunded(address implementation, Immutables memory terms) private returns (address escrow) {
        address token = terms.token.get();
        uint256 native = terms.safetyDeposit + (token == address(0) ? terms.amount : 0);
        if (msg.value != native) revert InsufficientEscrowBalance();
        escrow = ProxyLib.deploy(implementation, terms.hashMemory(), native);
        if (token == address(0)) return escrow;
        uint256 before = TokenLib.balanceOf(token, escrow);
        TokenLib.pull(token, msg.sender, escrow, terms.amount);
        if (TokenLib.balanceOf(token, escrow) < before + terms.amount) revert InsufficientEscrowBalance();
    }

    function _complement(Order calldata order, uint256 takingAmount, ExtraDataArgs memory args)
        private
        pure
        returns (DstImmutablesComplement memory)
    {
        return DstImmutablesComplement({
            maker: order.receiver.isZero() ? order.maker : order.receiver,
            amount: takingAmount,
            token: args.dstToken,
            safetyDeposit: uint128(args.deposits),
            chainId: args.dstChainId
        });
    }

    function _stamped(Immutables calldata terms) private view returns (Immutables memory stamped) {
        stamped = terms;
        stamped.timelocks = terms.timelocks.stamped();
    }

    function _checkSource(Immutables memory terms) private view {
        _checkStages(terms, TimelocksLib.Stage.SrcWithdrawal, TimelocksLib.Stage.SrcPublicCancellation);
    }

    function _checkDestination(Immutables memory terms) private view {
        _checkStages(terms, TimelocksLib.Stage.DstWithdrawal, TimelocksLib.Stage.DstCancellation);
    }

    function _checkStages(Immutables memory terms, TimelocksLib.Stage first, TimelocksLib.Stage last) private view {
        if (terms.hashlock == 0) revert InvalidHashlock();
        if (terms.amount == 0) revert InvalidAmount();
        if (!terms.timelocks.areOrdered(first, last, RESCUE_DELAY)) revert InvalidTimelocks();
    }
}
