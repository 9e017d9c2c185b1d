"""What an event stream refuses with, beside the errors of `swaps` and `access`.

ApplicationError
├── CredentialInUrl  400  credential_in_url
├── BadEventId       400  validation_error, naming Last-Event-ID
├── Forbidden        403  insufficient_scope
├── NotServedHere    421  misdirected_request
└── TooManyStreams   429  rate_limited, with Retry-After
"""

from access.codes import Code
from access.errors import ApplicationError

RETRY_SECONDS = 5


class CredentialInUrl(ApplicationError):
    code, status = "credential_in_url", 400

    def __init__(self) -> None:
        super().__init__("the URL carries a key or a token, and URLs end in logs: send it in a header, and replace it")


class BadEventId(ApplicationError):
    code, status = "validation_error", 400

    def __init__(self, detail: str) -> None:
        super().__init__(detail, errors=[{"field": "Last-Event-ID", "message": detail, "code": "invalid"}])


class Forbidden(ApplicationError):
    code, status = "insufficient_scope", 403


class NotServedHere(ApplicationError):
    code, status = "misdirected_request", 421

    def __init__(self) -> None:
        super().__init__("event streams are served by the ASGI server, and this is another: ask the path that it has")


class TooManyStreams(ApplicationError):
    code, status = "rate_limited", 429

    def __init__(self) -> None:
        super().__init__(
            "this key, this address or this process has as many connections as allowed",
            headers={"Retry-After": str(RETRY_SECONDS)},
        )


# fmt: off
CODES = (
    Code("credential_in_url", 400, "Credential in the URL", "The URL carries a key or a token; URLs end in logs.",
         "Send it in a header, and replace it: it may have been logged."),
    Code("misdirected_request", 421, "Served elsewhere", "Event streams come from the ASGI server; this is another one.",
         "Have the proxy send `/ws` and `/api/v1/sessions/{id}/stream` to the ASGI server."),
)
# fmt: on
