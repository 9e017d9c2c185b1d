import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.codec.extension import Extension, extension_bits, salt_for
from chains.errors import CodecError
from tests.unit.chains.facts import case_id, flip, group

extensions = st.builds(Extension, *[st.binary(max_size=40)] * 9)


@pytest.mark.parametrize("case", group("extension_salt_rule"), ids=case_id)
def test_salt_commits_to_the_extension_of_a_real_order(case: dict[str, Any]) -> None:
    extension = bytes.fromhex(case["input"]["extension"][2:])
    assert extension_bits(extension) == int(case["expected"]["lowBits"])
    assert (int(case["input"]["salt"]) & (1 << 160) - 1 == extension_bits(extension)) is case["expected"]["matches"]


@pytest.mark.parametrize("case", group("fusion_extension_salt"), ids=case_id)
def test_a_published_extension_round_trips(case: dict[str, Any]) -> None:
    extension = bytes.fromhex(case["expected"]["extension"][2:])
    assert Extension.decode(extension).encode() == extension
    assert salt_for(extension, int(case["input"]["saltBase"])) == int(case["expected"]["salt"])


@given(extensions)
def test_decodes_what_it_encoded(extension: Extension) -> None:
    assert Extension.decode(extension.encode()) == extension


@given(extensions, st.data())
def test_one_changed_byte_is_another_commitment(extension: Extension, data: st.DataObject) -> None:
    encoded = extension.encode()
    if not encoded:
        assert extension_bits(encoded) == 0
        return
    changed = flip(encoded, data.draw(st.integers(0, len(encoded) - 1)), data.draw(st.integers(1, 255)))
    assert extension_bits(changed) != extension_bits(encoded)
    with contextlib.suppress(CodecError):
        assert Extension.decode(changed) != extension


@pytest.mark.parametrize(
    "data",
    [
        b"\0" * 31,
        (5).to_bytes(32, "big") + b"1234",  # the first field ends beyond the data
        (2 | 1 << 32).to_bytes(32, "big") + b"1234",  # the second ends before the first
    ],
)
def test_impossible_offsets_are_refused(data: bytes) -> None:
    with pytest.raises(CodecError):
        Extension.decode(data)


@pytest.mark.parametrize("base", [-1, 1 << 96])
def test_a_salt_base_has_96_bits(base: int) -> None:
    with pytest.raises(CodecError):
        salt_for(b"", base)
