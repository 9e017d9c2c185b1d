"""A long absence on a chain too long for anvil to make: a stand-in node with ten thousand blocks, computed from their heights."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chains.codec.evm import DST_ESCROW_CREATED
from chains.config import forget_clients
from chains.errors import RangeTooWide
from chains.models import Chain, ChainBlock, ChainEvent
from chains.watchers.evm import EvmWatcher
from tests.integration.engine.sending import configure

FACTORY = "0x" + "fa" * 20
GAP = 10_000
LOCKS = (17, 5_000, GAP - 3)  # heights with a destination lock
NARROW = 300  # the most blocks that the node gives logs of


class LongNode(ThreadingHTTPServer):
    """Answers as a node of a chain of `GAP` blocks, and counts."""

    daemon_threads = True

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.refused = 0
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, method: str, params: list[Any]) -> Any:
        self.counts[method] += 1
        if method == "eth_chainId":
            return hex(31337)
        if method == "eth_getBlockByNumber":
            tags = {"latest": GAP, "finalized": GAP - 2}
            return block(tags[params[0]] if params[0] in tags else int(params[0], 16))
        if method == "eth_getBlockByHash":
            return block(int(params[0], 16) - 2**255)
        return self.logs(params[0])

    def logs(self, query: dict[str, Any]) -> list[Any]:
        if "blockHash" in query:
            height = int(query["blockHash"], 16) - 2**255
            first = last = height
        else:
            first, last = int(query["fromBlock"], 16), int(query["toBlock"], 16)
        if last - first >= NARROW:
            self.refused += 1
            raise OverflowError
        return [lock(height) for height in LOCKS if first <= height <= last]


def hash_of(height: int) -> str:
    return hex(2**255 + height)


def block(height: int) -> dict[str, Any]:
    return {
        "number": hex(height),
        "hash": hash_of(height),
        "parentHash": hash_of(height - 1),
        "timestamp": hex(1_700_000_000 + height),
    }


def lock(height: int) -> dict[str, Any]:
    escrow = height.to_bytes(20, "big").rjust(32, b"\0")
    data = escrow + bytes([height % 251]) * 32 + bytes.fromhex("ce" * 20).rjust(32, b"\0")
    return {
        "address": FACTORY,
        "topics": [DST_ESCROW_CREATED],
        "data": "0x" + data.hex(),
        "blockNumber": hex(height),
        "blockHash": hash_of(height),
        "transactionHash": "0x" + (2**254 + height).to_bytes(32, "big").hex(),
        "logIndex": "0x0",
    }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: LongNode

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        reply: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
        try:
            reply["result"] = self.server.answer(request["method"], request["params"])
        except OverflowError:
            reply["error"] = {"code": -32005, "message": "block range is too wide"}
        body = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def node() -> Iterator[LongNode]:
    with LongNode() as running:
        yield running
        running.shutdown()


def test_rescan_storm__ten_thousand_blocks_cost_a_bounded_number_of_calls(
    transactional_db: None, node: LongNode, settings: Any
) -> None:
    """RESCAN-STORM: ranges are halved where the node refuses them; nothing in the gap is lost, nothing is asked block by
    block before the tip."""
    configure(settings, "base", network_id="31337", rpc_urls=[node.url], factory=FACTORY, resolver="0x" + "ce" * 20)
    forget_clients()
    start = {"seen_height": 1, "seen_hash": hash_of(1), "final_height": 1, "final_hash": hash_of(1)}
    chain = Chain.objects.create(name="base", family="evm", network_id="31337", contract=FACTORY, **start)
    ChainBlock.objects.create(chain=chain, height=1, hash=hash_of(1), parent_hash=hash_of(0), timestamp_ns=1)
    watcher, polls, more = EvmWatcher(chain), 0, True
    while more:
        polls += 1
        assert polls < 400
        with suppress(RangeTooWide):
            more = watcher.process_one()
    chain.refresh_from_db()
    assert (chain.seen_height, chain.final_height) == (GAP, GAP - 2)
    assert sorted(ChainEvent.objects.values_list("block_height", flat=True)) == list(LOCKS)
    assert 0 < node.refused < 60
    assert node.counts["eth_getLogs"] < 300
    assert sum(node.counts.values()) < 1000
    forget_clients()
