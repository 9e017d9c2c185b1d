// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "../interfaces/IERC20.sol";

/// Moves native coin and ERC-20 tokens. A token may return nothing; one that returns false, reverts or has no code is
/// refused.
library TokenLib {
    error NativeTokenSendingFailure();
    error SafeTransferFailed();
    error SafeTransferFromFailed();
    error ForceApproveFailed();

    /// Token zero means the native coin.
    function send(address token, address to, uint256 amount) internal {
        if (token == address(0)) sendNative(to, amount);
        else if (!_call(token, abi.encodeCall(IERC20.transfer, (to, amount)))) revert SafeTransferFailed();
    }

    /// Sending nothing always succeeds. What the receiver returns is not copied, so he cannot make the sender pay for
    /// it.
    function sendNative(address to, uint256 amount) internal {
        if (amount == 0) return;
        bool success;
        assembly ("memory-safe") {
            success := call(gas(), to, amount, 0, 0, 0, 0)
        }
        if (!success) revert NativeTokenSendingFailure();
    }

    function pull(address token, address from, address to, uint256 amount) internal {
        if (!_call(token, abi.encodeCall(IERC20.transferFrom, (from, to, amount)))) revert SafeTransferFromFailed();
    }

    /// Some tokens change an allowance only from or to zero.
    function approve(address token, address spender, uint256 amount) internal {
        if (_call(token, abi.encodeCall(IERC20.approve, (spender, amount)))) return;
        bool cleared = _call(token, abi.encodeCall(IERC20.approve, (spender, 0)));
        if (!cleared || !_call(token, abi.encodeCall(IERC20.approve, (spender, amount)))) revert ForceApproveFailed();
    }

    /// Native coin for token zero.
    function balanceOf(address token, address account) internal view returns (uint256) {
        return token == address(0) ? account.balance : IERC20(token).balanceOf(account);
    }

    function _call(address token, bytes memory data) private returns (bool done) {
        assembly ("memory-safe") {
            mstore(0, 0)
            done := call(gas(), token, 0, add(data, 0x20), mload(data), 0, 0x20)
            if done {
                switch returndatasize()
                case 0 { done := gt(extcodesize(token), 0) }
                default { done := and(gt(returndatasize(), 0x1f), eq(mload(0), 1)) }
            }
        }
    }
}
