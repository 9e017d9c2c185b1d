"""What an operator is told when an action is refused.

ApplicationError (access.errors)
└── ActionError
    ├── ActionUnknown      404 action_unknown
    ├── ActionForbidden    403 action_forbidden
    ├── ActionRefused      409 action_refused; `not_before` where time is what is missing
    └── PlanChanged        409 action_plan_changed
"""

from datetime import datetime

from access.errors import ApplicationError


class ActionError(ApplicationError):
    """Any refusal of an operator's action; its `detail` is a sentence for him."""


class ActionUnknown(ActionError):
    code, status = "action_unknown", 404


class ActionForbidden(ActionError):
    code, status = "action_forbidden", 403


class ActionRefused(ActionError):
    code, status = "action_refused", 409

    def __init__(self, detail: str, *, not_before: datetime | None = None) -> None:
        extra = {"notBefore": not_before.isoformat().replace("+00:00", "Z")} if not_before else {}
        super().__init__(detail, extra=extra)
        self.not_before = not_before


class PlanChanged(ActionError):
    code, status = "action_plan_changed", 409
