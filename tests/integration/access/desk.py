"""A small API to try `access` on: one view that does work, one that fails in many ways, and ours."""

import threading
from typing import Any

from django.urls import include, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.errors import ApplicationError
from access.idempotency import idempotent
from access.models import ActorKind, AuditEntry
from access.parsers import StrictJSONParser
from access.permissions import HasScope
from access.services import audit_record

WORK = "desk_work"


class Gate:
    """A named point inside the work: a test lets a request wait there while another one comes."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def pass_through(self) -> None:
        if self.closed:
            self.closed = False
            self.reached.set()
            assert self.opened.wait(30)


GATE = Gate()


class WorkView(APIView):
    """Leaves one row in the database for each time that the work is done."""

    permission_classes = (HasScope("swaps:write"),)
    parser_classes = (StrictJSONParser,)

    @idempotent
    def post(self, request: Request) -> Response:
        audit_record(action=WORK, actor_kind=ActorKind.SYSTEM, actor_id="desk", target=str(request.data.get("n", "")))
        GATE.pass_through()
        if request.data.get("refuse"):
            raise ApplicationError("not this one", code="refused", status=409)
        if request.data.get("break"):
            raise RuntimeError("hunter2")
        status = int(request.data.get("status", 201))
        return Response({"zebra": 1, "done": work_done(), "at": "now"}, status=status, headers={"Location": "/done/1"})


class Shape(serializers.Serializer[Any]):
    amount = serializers.CharField()
    limit = serializers.IntegerField(max_value=5)


class ShapeView(APIView):
    parser_classes = (StrictJSONParser,)

    def post(self, request: Request) -> Response:
        Shape(data=request.data).is_valid(raise_exception=True)
        return Response({})


def work_done() -> int:
    """How many times the work was done, as this transaction sees it."""
    return AuditEntry.objects.filter(action=WORK).count()


urlpatterns = [
    path("api/work", WorkView.as_view()),
    path("api/shape", ShapeView.as_view()),
    path("api/v1/", include("access.urls")),
]
handler404 = "access.problems.not_found"
