"""The last touch on the API's description: what no view can say of itself."""

from typing import Any


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """drf-spectacular's hook: the path of this host as the server, so that no host's name is in the document."""
    result["servers"] = [{"url": "/", "description": "this service"}]
    return result
