// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// Minimal proxies (EIP-1167) at addresses that follow from factory, implementation and salt (EIP-1014).
library ProxyLib {
    /// No proxy was made: one stands at this address already.
    error EscrowExists();

    /// The init code, with the ten bytes of constructor that 1inch's clones have, so that addresses agree.
    function initCode(address implementation) internal pure returns (bytes memory) {
        return abi.encodePacked(
            hex"3d602d80600a3d3981f3363d3d373d3d3d363d73", implementation, hex"5af43d82803e903d91602b57fd5bf3"
        );
    }

    function initCodeHash(address implementation) internal pure returns (bytes32) {
        return keccak256(initCode(implementation));
    }

    function predict(address factory, bytes32 salt, bytes32 codeHash) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), factory, salt, codeHash)))));
    }

    /// Creates the proxy and gives it `value` of native coin. Raises EscrowExists.
    function deploy(address implementation, bytes32 salt, uint256 value) internal returns (address proxy) {
        bytes memory code = initCode(implementation);
        assembly ("memory-safe") {
            proxy := create2(value, add(code, 0x20), mload(code), salt)
        }
        if (proxy == address(0)) revert EscrowExists();
    }
}
