// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// For local chains: the taker's asset of a cross-chain order, whose payment happens on the other chain. Every transfer
/// succeeds and moves nothing.
contract AlwaysPaid {
    string public constant name = "Paid on the other chain";
    string public constant symbol = "PAID";
    uint8 public constant decimals = 0;
    uint256 public constant totalSupply = 0;

    function balanceOf(address) external pure returns (uint256) {
        return 0;
    }

    function allowance(address, address) external pure returns (uint256) {
        return 0;
    }

    function approve(address, uint256) external pure returns (bool) {
        return true;
    }

    function transfer(address, uint256) external pure returns (bool) {
        return true;
    }

    function transferFrom(address, address, uint256) external pure returns (bool) {
        return true;
    }
}
