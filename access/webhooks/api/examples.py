"""Bodies as they come and go, for the API's description. A test holds each to its shape."""

from typing import Any

from access.webhooks.documents import event_types

ENDPOINT_ID = "we_" + "a" * 24
SESSION_ID = "sess_" + "a" * 24
MESSAGE_ID = "msg_" + "b" * 24
AT = "2026-01-31T12:00:00.000Z"

NEW: dict[str, Any] = {
    "ends of swaps": {"url": "https://example.com/1balancer", "events": ["session.completed", "session.refunded"]}
}
CHANGES: dict[str, Any] = {"enable": {"enabled": True}, "other events": {"events": ["session.*"]}}
ROTATION: dict[str, Any] = {"an hour of both": {"overlapSeconds": 3600}}
REPLAY: dict[str, Any] = {"a session's, past seq 3": {"sessionId": SESSION_ID, "since": 3}}

ENDPOINT: dict[str, Any] = {
    "id": ENDPOINT_ID,
    "url": "https://example.com/1balancer",
    "events": ["session.completed", "session.refunded"],
    "description": "",
    "enabled": True,
    "disabledReason": None,
    "disabledAt": None,
    "failingSince": None,
    "retriesAt": None,
    "createdAt": AT,
    "updatedAt": AT,
}
WITH_SECRET: dict[str, Any] = {**ENDPOINT, "secretId": 1, "secret": "whsec_" + "A" * 43 + "="}
DELIVERY: dict[str, Any] = {
    "id": 7,
    "messageId": MESSAGE_ID,
    "type": "session.completed",
    "subject": SESSION_ID,
    "seq": 9,
    "state": "delivered",
    "attempts": 2,
    "lastStatus": 200,
    "lastError": None,
    "nextAttemptAt": None,
    "deliveredAt": "2026-01-31T12:00:06.000Z",
    "createdAt": AT,
}
DETAIL: dict[str, Any] = {
    **DELIVERY,
    "body": {"type": "session.completed", "timestamp": AT, "data": {"sessionId": SESSION_ID, "seq": 9}},
    "tries": [
        {"at": "2026-01-31T12:00:06.000Z", "status": 200, "error": None, "milliseconds": 41, "answer": "ok"},
        {"at": AT, "status": 503, "error": None, "milliseconds": 38, "answer": "busy"},
    ],
}
EVENTS: dict[str, Any] = {"events": list(event_types())}
