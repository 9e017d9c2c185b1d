"""The terms of an escrow and where it stands (1inch cross-chain-swap v1), apart from the service's own codec."""

from dataclasses import dataclass, replace
from typing import Self

WORDS = "(bytes32,bytes32,uint256,uint256,uint256,uint256,uint256,uint256)"
NATIVE = "0x" + "0" * 40


@dataclass(frozen=True)
class Stages:
    """Seconds after creation at which each stage begins, in packing order."""

    src_withdrawal: int = 10
    src_public_withdrawal: int = 120
    src_cancellation: int = 240
    src_public_cancellation: int = 300
    dst_withdrawal: int = 10
    dst_public_withdrawal: int = 100
    dst_cancellation: int = 180

    def pack(self, created_at: int = 0) -> int:
        """One uint256: eight uint32, the first stage lowest, the Unix time of creation highest."""
        fields = (
            self.src_withdrawal,
            self.src_public_withdrawal,
            self.src_cancellation,
            self.src_public_cancellation,
            self.dst_withdrawal,
            self.dst_public_withdrawal,
            self.dst_cancellation,
            created_at,
        )
        return sum(seconds << (32 * index) for index, seconds in enumerate(fields))


DEFAULT_STAGES = Stages()


@dataclass(frozen=True)
class Terms:
    """An escrow's `Immutables`. Addresses are "0x…", token `NATIVE` is native coin, `created_at` 0 until it stands."""

    order_hash: bytes
    hashlock: bytes
    maker: str
    taker: str
    token: str
    amount: int
    safety_deposit: int
    stages: Stages = DEFAULT_STAGES
    created_at: int = 0

    def created(self, timestamp: int) -> Self:
        """The same terms with the time of the block that holds the creation."""
        return replace(self, created_at=timestamp)

    @property
    def words(self) -> tuple[bytes, bytes, int, int, int, int, int, int]:
        """As the ABI wants them: addresses are whole words."""
        return (
            self.order_hash,
            self.hashlock,
            int(self.maker, 16),
            int(self.taker, 16),
            int(self.token, 16),
            self.amount,
            self.safety_deposit,
            self.stages.pack(self.created_at),
        )

    @property
    def hash(self) -> bytes:
        """keccak256 of the eight words: the salt of the address."""
        from eth_abi.abi import encode
        from eth_utils.crypto import keccak

        return keccak(encode([WORDS], [self.words]))

    def escrow(self, factory: str, implementation: str) -> str:
        """The escrow's address (EIP-55), once `created_at` is set."""
        return proxy_address(factory, implementation, self.hash)

    @property
    def native_value(self) -> int:
        """What the creator sends along, in wei."""
        return self.safety_deposit + (self.amount if int(self.token, 16) == 0 else 0)


def proxy_address(factory: str, implementation: str, salt: bytes) -> str:
    """CREATE2 address (EIP-1014) of a minimal proxy (EIP-1167) of `implementation`."""
    from eth_utils.address import to_checksum_address
    from eth_utils.crypto import keccak

    code = bytes.fromhex(f"3d602d80600a3d3981f3363d3d373d3d3d363d73{implementation[2:]}5af43d82803e903d91602b57fd5bf3")
    return to_checksum_address(keccak(b"\xff" + bytes.fromhex(factory[2:]) + salt + keccak(code))[12:])
