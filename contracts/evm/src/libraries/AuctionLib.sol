// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// The Dutch auction of a Fusion+ v1 order. Packed, most significant byte first:
///
///     3 gasBumpEstimate   4 gasPriceEstimate   4 startTime   3 duration   3 initialRateBump
///     then for each point: 3 coefficient   2 delay (seconds after the previous point)
///
/// A rate bump of 10,000,000 is 100 %. Over time the bump follows a polyline from (startTime, initialRateBump) through
/// the points to (startTime + duration, 0); what gas costs above the estimate's share is taken off.
library AuctionLib {
    uint256 internal constant BASE = 10_000_000;
    /// A gasPriceEstimate of 1000 is 1 gwei.
    uint256 private constant GAS_PRICE_BASE = 1_000_000;
    uint256 private constant HEADER = 17;
    uint256 private constant POINT = 5;

    error InvalidAuction();

    /// What the taker gives for `making`, rounded up. Reverts where the product of the amounts leaves 256 bits.
    function takingFor(uint256 making, uint256 orderMaking, uint256 orderTaking, bytes calldata auction)
        internal
        view
        returns (uint256)
    {
        uint256 dividend = orderTaking * making * (BASE + rateBump(auction));
        uint256 divisor = orderMaking * BASE;
        return dividend / divisor + (dividend % divisor == 0 ? 0 : 1);
    }

    /// What the taker gets for `taking`, rounded down.
    function makingFor(uint256 taking, uint256 orderMaking, uint256 orderTaking, bytes calldata auction)
        internal
        view
        returns (uint256)
    {
        return (orderMaking * taking * BASE) / (orderTaking * (BASE + rateBump(auction)));
    }

    function rateBump(bytes calldata auction) internal view returns (uint256) {
        if (auction.length < HEADER || (auction.length - HEADER) % POINT != 0) revert InvalidAuction();
        uint256 bump = _polyline(auction);
        uint256 gas = _gasBump(uint24(bytes3(auction)), uint32(bytes4(auction[3:])));
        return bump > gas ? bump - gas : 0;
    }

    function _gasBump(uint256 estimate, uint256 priceEstimate) private view returns (uint256) {
        return priceEstimate == 0 ? 0 : estimate * block.basefee / priceEstimate / GAS_PRICE_BASE;
    }

    function _polyline(bytes calldata auction) private view returns (uint256) {
        uint256 time = uint32(bytes4(auction[7:]));
        uint256 finish = time + uint24(bytes3(auction[11:]));
        uint256 bump = uint24(bytes3(auction[14:]));
        if (block.timestamp <= time) return bump;
        if (block.timestamp >= finish) return 0;
        for (uint256 at = HEADER; at < auction.length; at += POINT) {
            uint256 nextBump = uint24(bytes3(auction[at:]));
            uint256 nextTime = time + uint16(bytes2(auction[at + 3:]));
            if (block.timestamp <= nextTime) return _between(time, bump, nextTime, nextBump);
            (time, bump) = (nextTime, nextBump);
        }
        return _between(time, bump, finish, 0);
    }

    /// The height now of the line from (time, bump) to (nextTime, nextBump), rounded down.
    function _between(uint256 time, uint256 bump, uint256 nextTime, uint256 nextBump) private view returns (uint256) {
        return ((block.timestamp - time) * nextBump + (nextTime - block.timestamp) * bump) / (nextTime - time);
    }
}
