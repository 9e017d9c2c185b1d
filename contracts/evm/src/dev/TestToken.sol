// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "../interfaces/IERC20.sol";

/// For local chains: an ERC-20 that anyone may mint. Name, symbol and decimals are part of its code, so that a copy of
/// the code at another address is the same token.
contract TestToken is IERC20 {
    error InsufficientBalance(address account, uint256 balance, uint256 needed);
    error InsufficientAllowance(address spender, uint256 allowance, uint256 needed);
    error NameTooLong();

    bytes32 private immutable _NAME;
    bytes32 private immutable _SYMBOL;
    uint8 public immutable decimals;

    uint256 public totalSupply;
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    /// Name and symbol have 31 bytes at most.
    constructor(string memory name_, string memory symbol_, uint8 decimals_) {
        _NAME = _packed(name_);
        _SYMBOL = _packed(symbol_);
        decimals = decimals_;
    }

    function name() external view returns (string memory) {
        return _unpacked(_NAME);
    }

    function symbol() external view returns (string memory) {
        return _unpacked(_SYMBOL);
    }

    function mint(address to, uint256 amount) external {
        totalSupply += amount;
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
    }

    function approve(address spender, uint256 amount) external virtual returns (bool) {
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    function transfer(address to, uint256 amount) external virtual returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external virtual returns (bool) {
        _spend(from, amount);
        _move(from, to, amount);
        return true;
    }

    function _spend(address from, uint256 amount) internal {
        uint256 allowed = allowance[from][msg.sender];
        if (allowed < amount) revert InsufficientAllowance(msg.sender, allowed, amount);
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - amount;
    }

    function _move(address from, address to, uint256 amount) internal virtual {
        if (balanceOf[from] < amount) revert InsufficientBalance(from, balanceOf[from], amount);
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        emit Transfer(from, to, amount);
    }

    /// The text, then its length in the last byte.
    function _packed(string memory text) private pure returns (bytes32) {
        uint256 length = bytes(text).length;
        if (length > 31) revert NameTooLong();
        return bytes32(uint256(bytes32(bytes(text))) | length);
    }

    function _unpacked(bytes32 word) private pure returns (string memory) {
        bytes memory text = new bytes(uint8(uint256(word)));
        for (uint256 i = 0; i < text.length; i++) {
            text[i] = word[i];
        }
        return string(text);
    }
}
