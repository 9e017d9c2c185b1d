"""The three clients, driven alike: what each did about a session, and the secret that it has, for the test alone."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from onebalancer import AsyncClient, Client, EvmChain, NearChain, VerificationFailed

from devnet.node import node_command
from tests.sdk import typescript_package

Json = dict[str, Any]
DRIVER = Path(__file__).with_name("driver.mjs")


@dataclass(frozen=True)
class Outcome:
    """`refused` names what differed, empty when the secret was handed over."""

    secret: str
    refused: tuple[str, ...]


class Driver(Protocol):
    """A client of one language."""

    def hand_over(self, url: str, chains: Json, request: Json, patience: float) -> Outcome:
        """Make a swap, and try to hand over its secret."""


def chains_of(described: Json) -> dict[str, EvmChain | NearChain]:
    """Chains as the Python SDK wants them, from what the TypeScript one takes."""
    return {
        name: EvmChain(chain["chainId"], chain["rpc"], chain["escrowFactory"])
        if chain["family"] == "evm"
        else NearChain(chain["networkId"], chain["rpc"], chain["htlc"])
        for name, chain in described.items()
    }


class SyncDriver:
    """`onebalancer.Client`."""

    def hand_over(self, url: str, chains: Json, request: Json, patience: float) -> Outcome:
        with Client(url, "key", chains=chains_of(chains), patience=patience) as client:
            session_id = client.create_swap(request)["sessionId"]  # type: ignore[arg-type]
            record = client.store.get(session_id)
            assert record is not None
            try:
                client.hand_over(session_id)
            except VerificationFailed as failed:
                return Outcome(record.secret, tuple(item.what for item in failed.differences))
            return Outcome(record.secret, ())


class AsyncDriver:
    """`onebalancer.AsyncClient`."""

    def hand_over(self, url: str, chains: Json, request: Json, patience: float) -> Outcome:
        return asyncio.run(self._hand_over(url, chains, request, patience))

    async def _hand_over(self, url: str, chains: Json, request: Json, patience: float) -> Outcome:
        async with AsyncClient(url, "key", chains=chains_of(chains), patience=patience) as client:
            session_id = (await client.create_swap(request))["sessionId"]  # type: ignore[arg-type]
            record = client.store.get(session_id)
            assert record is not None
            try:
                await client.hand_over(session_id)
            except VerificationFailed as failed:
                return Outcome(record.secret, tuple(item.what for item in failed.differences))
            return Outcome(record.secret, ())


class NodeDriver:
    """`@1balancer/sdk` in a node process, one line of JSON for each task and its outcome."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, **task: Any) -> Json:
        """One task. Fails with what node printed."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        answer: Json = json.loads(self._process.stdout.readline() or '{"error": "node has ended"}')
        assert "error" not in answer, answer["error"]
        return answer

    def hand_over(self, url: str, chains: Json, request: Json, patience: float) -> Outcome:
        answer = self.ask(task="handOver", baseUrl=url, chains=chains, request=request, patienceMs=patience * 1000)
        return Outcome(answer["secret"], tuple(answer["refused"]))


@contextmanager
def node_driver(root: Path, folder: Path) -> Iterator[NodeDriver]:
    """A node process with the built SDK."""
    typescript_package(root, folder)
    (folder / "driver.mjs").write_text(DRIVER.read_text())
    with subprocess.Popen(
        [*node_command(), "driver.mjs"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield NodeDriver(process)
        finally:
            process.kill()
