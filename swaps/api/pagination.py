"""Cursor pagination: newest first, stable while new sessions come in."""

from typing import Any

from rest_framework.pagination import CursorPagination
from rest_framework.response import Response


class SessionPagination(CursorPagination):
    """`{"sessions": [...], "next": url | null, "previous": url | null}`; `limit` up to 200."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    ordering = ("-created_at", "id")

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"sessions": data, "next": self.get_next_link(), "previous": self.get_previous_link()})
