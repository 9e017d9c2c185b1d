"""A client from outside: nothing but REST, the WebSocket, and its own keys on the chains."""

import json
import os
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from chains.codec import calldata
from devnet.evm.accounts import DevAccount
from devnet.network import Network, send_evm

Document = dict[str, Any]
ENDED = {"completed", "cancelled", "refunded", "failed"}
POLL_SECONDS = 0.01


class ClientError(RuntimeError):
    """The service refused, or a swap did not end as it should."""


class RestClient:
    """`/api/v1` with an API key."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self.base_url = base_url
        self.api_key = api_key
        self.http = httpx.Client(
            base_url=f"{base_url}/api/v1", headers={"Authorization": f"Bearer {api_key}"}, timeout=30, trust_env=False
        )

    def post(self, path: str, body: Document | None = None, **headers: str) -> Document:
        """The answer of a POST. Raises `ClientError` with the problem document."""
        return self._read(self.http.post(path, json=body or {}, headers=headers))

    def get(self, path: str) -> Document:
        """The answer of a GET. Raises `ClientError` with the problem document."""
        return self._read(self.http.get(path))

    @staticmethod
    def _read(answer: httpx.Response) -> Document:
        if answer.is_error:
            raise ClientError(
                f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:800]}"
            )
        document: Document = answer.json()
        return document


class Updates:
    """Follows sessions over the WebSocket in a thread; calls `on_update` for each and remembers gaps."""

    def __init__(self, base_url: str, api_key: str, on_update: Callable[[Document], None]) -> None:
        self.url = base_url.replace("http", "ws", 1) + "/ws"
        self.api_key = api_key
        self.on_update = on_update
        self.seq: dict[str, int] = {}
        self.gaps: list[str] = []

    def __enter__(self) -> Self:
        self.stack = ExitStack()
        self.socket = self.stack.enter_context(connect(self.url, open_timeout=15, proxy=None))
        self._send(type="auth", apiKey=self.api_key)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()
        self.thread.join(5)

    def follow(self, session_id: str) -> None:
        """Every update of a session from its first."""
        self.seq[session_id] = 0
        self._send(type="subscribe", channel="session", sessionId=session_id, since=0)

    def _send(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def _read(self) -> None:
        try:
            for text in self.socket:
                message = json.loads(text)
                if message["type"] == "session_update":
                    self._take(message)
        except ConnectionClosed:
            return

    def _take(self, message: Document) -> None:
        session_id, seq = message["sessionId"], message["seq"]
        if seq != self.seq.get(session_id, 0) + 1:
            self.gaps.append(f"{session_id}: {seq} after {self.seq.get(session_id)}")
        self.seq[session_id] = seq
        self.on_update(message)


@dataclass
class Maker:
    """Somebody with keys on the chains, who keeps his own secret."""

    network: Network
    evm: DevAccount
    near_account: str
    hash_function: str = "sha256"
    secret: bytes = field(default_factory=lambda: os.urandom(32), repr=False)

    def hashlock(self) -> str:
        """0x and 64 digits, by the route's hash function."""
        from swaps.hashlock import hashlock_of

        return "0x" + hashlock_of(self.secret, self.hash_function).hex()

    def account_on(self, chain: str) -> str:
        return self.near_account if chain == "near" else self.evm.address

    def send(self, call: Document) -> str:
        """Carry out one of the service's ready-to-send calls; returns the transaction's hash."""
        if "receiverId" not in call:
            anvil = self.network.evm[call["chain"]]
            sent = send_evm(anvil.rpc, self.evm, call["to"], bytes.fromhex(call["data"][2:]), int(call["value"]))
            anvil.receipt(sent)
            return sent
        outcome = self.network.near.call(
            self.near_account,
            call["receiverId"],
            call["methodName"],
            call["args"],
            deposit=int(call["deposit"]),
            gas=int(call["gas"]),
        )
        return str(outcome["transaction"]["hash"])


def sign_typed_data(account: DevAccount, typed_data: Document) -> str:
    """A wallet's `eth_signTypedData_v4`: 0x and 65 bytes."""
    from eth_account import Account

    signed = Account.sign_typed_data(account.key, full_message=typed_data)
    return "0x" + bytes(signed.signature).hex()


@dataclass
class Swap:
    """One swap as its maker drives it."""

    rest: RestClient
    maker: Maker
    body: Document
    source_lock: str = "self"
    document: Document = field(default_factory=dict)
    maker_transactions: list[tuple[str, str]] = field(default_factory=list)
    execute_body: Document = field(default_factory=dict)

    @property
    def session_id(self) -> str:
        return str(self.document["sessionId"])

    def create(self) -> Document:
        """POST the session, with our own hashlock."""
        self.document = self.rest.post("/sessions", {**self.body, "hashlock": self.maker.hashlock()})
        return self.document

    def execute_and_lock(self) -> None:
        """POST execute, and lock on the source chain with our own key."""
        executed = self.rest.post(f"/sessions/{self.session_id}/execute", {"sourceLock": "self"})
        for call in executed["calls"]:
            self.maker_transactions.append((call["chain"], self.maker.send(call)))

    def execute_with_order(self) -> None:
        """Sign the limit order that the session offers, allow the protocol our tokens, and POST execute with it."""
        offer = self.document["next"]["limitOrder"]
        rpc = self.maker.network.evm[self.body["sourceChain"]].rpc
        approve = calldata.erc20_approve(offer["approve"]["spender"], int(offer["approve"]["amount"]))
        sent = send_evm(rpc, self.maker.evm, offer["approve"]["token"], approve)
        self.maker_transactions.append((self.body["sourceChain"], sent))
        signed = sign_typed_data(self.maker.evm, offer["typedData"])
        limit_order = {"order": offer["order"], "signature": signed, "extension": offer["extension"]}
        self.rest.post(f"/sessions/{self.session_id}/execute", {"limitOrder": limit_order, "confirmationLevel": "fast"})

    def hand_over(self) -> None:
        """POST the secret."""
        self.rest.post(f"/sessions/{self.session_id}/secret", {"secret": "0x" + self.maker.secret.hex()})

    def wait(
        self, until: Callable[[Document], bool], seconds: float, poll: float = 0.1, *, ended_too: bool = False
    ) -> Document:
        """GET the session until it is as wanted. Raises `ClientError` when it takes too long, or has ended otherwise
        (unless `ended_too`)."""
        end = time.monotonic() + seconds
        while True:
            self.document = self.rest.get(f"/sessions/{self.session_id}")
            if until(self.document):
                return self.document
            if (self.document["status"] in ENDED and not ended_too) or time.monotonic() > end:
                raise ClientError(
                    f"{self.session_id} is {self.document['status']} ({self.document['reason']}) after {seconds:.0f} s at most"
                )
            time.sleep(poll)

    def wait_for(self, status: str, seconds: float = 60.0) -> Document:
        """The session once it has the status."""
        return self.wait(lambda document: document["status"] == status, seconds)

    def run(self, seconds: float = 90.0) -> Document:
        """The whole swap."""
        self.create()
        self.execute_and_lock()
        self.wait_for("both_locked", seconds)
        self.hand_over()
        return self.wait_for("completed", seconds)


class FinalityClock:
    """Notes on our own clock when a chain's final head first reaches each height: what reaction is measured against."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.times: dict[str, list[tuple[int, float]]] = {name: [] for name in (*network.evm, "near")}
        self.stop = threading.Event()

    def __enter__(self) -> Self:
        self.threads = [threading.Thread(target=self._follow, args=(name,), daemon=True) for name in self.times]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join(5)

    def final_at(self, chain: str, height: int) -> float | None:
        """Unix seconds at which that height was first seen final."""
        return next((at for seen, at in self.times[chain] if seen >= height), None)

    def _follow(self, name: str) -> None:
        last = -1
        while not self.stop.wait(POLL_SECONDS):
            try:
                height = self._final_height(name)
            except Exception:
                return  # the chain is gone: the demo is ending
            if height > last:
                self.times[name].append((height, time.time()))
                last = height

    def _final_height(self, name: str) -> int:
        if name == "near":
            return int(self.network.near.rpc("block", {"finality": "final"})["header"]["height"])
        return int(self.network.evm[name].rpc.call("eth_getBlockByNumber", "finalized", False)["number"], 16)
