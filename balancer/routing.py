"""What is served by ASGI before Django sees it: connections that stay open and must not cost a thread each."""

import asyncio
from typing import TYPE_CHECKING, Any

from swaps.push.socket import SessionConsumer
from swaps.push.stream import stream_application

if TYPE_CHECKING:
    from balancer.processes.heart import Heart

SESSIONS, STREAM = "/api/v1/sessions/", "/stream"


def websocket_application() -> Any:
    """`/ws` for clients, `/ws/console` for operators; every other path is refused."""
    from channels.routing import URLRouter
    from django.urls import path

    from balancer.console.socket import ConsoleConsumer

    clients: Any = SessionConsumer.as_asgi()  # an ASGI application, where Django types a view
    operators: Any = ConsoleConsumer.as_asgi()
    return URLRouter([path("ws", clients), path("ws/console", operators)])


def http_application(django: Any, heart: "Heart | None" = None) -> Any:
    """Event streams, and Django for everything else. One comparison of strings: every request passes here. The first one shows
    the heart which event loop must not stand still."""
    unseen = heart

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        nonlocal unseen
        if unseen is not None:
            unseen.watch_loop(asyncio.get_running_loop())
            unseen = None
        path: str = scope["path"]
        if path.endswith(STREAM) and path.startswith(SESSIONS) and scope["method"] == "GET":
            session_id = path[len(SESSIONS) : -len(STREAM)]
            if session_id and "/" not in session_id:
                scope = {**scope, "url_route": {"args": (), "kwargs": {"session_id": session_id}}}
                await stream_application(scope, receive, send)
                return
        await django(scope, receive, send)

    return application
