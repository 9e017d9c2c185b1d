// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TestToken} from "./TestToken.sol";

/// For local chains: the native coin as a token, as the order protocol's constructor wants one.
contract WrappedNative is TestToken {
    error NativeTokenSendingFailure();

    event Deposit(address indexed account, uint256 amount);
    event Withdrawal(address indexed account, uint256 amount);

    constructor() TestToken("Wrapped Native", "WNATIVE", 18) {}

    receive() external payable {
        deposit();
    }

    function deposit() public payable {
        totalSupply += msg.value;
        balanceOf[msg.sender] += msg.value;
        emit Deposit(msg.sender, msg.value);
    }

    function withdraw(uint256 amount) external {
        _move(msg.sender, address(this), amount);
        balanceOf[address(this)] -= amount;
        totalSupply -= amount;
        (bool success,) = msg.sender.call{value: amount}("");
        if (!success) revert NativeTokenSendingFailure();
        emit Withdrawal(msg.sender, amount);
    }
}
