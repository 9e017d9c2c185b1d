"""`Idempotency-Key` on a POST: the same key and body get the same answer, and the work is done once."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from access.errors import IdempotencyInProgress, IdempotencyKeyReused
from access.models import IdempotencyRecord

LIFE = timedelta(hours=24)
ABANDONED = timedelta(minutes=2)
View = Callable[..., Response]


def idempotent(view: View) -> View:
    """Wrap a view's `post`. Without the header it changes nothing. An answer of 5xx, or an exception, is not kept: the
    client may try again."""

    @wraps(view)
    def post(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return view(self, request, *args, **kwargs)
        record, first = _claim(request, key[:255])
        if not first:
            return Response(record.answer, status=record.status, headers={"Idempotent-Replayed": "true"})
        try:
            response = view(self, request, *args, **kwargs)
        except BaseException:
            record.delete()
            raise
        if response.status_code >= 500:
            record.delete()
        else:
            answer = json.loads(json.dumps(response.data, default=str))
            IdempotencyRecord.objects.filter(pk=record.pk).update(status=response.status_code, answer=answer)
        return response

    return post


def _claim(request: Request, key: str) -> tuple[IdempotencyRecord, bool]:
    """The record of this key, and whether we are the first with it. Raises for another body, or one in progress."""
    principal, call = str(request.user.id), f"{request.method} {request.path}"
    body_hash = hashlib.sha256(json.dumps(request.data, sort_keys=True).encode()).hexdigest()
    now = timezone.now()
    stale = IdempotencyRecord.objects.filter(principal=principal, key=key)
    stale.filter(created_at__lt=now - LIFE).delete()
    stale.filter(created_at__lt=now - ABANDONED, status=None).delete()
    try:
        with transaction.atomic():
            return (
                IdempotencyRecord.objects.create(principal=principal, key=key, call=call[:200], body_hash=body_hash),
                True,
            )
    except IntegrityError:
        record = IdempotencyRecord.objects.get(principal=principal, key=key)
    if (record.call, record.body_hash) != (call[:200], body_hash):
        raise IdempotencyKeyReused("this Idempotency-Key was used for another request: take a new one")
    if record.status is None:
        raise IdempotencyInProgress("the first request with this Idempotency-Key is still in progress: ask again soon")
    return record, False
