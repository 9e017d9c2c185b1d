import pytest
from coincurve import PrivateKey
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from chains.codec.signature import compact, expand, recover
from chains.errors import CodecError
from tests.unit.chains.facts import bytes32, flip

KEY = PrivateKey(b"\x01" * 32)
ADDRESS = Account.from_key(b"\x01" * 32).address.lower()
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def sign(digest: bytes) -> bytes:
    return KEY.sign_recoverable(digest, hasher=None)


@settings(max_examples=30)
@given(bytes32)
def test_the_signer_is_recovered_from_every_form(digest: bytes) -> None:
    signature = sign(digest)
    r, vs = compact(signature)
    assert recover(digest, signature) == ADDRESS
    assert recover(digest, signature[:64] + bytes([signature[64] + 27])) == ADDRESS
    assert recover(digest, r + vs) == ADDRESS
    assert expand(r, vs)[:64] == signature[:64]


@settings(max_examples=30)
@given(bytes32, st.integers(0, 64), st.integers(1, 255))
def test_a_changed_signature_is_nobodys_or_anothers(digest: bytes, at: int, mask: int) -> None:
    signature = sign(digest)
    changed = flip(signature, at, mask)
    try:
        signer = recover(digest, changed)
    except CodecError:
        return
    same_meaning = changed[:64] == signature[:64] and changed[64] == signature[64] + 27
    assert (signer == ADDRESS) is same_meaning


def test_malleable_and_misshapen_signatures_are_refused() -> None:
    signature = sign(bytes(32))
    high = signature[:32] + (ORDER - int.from_bytes(signature[32:64], "big")).to_bytes(32, "big")
    with pytest.raises(CodecError, match="lower half"):
        compact(high + bytes([1 - signature[64]]))
    for wrong in (signature[:63], signature + b"\0", signature[:64] + b"\x05", b""):
        with pytest.raises(CodecError):
            compact(wrong)
    with pytest.raises(CodecError):
        recover(bytes(32), bytes(65))
