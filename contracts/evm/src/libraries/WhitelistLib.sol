// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// Who may fill an order, and from when: the part of a v1 post-interaction before its last 160 bytes.
///
///     4 allowedTime   then for each resolver: 10 low bytes of his address, 2 delay   1 (count << 3 | flags)
///
/// A resolver may fill from allowedTime plus the delays up to and including his own. No list at all admits everyone.
library WhitelistLib {
    uint256 private constant ENTRY = 12;
    uint256 private constant FRAME = 5;
    uint256 private constant COUNT_SHIFT = 3;
    uint256 private constant FLAGS_MASK = 7;

    error InvalidWhitelist();
    /// The order asks for a fee or another flag of 1inch's settlement, which this factory does not serve.
    error SettlementFlagsUnsupported();
    error ResolverCanNotFillOrder();

    function check(bytes calldata list, address resolver) internal view {
        if (list.length == 0) return;
        uint256 last = uint8(list[list.length - 1]);
        if (last & FLAGS_MASK != 0) revert SettlementFlagsUnsupported();
        if (list.length != FRAME + (last >> COUNT_SHIFT) * ENTRY) revert InvalidWhitelist();
        if (list.length > FRAME && !_admits(list, resolver)) revert ResolverCanNotFillOrder();
    }

    function _admits(bytes calldata list, address resolver) private view returns (bool) {
        bytes10 wanted = bytes10(uint80(uint160(resolver)));
        uint256 time = uint32(bytes4(list));
        for (uint256 at = 4; at < list.length - 1; at += ENTRY) {
            time += uint16(bytes2(list[at + 10:]));
            if (time > block.timestamp) return false;
            if (bytes10(list[at:]) == wanted) return true;
        }
        return false;
    }
}
