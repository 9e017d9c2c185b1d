// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// One owner, handed over in two steps, and the operators that he appoints.
abstract contract Ownership {
    error OnlyOwner();
    error OnlyPendingOwner();
    error OnlyOperator();
    error InvalidOwner();

    event OwnershipTransferStarted(address indexed owner, address indexed pendingOwner);
    event OwnershipTransferred(address indexed previousOwner, address indexed owner);
    event OperatorSet(address indexed operator, bool allowed);

    address public owner;
    address public pendingOwner;
    mapping(address account => bool allowed) public isOperator;

    constructor(address owner_) {
        if (owner_ == address(0)) revert InvalidOwner();
        owner = owner_;
        emit OwnershipTransferred(address(0), owner_);
    }

    modifier onlyOwner() {
        if (msg.sender != owner) revert OnlyOwner();
        _;
    }

    /// The owner is always one of them.
    modifier onlyOperator() {
        if (msg.sender != owner && !isOperator[msg.sender]) revert OnlyOperator();
        _;
    }

    function setOperator(address operator, bool allowed) external onlyOwner {
        isOperator[operator] = allowed;
        emit OperatorSet(operator, allowed);
    }

    /// Nothing changes until the new owner accepts; zero takes an offer back.
    function transferOwnership(address newOwner) external onlyOwner {
        pendingOwner = newOwner;
        emit OwnershipTransferStarted(owner, newOwner);
    }

    function acceptOwnership() external {
        if (msg.sender != pendingOwner) revert OnlyPendingOwner();
        emit OwnershipTransferred(owner, msg.sender);
        owner = msg.sender;
        delete pendingOwner;
    }
}
