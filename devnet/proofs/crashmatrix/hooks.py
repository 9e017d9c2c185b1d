"""Where the counter looks: at the wire beneath both clients, and at the database's commits. The product knows nothing of it.

Statements that change nothing, and commits of transactions that changed nothing, are no points: a process that dies there
leaves what it would have left at the point before.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from devnet.proofs.crashmatrix.points import Counter, Moment

WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE|MERGE|WITH)\b|procrastinate_\w+_v\d", re.IGNORECASE)
SENDS = frozenset({"eth_sendRawTransaction", "send_tx", "broadcast_tx_async", "broadcast_tx_commit"})


def install(counter: Counter) -> None:
    """Hook this process. Once is enough; there is no way back."""
    _hook_requests(counter)
    _hook_httpx(counter)
    _hook_database(counter)


# The wire


def _hook_requests(counter: Counter) -> None:
    from requests.adapters import HTTPAdapter
    from requests.sessions import Session

    _wrap(HTTPAdapter, "send", lambda request: _method(request.body), counter, Moment.BEFORE, Moment.ACCEPTED)
    _wrap(Session, "send", lambda request: _method(request.body), counter, None, Moment.AFTER)


def _hook_httpx(counter: Counter) -> None:
    import httpx

    def method(request: httpx.Request) -> str:
        return _method(request.content)

    _wrap(httpx.HTTPTransport, "handle_request", method, counter, Moment.BEFORE, Moment.ACCEPTED)
    _wrap(httpx.Client, "send", method, counter, None, Moment.AFTER)


def _wrap(
    owner: type, name: str, method: Callable[[Any], str], counter: Counter, before: Moment | None, after: Moment
) -> None:
    original = getattr(owner, name)

    def hooked(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        what = method(request)
        if not what:
            return original(self, request, *args, **kwargs)
        if before is not None:
            counter.pass_by(what, before)
        answer = original(self, request, *args, **kwargs)
        counter.pass_by(what, after, sends=after is Moment.ACCEPTED and what in SENDS)
        return answer

    setattr(owner, name, hooked)


def _method(body: Any) -> str:
    """The JSON-RPC method in a request's body, "" when it has none."""
    try:
        return str(json.loads(body)["method"])
    except (KeyError, TypeError, ValueError):
        return ""


# Commits


def _hook_database(counter: Counter) -> None:
    from django.db.backends.base import base
    from django.db.backends.signals import connection_created

    wrapper: Any = base.BaseDatabaseWrapper
    written: dict[int, bool] = {}  # by connection: whether its open transaction has changed anything
    original, rollback = wrapper._commit, wrapper._rollback

    def commit(self: Any) -> Any:
        if not written.pop(id(self), False):
            return original(self)
        counter.pass_by("commit", Moment.BEFORE)
        answer = original(self)
        counter.pass_by("commit", Moment.AFTER)
        return answer

    def roll_back(self: Any) -> Any:
        written.pop(id(self), None)
        return rollback(self)

    def statement(execute: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not WRITES.search(str(sql)):
            return execute(sql, params, many, context)
        connection = context["connection"]
        if connection.in_atomic_block:
            written[id(connection)] = True
            return execute(sql, params, many, context)
        counter.pass_by("commit", Moment.BEFORE)
        answer = execute(sql, params, many, context)
        counter.pass_by("commit", Moment.AFTER)
        return answer

    wrapper._commit, wrapper._rollback = commit, roll_back

    def wrap(connection: Any, **_: Any) -> None:
        if statement not in connection.execute_wrappers:
            connection.execute_wrappers.append(statement)

    connection_created.connect(wrap, weak=False)
