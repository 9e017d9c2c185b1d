"""ASGI: HTTP, event streams and the socket, served by daphne, or by uvicorn where sockets are many (docs/socket.md)."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balancer.settings")
django = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402  (apps must be loaded first)

from balancer.processes.heart import heart_start  # noqa: E402
from balancer.routing import http_application, websocket_application  # noqa: E402
from balancer.telemetry.start import telemetry_start  # noqa: E402

telemetry_start("web")
heart = heart_start("web", "asgi")
application = ProtocolTypeRouter({"http": http_application(django, heart), "websocket": websocket_application()})
