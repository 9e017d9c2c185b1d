// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TestToken} from "./TestToken.sol";

/// For local chains: a token that says false, and does nothing, where others revert. It can be told to fail always.
contract FalseToken is TestToken {
    bool public isFailing;

    constructor() TestToken("False Token", "FALSE", 18) {}

    function setFailing(bool failing) external {
        isFailing = failing;
    }

    function transfer(address to, uint256 amount) external override returns (bool) {
        if (isFailing || balanceOf[msg.sender] < amount) return false;
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external override returns (bool) {
        if (isFailing || balanceOf[from] < amount || allowance[from][msg.sender] < amount) return false;
        _spend(from, amount);
        _move(from, to, amount);
        return true;
    }
}
