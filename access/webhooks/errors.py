"""What a caller is told about his webhooks.

ApplicationError
├── WebhookInvalid   400   validation_error, with errors[] by field
├── WebhookNotFound  404   webhook_not_found
├── WebhookLimit     409   webhook_limit
└── WebhookDisabled  409   webhook_disabled
"""

from access.errors import ApplicationError


class WebhookInvalid(ApplicationError):
    code, status = "validation_error", 400

    @classmethod
    def of(cls, field: str, message: str) -> "WebhookInvalid":
        """One fault of one field."""
        return cls("the request has faults; errors[] names each", errors=[{"field": field, "message": message}])


class WebhookNotFound(ApplicationError):
    code, status = "webhook_not_found", 404


class WebhookLimit(ApplicationError):
    code, status = "webhook_limit", 409


class WebhookDisabled(ApplicationError):
    code, status = "webhook_disabled", 409
