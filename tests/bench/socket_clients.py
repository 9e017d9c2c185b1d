"""A process with many WebSocket clients that do as little as possible: `python -m tests.bench.socket_clients PORT`.

Reads from its standard input one message a line to send from a client each, and an empty line; connects them, and says `ready` when
each was told `"subscribed"` (or at once for a bare server). Then `expect N` or `go ROUNDS N`: it says at which monotonic second the first
message may have been sent and when the N-th came.
"""

import asyncio
import base64
import os
import sys
import time
from typing import cast

HEAD = (
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "X-API-Key: {key}\r\nSec-WebSocket-Key: {nonce}\r\n\r\n"
)
UPDATE = b'"session_update"'
TOGETHER = 50


class Count:
    """What all clients together were sent."""

    def __init__(self) -> None:
        self.updates = 0
        self.wanted = sys.maxsize
        self.reached = asyncio.Event()
        self.last = 0.0

    def add(self, updates: int) -> None:
        self.updates += updates
        if self.updates >= self.wanted:
            self.last = time.monotonic()
            self.reached.set()


class Client(asyncio.Protocol):
    """Counts the updates in what it is sent, without decoding it."""

    def __init__(self, key: str, first: str, count: Count) -> None:
        self._key, self._first, self._count = key, first, count
        self._rest = b""
        self._said = b""
        self.is_ready = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class
        nonce = base64.b64encode(os.urandom(16)).decode()
        transport.write(HEAD.format(key=self._key, nonce=nonce).encode())

    def data_received(self, data: bytes) -> None:
        if not self.is_ready.done():
            self._handshake(data)
            return
        data = self._rest + data
        self._rest = data[-(len(UPDATE) - 1) :]
        updates = data.count(UPDATE)
        if updates:
            self._count.add(updates)

    def _handshake(self, data: bytes) -> None:
        before, self._said = self._said, self._said + data
        if b"\r\n\r\n" not in self._said:
            return
        if b"\r\n\r\n" not in before and self._first:
            self.say(self._first)
        if not self._first or b'"subscribed"' in self._said:
            self.is_ready.set_result(None)

    def say(self, text: str) -> None:
        """Send a masked text frame of at most 64 KiB."""
        payload, mask = text.encode(), os.urandom(4)
        length = len(payload)
        head = bytes([0x81, 0x80 | length]) if length < 126 else bytes([0x81, 0xFE]) + length.to_bytes(2)
        self.transport.write(head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload)))


async def main(port: int) -> None:
    """The process."""
    key, *lines = iter(lambda: sys.stdin.readline().rstrip("\n"), "")
    count, loop = Count(), asyncio.get_running_loop()
    clients: list[Client] = []
    for at in range(0, len(lines), TOGETHER):
        texts = ["" if line == "-" else line for line in lines[at : at + TOGETHER]]
        made = await asyncio.gather(
            *[loop.create_connection(lambda text=text: Client(key, text, count), "127.0.0.1", port) for text in texts]
        )
        clients += [client for _, client in made]
        await asyncio.gather(*[client.is_ready for _, client in made])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while words := (await asyncio.to_thread(sys.stdin.readline)).split():
        count.updates, count.wanted = 0, int(words[-1])
        count.reached.clear()
        began = time.monotonic()
        if words[0] == "go":
            clients[0].say(f"go {words[1]}")
        sys.stdout.write("started\n")
        sys.stdout.flush()
        await asyncio.wait_for(count.reached.wait(), 120)
        sys.stdout.write(f"{began} {count.last}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(int(sys.argv[1])))
