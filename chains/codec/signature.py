"""ECDSA signatures of EVM accounts: 65 bytes (r, s, v), and compact as r and vs (EIP-2098). The one codec that
computes on the curve, with libsecp256k1."""

from coincurve import PublicKey

from chains.codec.abi import WORD, bytes32, hex0x
from chains.codec.keccak import keccak
from chains.errors import CodecError

_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_PARITY = 1 << 255


def compact(signature: bytes) -> tuple[bytes, bytes]:
    """`(r, vs)` of a signature of 65 bytes (v 0, 1, 27 or 28) or 64 (compact already).

    Raises `CodecError` for another length or v, and for an s in the upper half, which contracts refuse (EIP-2).
    """
    if len(signature) == 2 * WORD:
        expand(signature[:WORD], signature[WORD:])
        return signature[:WORD], signature[WORD:]
    if len(signature) != 2 * WORD + 1:
        raise CodecError(f"a signature has 65 bytes, or 64 when compact, not {len(signature)}")
    parity = signature[-1] - 27 if signature[-1] >= 27 else signature[-1]
    s = int.from_bytes(signature[WORD : 2 * WORD], "big")
    if parity not in (0, 1):
        raise CodecError(f"a signature's v must be 0, 1, 27 or 28, not {signature[-1]}")
    if s > _ORDER // 2:
        raise CodecError("a signature's s must be in the lower half of the curve's order (EIP-2)")
    return signature[:WORD], (parity << 255 | s).to_bytes(WORD, "big")


def expand(r: bytes, vs: bytes) -> bytes:
    """The 65 bytes (v 27 or 28) of a compact signature. Raises `CodecError`."""
    number = int.from_bytes(bytes32(vs, "vs"), "big")
    s, parity = number % _PARITY, number >> 255
    if s > _ORDER // 2:
        raise CodecError("a signature's s must be in the lower half of the curve's order (EIP-2)")
    return bytes32(r, "r") + s.to_bytes(WORD, "big") + bytes([27 + parity])


def recover(digest: bytes, signature: bytes) -> str:
    """The address, in lower case, whose key signed the 32-byte digest. Raises `CodecError` when no key could have."""
    full = expand(*compact(signature))
    try:
        key = PublicKey.from_signature_and_message(full[:64] + bytes([full[64] - 27]), bytes32(digest, "digest"), None)
    except Exception as problem:  # what coincurve raises for a signature that is no point
        raise CodecError(f"not a signature by any key: {problem}") from None
    return hex0x(keccak(key.format(compressed=False)[1:])[12:])
