"""Seed 004's envelope: `{"success": true, "data": …}`, or `{"success": false, "error": "a sentence"}`.

A refusal is our problem document all the same, with these two members more: whoever knows the envelope reads it, and whoever
knows RFC 9457 too.
"""

from collections.abc import Callable
from typing import Any

from rest_framework.response import Response
from rest_framework.views import APIView

from access.problems import exception_handler


class EnvelopedView(APIView):
    """A view whose answers, refusals too, are in the envelope."""

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """DRF's hook."""
        return _refused

    @staticmethod
    def succeeded(data: Any) -> Response:
        """An answer."""
        return Response({"success": True, "data": data})


def _refused(error: Exception, context: Any) -> Response | None:
    response = exception_handler(error, context)
    if response is not None:
        response.data = {"success": False, "error": response.data["detail"], **response.data}
    return response
