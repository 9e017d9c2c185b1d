// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TestToken} from "./TestToken.sol";

/// For local chains: a token that refuses to pay, or be paid by, listed accounts.
contract BlocklistToken is TestToken {
    error Blocked(address account);

    mapping(address account => bool) public isBlocked;

    constructor() TestToken("Blocklist Token", "BLOCK", 6) {}

    function setBlocked(address account, bool blocked) external {
        isBlocked[account] = blocked;
    }

    function _move(address from, address to, uint256 amount) internal override {
        if (isBlocked[from]) revert Blocked(from);
        if (isBlocked[to]) revert Blocked(to);
        super._move(from, to, amount);
    }
}
