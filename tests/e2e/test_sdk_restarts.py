"""The web process is killed while both SDKs follow their swaps: each ends with every event, and with the swap."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from devnet.client import RestClient
from devnet.network import ALICE, EVM_IDS, MAKER, USDC_ON_BASE, USDC_ON_ETHEREUM, USDT, Network
from devnet.node import node_command
from devnet.service import API_KEY, Service
from tests.sdk import typescript_package

SCRIPTS = Path(__file__).parent / "sdk"
SECONDS = 150
Json = dict[str, Any]


class Follower:
    """A process with an SDK; what it prints is read as it comes."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.lines: list[Json] = []
        self.locked = threading.Event()
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(json.loads(line))
            if self.lines[-1].get("status") == "source_locking":
                self.locked.set()

    def end(self) -> Json:
        """What it said last. Fails with what it complained of."""
        assert self.process.stderr is not None
        code = self.process.wait(SECONDS)
        self._reader.join()
        assert code == 0, self.process.stderr.read()[-3000:]
        return self.lines[-1]


def request(source: str, destination: str, tokens: tuple[str, str], maker: str, taker: str) -> Json:
    return {
        "sourceChain": source,
        "destinationChain": destination,
        "sourceToken": tokens[0],
        "destinationToken": tokens[1],
        "sourceAmount": "10000000",
        "destinationAmount": "9990000",
        "maker": maker,
        "taker": taker,
    }


def chains_of(network: Network) -> Json:
    chains: Json = {
        name: {
            "family": "evm",
            "chainId": EVM_IDS[name],
            "rpc": network.evm[name].url,
            "escrowFactory": network.deployments[name].factory,
            "limitOrderProtocol": network.deployments[name].limit_order_protocol,
        }
        for name in ("base", "ethereum")
    }
    return {**chains, "near": {"family": "near", "networkId": "localnet", "rpc": network.near.url, "htlc": "htlc.near"}}


def test_client_misses_status_after_reconnect__both_sdks_have_every_event_although_the_web_process_was_killed(
    root: Path, network: Network, service: Service, rest: RestClient, tmp_path: Path
) -> None:
    typescript_package(root, tmp_path)
    (tmp_path / "swap.mjs").write_text((SCRIPTS / "swap.mjs").read_text())
    shared = {"baseUrl": service.base_url, "apiKey": API_KEY, "chains": chains_of(network)}
    by_node = {
        **shared,
        "key": MAKER.key,
        "request": request("base", "ethereum", (USDC_ON_BASE, USDC_ON_ETHEREUM), MAKER.address, MAKER.address),
    }
    by_python = {
        **shared,
        "account": ALICE,
        "key": network.near.keys[ALICE],
        "request": request("near", "base", (USDT, USDC_ON_BASE), ALICE, MAKER.address),
    }
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(root / "sdk" / "python")}
    followers = [
        Follower([*node_command(), "swap.mjs", json.dumps(by_node)], tmp_path, environment),
        Follower([sys.executable, str(SCRIPTS / "swap.py"), json.dumps(by_python)], tmp_path, environment),
    ]
    try:
        for follower in followers:
            assert follower.locked.wait(60), follower.lines
        service.supervisor.kill9("web")
        service.supervisor.restart("web")
        service.wait_ready()
        for follower in followers:
            told = follower.end()
            assert (told["ended"], told["receipt"]) == ("completed", "1balancer.receipt")
            seqs = [line["seq"] for line in follower.lines if "seq" in line]
            events = rest.get(f"/sessions/{told['session']}/events?since=0")["events"]
            last = next(event["seq"] for event in events if event["status"] == "completed")
            assert seqs[:last] == told["beside"][:last] == list(range(1, last + 1))
            assert seqs == list(range(1, len(seqs) + 1))
    finally:
        for follower in followers:
            follower.process.kill()
            follower.process.wait()
        if not service.supervisor.is_running("web"):
            service.supervisor.restart("web")
