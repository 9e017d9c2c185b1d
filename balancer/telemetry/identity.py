"""Who tells: this process, as collectors and error reports name it."""

import os
import socket
from importlib.metadata import PackageNotFoundError, version

SERVICE = "1balancer-orchestrator"
_role = "command"


def role_set(role: str) -> None:
    """`web`, `worker`, `watcher-base`: what this process does."""
    global _role  # noqa: PLW0603  (one for the process, set when it starts)
    _role = role


def role() -> str:
    """What this process does."""
    return _role


def release() -> str:
    """The version that runs, where it was installed as a package."""
    try:
        return version(SERVICE)
    except PackageNotFoundError:
        return "source"


def resource() -> dict[str, str]:
    """OpenTelemetry's resource attributes."""
    return {
        "service.name": os.environ.get("OTEL_SERVICE_NAME", SERVICE),
        "service.version": release(),
        "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
        "process.pid": str(os.getpid()),
        "process.role": _role,
    }
