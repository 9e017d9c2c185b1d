// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TestToken} from "./TestToken.sol";
import {Puppet} from "./Puppet.sol";

/// For local chains: a token that, like those of ERC-777, calls sender and receiver on the way. It tells puppets only.
contract ReentrantToken is TestToken {
    mapping(address account => bool) public isListening;

    constructor() TestToken("Reentrant Token", "REENT", 18) {}

    function listen(bool listening) external {
        isListening[msg.sender] = listening;
    }

    function _move(address from, address to, uint256 amount) internal override {
        if (isListening[from]) Puppet(payable(from)).react();
        super._move(from, to, amount);
        if (isListening[to]) Puppet(payable(to)).react();
    }
}
