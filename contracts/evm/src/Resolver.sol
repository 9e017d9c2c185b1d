// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IEscrow} from "./interfaces/IEscrow.sol";
import {IEscrowFactory} from "./interfaces/IEscrowFactory.sol";
import {IOrderProtocol} from "./interfaces/IOrderProtocol.sol";
import {Immutables} from "./types/Immutables.sol";
import {Order} from "./types/Order.sol";
import {Ownership} from "./Ownership.sol";
import {TokenLib} from "./libraries/TokenLib.sol";

/// The taker of both sides. It holds the inventory, tokens and native coin, and is a contract because a source escrow's
/// address depends on the block's time: it is computed, given its deposit and filled in one transaction.
///
/// Operators run swaps; only the owner moves inventory anywhere else. An operator who makes a destination lock for a
/// maker of his choice can spend inventory: give that role to the service's keys only.
contract Resolver is Ownership {
    /// Taker traits of the order protocol: the arguments begin with the address that receives the maker's tokens.
    uint256 private constant ARGS_HAVE_TARGET = 1 << 251;

    IEscrowFactory public immutable FACTORY;
    IOrderProtocol public immutable LIMIT_ORDER_PROTOCOL;

    error InvalidTaker();
    error LengthMismatch();
    error NotAContract(address target);

    constructor(address owner, IEscrowFactory factory, IOrderProtocol limitOrderProtocol) Ownership(owner) {
        FACTORY = factory;
        LIMIT_ORDER_PROTOCOL = limitOrderProtocol;
    }

    receive() external payable {}

    /// Fills the maker's order into a new source escrow. `amount` and `takerTraits` are the order protocol's; `args` is
    /// the extension and, if any, the interaction. The safety deposit comes from msg.value and the balance held.
    function deploySrc(
        Immutables calldata immutables,
        Order calldata order,
        bytes32 r,
        bytes32 vs,
        uint256 amount,
        uint256 takerTraits,
        bytes calldata args
    ) external payable onlyOperator {
        Immutables memory stamped = immutables;
        stamped.timelocks = immutables.timelocks.stamped();
        address escrow = FACTORY.addressOfEscrowSrc(stamped);
        TokenLib.sendNative(escrow, stamped.safetyDeposit);
        bytes memory withTarget = abi.encodePacked(escrow, args);
        LIMIT_ORDER_PROTOCOL.fillOrderArgs(order, r, vs, amount, takerTraits | ARGS_HAVE_TARGET, withTarget);
    }

    /// Locks on the destination, from inventory. The taker must be this contract, so that a cancelled lock comes home.
    function deployDst(Immutables calldata immutables, uint256 srcCancellationTimestamp)
        external
        payable
        onlyOperator
    {
        if (immutables.taker.get() != address(this)) revert InvalidTaker();
        address token = immutables.token.get();
        uint256 value = immutables.safetyDeposit;
        if (token == address(0)) value += immutables.amount;
        else TokenLib.approve(token, address(FACTORY), immutables.amount);
        FACTORY.createDstEscrow{value: value}(immutables, srcCancellationTimestamp);
    }

    /// Claims: on the source for us, on the destination for the maker. The safety deposit comes here.
    function withdraw(IEscrow escrow, bytes32 secret, Immutables calldata immutables) external onlyOperator {
        escrow.withdraw(secret, immutables);
    }

    /// Refunds: on the source the maker, on the destination us. The safety deposit comes here.
    function cancel(IEscrow escrow, Immutables calldata immutables) external onlyOperator {
        escrow.cancel(immutables);
    }

    /// Calls anything as the taker. The first call that fails makes all fail, with its reason.
    function arbitraryCalls(address[] calldata targets, bytes[] calldata arguments) external onlyOwner {
        if (targets.length != arguments.length) revert LengthMismatch();
        for (uint256 i = 0; i < targets.length; i++) {
            if (targets[i].code.length == 0) revert NotAContract(targets[i]);
            (bool success, bytes memory reason) = targets[i].call(arguments[i]);
            if (!success) {
                assembly ("memory-safe") {
                    revert(add(reason, 0x20), mload(reason))
                }
            }
        }
    }

    function sendNative(address to, uint256 amount) external onlyOwner {
        TokenLib.sendNative(to, amount);
    }
}
