"""JSON bodies at the door."""

import io
import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError

from access.parsers import MAX_BYTES, PayloadTooLarge, StrictJSONParser
from access.strict_json import MAX_DEPTH

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def parse(raw: bytes) -> Any:
    return StrictJSONParser().parse(io.BytesIO(raw))


@given(VALUES, st.booleans())
def test_what_json_can_say_is_read_as_it_was_written(value: Any, escaped: bool) -> None:
    assert parse(json.dumps(value, ensure_ascii=escaped).encode()) == value


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "Expecting value at line 1, column 1"),
        (b"{'a': 1}", "line 1, column 2"),
        (b'{"a": 1,}', "line 1"),
        (b'{"a": NaN}', "NaN is not a JSON number"),
        (b'{"a": -Infinity}', "-Infinity is not a JSON number"),
        (b'{"a": -1e400}', "-1e400 is larger than a number may be"),
        (b'{"amount": "1", "amount": "2"}', "'amount' stands twice"),
        (b'{"a": "\xff"}', "byte 7 is not UTF-8"),
        (b'{"a": "\\u0000"}', "U+0000"),
        (b'{"\\u0000": 1}', "U+0000"),
        (b'[["\\ud800"]]', "half of a surrogate pair"),
        (b'{"a": ' + b"9" * 5000 + b"}", "Exceeds the limit"),
        (b'{"a": "x\x01"}', "Invalid control character"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "deeper than 32"),
        (b"[" * 60_000 + b"]" * 60_000, "deeper than 32"),
        (b'{"a":' * 2000 + b"1" + b"}" * 2000, "deeper than 32"),
    ],
    ids=itertools.count(),
)
def test_what_cannot_be_kept_or_walked_is_refused_with_the_reason(raw: bytes, why: str) -> None:
    with pytest.raises(ParseError) as refused:
        parse(raw)
    assert why in str(refused.value.detail)


def test_a_body_may_be_as_deep_and_as_long_as_is_said_and_no_more() -> None:
    assert parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    assert parse(b'"' + b"a" * (MAX_BYTES - 2) + b'"')
    with pytest.raises(PayloadTooLarge):
        parse(b'"' + b"a" * (MAX_BYTES - 1) + b'"')


def test_a_wide_body_is_not_taken_for_a_deep_one() -> None:
    assert len(parse(json.dumps([{} for _ in range(500)]).encode())) == 500


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert parse(b'"\\ud83d\\ude00"') == "\U0001f600"


DEEP = """
import sys
sys.setrecursionlimit(100_000)  # as py_ecc, which web3 brings, does when it is imported
from access.strict_json import NotStrictJSON, strict_json
for opening in ("[", '{"a":', '["]", ', '["\\\\"", '):
    try:
        strict_json(opening * 100_000)
    except NotStrictJSON as error:
        assert "deeper than 32" in str(error), error
    else:
        raise AssertionError(opening)
print("alive")
"""


def test_a_deep_body_does_not_end_the_process_where_the_recursion_limit_was_raised(root: Path) -> None:
    done = subprocess.run([sys.executable, "-c", DEEP], cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr


def test_brackets_in_texts_are_not_depth() -> None:
    text = '[] {} \\" \\\\' * 40
    assert parse(json.dumps([text, {"a": [text]}]).encode()) == [text, {"a": [text]}]


@given(st.text(alphabet='[]{}",:\\a1 \n', max_size=300))
def test_noise_is_refused_or_read_and_nothing_else(noise: str) -> None:
    try:
        expected = json.loads(noise)
    except ValueError:
        with pytest.raises(ParseError):
            parse(noise.encode())
    else:
        assert parse(noise.encode()) == expected
