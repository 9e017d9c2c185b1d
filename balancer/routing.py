"""WebSocket paths."""

from django.urls import path

from swaps.consumers import SessionConsumer

websocket_urlpatterns = [path("ws", SessionConsumer.as_asgi())]
