"""Cursor pagination: newest first, stable while new sessions come in."""

from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from swaps.errors import InvalidSession


class SessionPagination(CursorPagination):
    """`{"sessions": [...], "next": url | null, "previous": url | null}`; `limit` up to 200."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    ordering = ("-created_at", "id")

    def decode_cursor(self, request: Request) -> Any:
        """DRF's, for cursors that we gave. Raises `InvalidSession` for any other."""
        text = request.query_params.get(self.cursor_query_param)
        try:
            cursor = super().decode_cursor(request)
            stands = cursor is None or cursor.position is None or _is_position(str(cursor.position))
        except Exception as error:
            raise _unknown() from error
        if not stands or (text is not None and cursor is None):
            raise _unknown()
        return cursor

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"sessions": data, "next": self.get_next_link(), "previous": self.get_previous_link()})


def _is_position(text: str) -> bool:
    """Whether it is a moment with its offset, as every position of ours is."""
    moment = parse_datetime(text)
    return moment is not None and is_aware(moment)


def _unknown() -> InvalidSession:
    told = "must be that of a `next` or `previous` link, unchanged"
    return InvalidSession("the cursor is none of ours", errors=[{"field": "cursor", "message": told}])
