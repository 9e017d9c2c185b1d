"""The one hash of the EVM."""

from eth_hash.auto import keccak as _keccak


def keccak(data: bytes) -> bytes:
    """keccak256, as Ethereum has it (not FIPS 202's SHA3-256)."""
    return bytes(_keccak(data))
