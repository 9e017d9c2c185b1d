// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TestToken} from "./TestToken.sol";

/// For local chains: a token that keeps one hundredth of every transfer.
contract FeeToken is TestToken {
    constructor() TestToken("Fee Token", "FEE", 18) {}

    function _move(address from, address to, uint256 amount) internal override {
        uint256 fee = amount / 100;
        super._move(from, to, amount - fee);
        super._move(from, address(this), fee);
    }
}
