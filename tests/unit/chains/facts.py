"""The published numbers of 1inch's protocol, and hypothesis strategies of its terms.

They stand in tests/vectors; where `VECTORS_DIR` names a folder with a `fusion.json` of its own, what that has besides is played too.
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from chains.codec.escrow import Immutables
from chains.codec.order import Order
from chains.codec.timelocks import Timelocks

VECTORS = Path(__file__).parents[2] / "vectors" / "fusion.json"


@cache
def group(name: str) -> list[dict[str, Any]]:
    """One group's cases: name, input, expected."""
    cases: list[dict[str, Any]] = []
    for path in _files():
        cases += [case for case in json.loads(path.read_text())["groups"].get(name, []) if case not in cases]
    assert cases
    return cases


def _files() -> list[Path]:
    elsewhere = Path(os.environ.get("VECTORS_DIR") or VECTORS.parent) / VECTORS.name
    return [VECTORS, *([elsewhere] if elsewhere.is_file() else [])]


def case_id(case: dict[str, Any]) -> str:
    return str(case["name"])


uint32 = st.integers(0, 2**32 - 1)
uint256 = st.integers(0, 2**256 - 1)
bytes32 = st.binary(min_size=32, max_size=32)
addresses = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())
timelocks = st.builds(Timelocks, *[uint32] * 8)
immutables = st.builds(Immutables, bytes32, bytes32, addresses, addresses, addresses, uint256, uint256, timelocks)
orders = st.builds(Order, uint256, addresses, addresses, addresses, addresses, uint256, uint256, uint256)


def flip(data: bytes, at: int, mask: int) -> bytes:
    """`data` with one byte changed."""
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]
