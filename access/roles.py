"""Operators' roles, as groups: each has what the one before it has, and more. A table, written to the database after every
`migrate`, so that what is new is seen by those who may see everything.

A group's permissions are the table's: what somebody else adds to these groups is taken out again. For other needs, make a
group of another name.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction

VIEWER, OPERATOR, APPROVER, ADMIN = "viewer", "operator", "approver", "admin"

APPS = ("access", "balancer", "constance", "webhooks", "chains", "pricing", "swaps", "issuance", "orders")
"""Whose tables a viewer sees. People and their passwords are not among them."""

DUTIES: dict[str, tuple[str, ...]] = {
    VIEWER: (),
    OPERATOR: (
        "swaps.refund_session",
        "swaps.pause_swaps",
        "access.propose_actions",
        "access.execute_actions",
        "chains.rescan_chain",
        "chains.resume_chain",
        "chains.retry_intent",
        "chains.cancel_intent",
        "chains.replace_transaction",
        "chains.reobserve_transaction",
        "swaps.review_session",
        "swaps.export_sessions",
        "swaps.share_views",
        "swaps.acknowledge_alert",
        "webhooks.change_endpoint",
        "webhooks.change_delivery",
    ),
    APPROVER: ("access.approve_actions",),
    ADMIN: (
        "access.add_apikey",
        "access.rotate_apikey",
        "access.revoke_apikey",
        "auth.view_user",
        "auth.add_user",
        "auth.change_user",
        "auth.view_group",
        "axes.view_accessattempt",
        "axes.view_accesslog",
        "access.unlock_people",
        "access.reset_second_factor",
        "pricing.set_presets",
        "constance.change_config",
    ),
}
"""What each role may do beyond the one before it, as app.codename. One that no installed app has is left out."""


def permissions_of(role: str) -> set[str]:
    """Every permission of a role but the viewer's, which are all `view_` ones of `APPS`."""
    roles = list(DUTIES)
    return {name for one in roles[: roles.index(role) + 1] for name in DUTIES[one]}


@transaction.atomic
def roles_write(**_: Any) -> None:
    """Bring the groups into line with the table; what stands already costs a few reads."""
    everything = {f"{one.content_type.app_label}.{one.codename}": one for one in _permissions()}
    seen = {name for name in everything if is_viewing(name)}
    for role in DUTIES:
        group, _created = Group.objects.get_or_create(name=role)
        _set(group, (everything[name] for name in sorted(seen | permissions_of(role)) if name in everything))


def _permissions() -> Iterable[Permission]:
    return Permission.objects.select_related("content_type")


def is_viewing(name: str) -> bool:
    """Whether a permission (`app.codename`) is one of a viewer's."""
    app, _, codename = name.partition(".")
    return app in APPS and codename.startswith("view_")


def _set(group: Group, wanted: Iterable[Permission]) -> None:
    group.permissions.set(wanted)
