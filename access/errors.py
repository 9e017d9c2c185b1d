"""What can go wrong for a caller of `access`.

ApplicationError
├── InvalidCredentials     401 invalid_credentials, not_authenticated
├── IdempotencyKeyReused   422 idempotency_key_reused
└── IdempotencyInProgress  409 idempotency_in_progress
"""

from access.problems import ApplicationError


class InvalidCredentials(ApplicationError):
    code, status = "invalid_credentials", 401


class IdempotencyKeyReused(ApplicationError):
    code, status = "idempotency_key_reused", 422


class IdempotencyInProgress(ApplicationError):
    code, status = "idempotency_in_progress", 409
