"""near-api-js 5.1.1, unmodified, drives the devnet in node."""

import json
from pathlib import Path

import pytest

from devnet.near.process import NearDevnet
from devnet.node import run_node
from tests.integration.devnet.near.thirdparty import node_modules, wasm_path

FOLDER = Path(__file__).parent / "js"


@pytest.mark.network
def test_a_wallets_day(fresh: NearDevnet) -> None:
    node_modules(FOLDER)
    code = wasm_path("fungible_token")
    said = run_node("drive.mjs", fresh.url, json.dumps(fresh.keys), str(code), cwd=FOLDER)
    seen = json.loads(said.strip().splitlines()[-1])
    assert int(seen["bob"]) == fresh.balance("bob.near")
    assert fresh.balance("bob.near") > 1000 * 10**24 + 10
