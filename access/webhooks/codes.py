"""The codes of refusals about webhooks, as data."""

from access.codes import Code

# fmt: off
WEBHOOKS = (
    Code("webhook_not_found", 404, "No such endpoint", "You have no webhook endpoint with this id.",
         "List yours with GET /api/v1/webhooks."),
    Code("webhook_limit", 409, "Too many endpoints", "The key has as many webhook endpoints as one may have.",
         "Delete one that you no longer need."),
    Code("webhook_disabled", 409, "Endpoint is disabled", "A disabled endpoint is sent nothing.",
         'Enable it with PATCH {"enabled": true} first.'),
)
# fmt: on
