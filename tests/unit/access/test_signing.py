"""The canonical form is one, whichever way it was written."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access import signing

PLAIN_NUMBERS = st.integers(-signing.LARGEST, signing.LARGEST)
LEAVES = st.none() | st.booleans() | PLAIN_NUMBERS | st.text()
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inside: (
        st.lists(inside)
        | st.dictionaries(st.text(st.characters(max_codepoint=127)), inside)
        | st.tuples(inside, inside)
    ),
)


def by_the_standard_library(document: Any) -> bytes:
    """As everybody may write it who checks a signature: see the module."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@given(DOCUMENTS)
def test_it_is_what_the_standard_library_writes(document: Any) -> None:
    try:
        expected = by_the_standard_library(document)
    except UnicodeEncodeError:  # half of a surrogate pair
        with pytest.raises(ValueError):
            signing.canonical(document)
        return
    assert signing.canonical(document) == expected


@pytest.mark.parametrize("odd", [1.0, 1e300, float("nan"), 2**53, -(2**53), 2**70, b"x", {1}, {1: 2}, {"é": 1}])
@pytest.mark.parametrize("place", [lambda odd: odd, lambda odd: [0, odd], lambda odd: {"a": odd}])
def test_what_has_more_than_one_form_is_refused_wherever_it_stands(odd: Any, place: Any) -> None:
    with pytest.raises(ValueError):
        signing.canonical(place(odd))


def test_a_quote_is_written_by_msgspec() -> None:
    """Amounts beyond 64 bits, times and rates are texts: none of them looks like a number that is not sure."""
    quote = {
        "amount": "1" * 39,
        "at": "2026-01-31T12:00:00.000Z",
        "rate": "0.99980",
        "bps": 30,
        "curve": [[0, 0], [5, 10]],
    }
    assert signing._quickly(quote) == by_the_standard_library(quote)
