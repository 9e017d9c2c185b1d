"""What a caller is told when we refuse, and what can go wrong for a caller of `access`.

ApplicationError                 any app's refusal: a stable code, an HTTP status, a sentence
├── InvalidCredentials     401   invalid_credentials, not_authenticated
├── AddressNotAllowed      403   address_not_allowed
├── RateLimited            429   rate_limited
├── ApiKeyRequired         403   api_key_required
├── ApiKeyNotFound         404   api_key_not_found
├── ApiKeyRefused          400   validation_error, with errors[] by field
├── IdempotencyKeyInvalid  400   idempotency_key_invalid
├── IdempotencyKeyReused   422   idempotency_key_reused
└── IdempotencyInProgress  409   idempotency_in_progress
"""

from collections.abc import Mapping
from typing import Any


class ApplicationError(Exception):
    """A refusal that a caller is told of, as an RFC 9457 problem document. Apps subclass it with a `code` and a `status`.

    `detail` says what was wrong, what was expected and what to do. `errors` are [{"field", "message"}], each with a
    `code` of its own where one is known; `extra` are further members of the document, in camelCase (`retryAt`);
    `headers` go with the answer (`Retry-After`).
    """

    code = "error"
    status = 400

    def __init__(
        self,
        detail: str,
        *,
        code: str = "",
        status: int = 0,
        errors: list[dict[str, str]] | None = None,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.status = status or self.status
        self.errors = errors or []
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})


class InvalidCredentials(ApplicationError):
    code, status = "invalid_credentials", 401


class AddressNotAllowed(ApplicationError):
    """A good key from an address that is not on its list. `principal` is whose key it is, for the operators."""

    code, status = "address_not_allowed", 403

    def __init__(self, detail: str, *, principal: str) -> None:
        super().__init__(detail)
        self.principal = principal


class RateLimited(ApplicationError):
    code, status = "rate_limited", 429


class ApiKeyRequired(ApplicationError):
    code, status = "api_key_required", 403


class ApiKeyNotFound(ApplicationError):
    code, status = "api_key_not_found", 404


class ApiKeyRefused(ApplicationError):
    code, status = "validation_error", 400


class IdempotencyKeyInvalid(ApplicationError):
    code, status = "idempotency_key_invalid", 400


class IdempotencyKeyReused(ApplicationError):
    code, status = "idempotency_key_reused", 422


class IdempotencyInProgress(ApplicationError):
    code, status = "idempotency_in_progress", 409
