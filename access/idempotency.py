"""`Idempotency-Key` on a POST: the same key and request get the same answer, and the work is done once.

The work and its answer are one transaction, under an advisory lock on (principal, key) that ends with it. So a process
that dies on the way leaves neither, a second request that comes meanwhile is told to ask again, and no clean-up decides
whether a first request is still alive. (draft-ietf-httpapi-idempotency-key-header says what the codes mean.)
"""

import hashlib
import json
from datetime import timedelta
from functools import wraps
from typing import Any

import pglock
from django.db import transaction
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from access.answers import Answer
from access.authentication import principal_of
from access.changes import View, audited
from access.errors import IdempotencyInProgress, IdempotencyKeyInvalid, IdempotencyKeyReused
from access.models import IdempotencyRecord
from access.selectors import idempotency_record

LIFE = timedelta(hours=24)
MAX_KEY = 255


def idempotent(view: View) -> View:
    """Wrap a view's `post`: one transaction with the work, its audit row (`audited`), and with the header the kept answer
    (`replayed`). A call that changes nothing has no audit row, and without the header no transaction either."""
    return replayed(audited(view))


def replayed(work: View) -> View:
    """Wrap a view's `post`: with the header, one transaction with the work and the kept answer; without it, the work alone. For
    work that writes its own audit row.

    A refusal (any exception) and an answer of 5xx are not kept: nothing was done, and the client may correct itself and
    use the same key again. Do not wrap views that answer with a credential: answers are kept in the clear for 24 hours.
    Raises `IdempotencyKeyInvalid`, `IdempotencyKeyReused`, `IdempotencyInProgress`.
    """

    @wraps(work)
    def post(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response | Answer:
        key = request._request.META.get("HTTP_IDEMPOTENCY_KEY")
        if key is None:
            return work(self, request, *args, **kwargs)
        _check(key)
        principal, request_hash = principal_of(request).id, _hash(request)
        with transaction.atomic():
            _take_turn(principal, key)
            kept = idempotency_record(principal=principal, key=key, since=timezone.now() - LIFE)
            if kept is not None:
                return _replay(kept, request_hash)
            response = work(self, request, *args, **kwargs)
            if response.status_code < 500:
                _keep(request, principal, key, request_hash, response)
            return response

    return post


def _check(key: str) -> None:
    if not 1 <= len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        raise IdempotencyKeyInvalid(
            f"Idempotency-Key must be 1 to {MAX_KEY} printable ASCII characters: a fresh UUID is best"
        )


def _hash(request: Request) -> str:
    """Of method, path and the body's meaning: white space and the order of fields are no difference."""
    told = [request.method, request.get_full_path(), request.data]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _take_turn(principal: str, key: str) -> None:
    """Until the transaction ends, nobody else with this key."""
    if not pglock.advisory(f"idempotency:{principal}:{key}", xact=True, timeout=0, side_effect=pglock.Return).acquire():
        raise IdempotencyInProgress(
            "the first request with this Idempotency-Key is still in progress: ask again soon",
            headers={"Retry-After": "1"},
        )


def _replay(kept: IdempotencyRecord, request_hash: str) -> Response:
    if kept.request_hash != request_hash:
        raise IdempotencyKeyReused(
            f"this Idempotency-Key was used for another request ({kept.call}): take a new one for this one"
        )
    headers = {**kept.headers, "Idempotent-Replayed": "true"}
    return Response(json.loads(kept.answer), status=kept.status, headers=headers)


def _keep(request: Request, principal: str, key: str, request_hash: str, response: Response | Answer) -> None:
    """In the place of an answer that is past its time, if there is one."""
    answer = {
        "call": f"{request.method} {request.path}"[:200],
        "request_hash": request_hash,
        "status": response.status_code,
        "headers": {name: value for name, value in response.items() if name.lower() != "content-type"},
        "answer": response.text if isinstance(response, Answer) else json.dumps(response.data, cls=JSONEncoder),
        "created_at": timezone.now(),
    }
    IdempotencyRecord.objects.bulk_create(
        [IdempotencyRecord(principal=principal, key=key, **answer)],
        update_conflicts=True,
        unique_fields=["principal", "key"],
        update_fields=list(answer),
    )


def idempotency_purge() -> int:
    """Delete the answers that are past their 24 hours; how many there were."""
    deleted, _ = IdempotencyRecord.objects.filter(created_at__lt=timezone.now() - LIFE).delete()
    return deleted
