"""`manage.py smoke ROUTE`: what an operator runs on a testnet, run on the local chains."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from devnet.network import ALICE, MAKER, Network
from devnet.service import API_KEY, Service

pytestmark = pytest.mark.e2e
SECONDS = 150


def smoke(service: Service, *arguments: str, root: Path, **keys: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **service.environment(), "ORCHESTRATOR_URL": service.base_url, **keys}
    command = [sys.executable, "manage.py", "smoke", *arguments]
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS
    )


@pytest.mark.parametrize("route", ["base-near", "near-base"])
def test_one_small_swap(route: str, service: Service, network: Network, root: Path) -> None:
    keys = {
        "ORCHESTRATOR_API_KEY": API_KEY,
        "SMOKE_EVM_KEY": MAKER.key,
        "SMOKE_NEAR_ACCOUNT": ALICE,
        "SMOKE_NEAR_KEY": network.near.keys[ALICE],
    }
    done = smoke(
        service, route, "--amount", "2.5", "--token", "USDC" if route == "base-near" else "USDT", root=root, **keys
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert re.search(r"100 %  completed$", done.stdout, re.MULTILINE)
    amounts = re.findall(r"(\S+) \w+ (?:promised|arrived)$", done.stdout, re.MULTILINE)
    assert len(amounts) == 2 and amounts[0] == amounts[1] != "0", done.stdout
    started = re.search(r"--resume (sess_\w+)", done.stdout)
    assert started is not None
    (kept,) = (root / "var" / "smoke").glob(f"{started[1]}*")
    assert kept.stat().st_mode & 0o077 == 0
    assert json.loads(kept.read_text())["secret"].removeprefix("0x") not in done.stdout + done.stderr
    resumed = smoke(service, route, "--resume", started[1], root=root, **keys)
    assert resumed.returncode == 0, resumed.stderr[-2000:]
    assert "arrived" not in resumed.stdout, "what arrived before is not known any more"
    kept.unlink()


def test_a_missing_key_is_a_sentence(service: Service, root: Path) -> None:
    done = smoke(service, "base-near", root=root)
    assert done.returncode != 0
    assert done.stderr.strip().splitlines()[-1] == "CommandError: ORCHESTRATOR_API_KEY is missing, or --api-key"
    done = smoke(service, "base-near", "--api-key", API_KEY, root=root)
    assert "SMOKE_NEAR_ACCOUNT is missing" in done.stderr.strip().splitlines()[-1]
