// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// Eight uint32 in one word, lowest bits first: the seven stages in seconds after creation, then the time of creation.
type Timelocks is uint256;

using TimelocksLib for Timelocks global;

library TimelocksLib {
    /// In the order in which they are packed: number n starts at bit 32 * n.
    enum Stage {
        SrcWithdrawal,
        SrcPublicWithdrawal,
        SrcCancellation,
        SrcPublicCancellation,
        DstWithdrawal,
        DstPublicWithdrawal,
        DstCancellation
    }

    uint256 private constant STAGE_BITS = 32;
    uint256 private constant CREATION_OFFSET = 224;
    uint256 private constant STAGES_MASK = (1 << CREATION_OFFSET) - 1;

    /// The same stages, created in this block.
    function stamped(Timelocks self) internal view returns (Timelocks) {
        return Timelocks.wrap((block.timestamp << CREATION_OFFSET) | (Timelocks.unwrap(self) & STAGES_MASK));
    }

    /// Unix time at which the escrow was created.
    function createdAt(Timelocks self) internal pure returns (uint256) {
        return Timelocks.unwrap(self) >> CREATION_OFFSET;
    }

    /// Seconds from the creation to the stage.
    function offset(Timelocks self, Stage stage) internal pure returns (uint256) {
        return uint32(Timelocks.unwrap(self) >> (uint256(stage) * STAGE_BITS));
    }

    /// Unix time at which the stage begins.
    function get(Timelocks self, Stage stage) internal pure returns (uint256) {
        return createdAt(self) + offset(self, stage);
    }

    /// Whether every stage from `first` to `last` begins later than the one before, and the last before `limit`
    /// seconds.
    function areOrdered(Timelocks self, Stage first, Stage last, uint256 limit) internal pure returns (bool) {
        for (uint256 stage = uint256(first); stage < uint256(last); stage++) {
            if (offset(self, Stage(stage)) >= offset(self, Stage(stage + 1))) return false;
        }
        return offset(self, last) < limit;
    }
}
