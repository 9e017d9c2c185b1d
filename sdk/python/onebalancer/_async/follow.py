"""A session's events, each once and in order, whatever breaks on the way.

Every event has a `seq` that counts up by one. The socket is opened with `since`; when it breaks, falls silent or skips a
number, what is missing is read from `/events?since=` before it is opened again. Where it cannot be had at all, that is
how the session is followed.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

from onebalancer._async.http import AsyncHttp
from onebalancer._async.io import Message, Socket, SocketClosed, Stop, pause
from onebalancer.errors import OneBalancerError
from onebalancer.following import Following
from onebalancer.models import SessionUpdate
from onebalancer.retries import backoff, passes
from onebalancer.updates import TERMINAL, Sequence, SwapUpdate

LONGEST_SEARCH = 600.0


async def follow(
    http: AsyncHttp, session_id: str, since: int, how: Following, stop: Stop
) -> AsyncGenerator[SwapUpdate]:
    """Until an event with a terminal status, and those that the service already has after it. Raises `ApiError` (404,
    401, …), and `ConnectionFailed` when the service was out of reach for ten minutes."""
    state, failures, last_heard = Sequence(since), 0, time.monotonic()
    if since > 0 and await _is_over(http, session_id, since):
        return
    while not stop.is_set():
        try:
            missed = (await http.get(f"/sessions/{session_id}/events", {"since": state.seq}))["events"]
        except OneBalancerError as error:
            if not passes(error) or time.monotonic() - last_heard > LONGEST_SEARCH:
                raise
        else:
            last_heard = time.monotonic()
            for update in state.take(missed):
                yield update
            if state.ended:
                return
        before = state.seq
        if how.transport == "socket":
            try:
                async with aclosing(_listen(http, session_id, state, how, stop)) as heard:
                    async for update in heard:
                        yield update
            except SocketClosed:
                failures = 1 if state.seq > before else failures + 1
        if not state.ended and not stop.is_set():
            await pause(how.poll_seconds if how.transport == "poll" else backoff(failures, 0.1, 4.0), stop)


async def _is_over(http: AsyncHttp, session_id: str, seq: int) -> bool:
    """Whether it is over already, and everything was seen: then no further event would ever tell."""
    session = await http.get(f"/sessions/{session_id}")
    return session["status"] in TERMINAL and session["seq"] <= seq


async def _listen(
    http: AsyncHttp, session_id: str, state: Sequence, how: Following, stop: Stop
) -> AsyncGenerator[SwapUpdate]:
    """What a socket tells, until the session has ended or something is missing. Raises `SocketClosed`."""
    socket = await Socket.open(http.base_url.replace("http", "ws", 1) + "/ws")
    try:
        await socket.send(type="auth", apiKey=http.api_key)
        await socket.send(type="subscribe", channel="session", sessionId=session_id, since=state.seq)
        while not state.ended:
            message = await socket.next(how.silence, stop)
            _refuse(message)
            if message.get("type") == "session_update" and message.get("sessionId") == session_id:
                told = cast(SessionUpdate, message)
                if state.gap_before(told):
                    raise SocketClosed("a number was skipped")
                for update in state.take([told]):
                    yield update
    finally:
        await socket.close()


def _refuse(message: Message) -> None:
    """Raises where the socket will not tell. Whether that lasts (a wrong key) or passes (too many connections), REST
    says."""
    refused = message.get("type") == "authenticated" and message.get("success") is False
    if refused or message.get("type") in ("subscription_error", "error"):
        raise SocketClosed(f"refused: {message.get('error') or message.get('message')}")
