// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// An address carried in a whole word, as the order protocol does: the ABI shows `uint256`, the low 160 bits count.
type Address is uint256;

using AddressLib for Address global;

library AddressLib {
    function get(Address self) internal pure returns (address) {
        return address(uint160(Address.unwrap(self)));
    }

    function isZero(Address self) internal pure returns (bool) {
        return get(self) == address(0);
    }
}

function toAddress(address account) pure returns (Address) {
    return Address.wrap(uint160(account));
}
