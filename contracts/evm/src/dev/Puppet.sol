// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// For local chains: an account that does what it is told, also in the middle of being paid. Untold, it accepts native
/// coin.
contract Puppet {
    error NativeRefused();

    bool public refusesNative;
    address public target;
    bytes public data;
    /// How often it reacted, and whether the last reaction succeeded or with what it failed.
    uint256 public reactions;
    bool public succeeded;
    bytes public result;

    receive() external payable {
        if (refusesNative) revert NativeRefused();
        react();
    }

    function refuseNative(bool refuses) external {
        refusesNative = refuses;
    }

    /// From now on every payment makes it call `target_` with `data_`; target zero ends it.
    function reactWith(address target_, bytes calldata data_) external {
        (target, data) = (target_, data_);
    }

    /// Calls what it was told to, once at a time, and goes on whatever comes of it.
    function react() public {
        if (target == address(0)) return;
        address called = target;
        target = address(0);
        reactions++;
        (succeeded, result) = called.call(data);
        target = called;
    }

    function execute(address called, uint256 value, bytes calldata callData) external payable returns (bytes memory) {
        (bool success, bytes memory returned) = called.call{value: value}(callData);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(returned, 0x20), mload(returned))
            }
        }
        return returned;
    }
}
