"""WebSocket paths."""

from typing import Any

from django.urls import path

from swaps.consumers import SessionConsumer

socket: Any = SessionConsumer.as_asgi()  # an ASGI application, where Django types a view
websocket_urlpatterns: list[Any] = [path("ws", socket)]
