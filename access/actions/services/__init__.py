"""Proposing, deciding and running operators' actions; each is one transaction with its audit row."""

from access.actions.services.deciding import action_approve, action_reject, action_withdraw, proposals_expire
from access.actions.services.proposing import action_plan, action_propose, fingerprint_of
from access.actions.services.running import action_work, work_defer, works_overdue

__all__ = [
    "action_approve",
    "action_plan",
    "action_propose",
    "action_reject",
    "action_withdraw",
    "action_work",
    "fingerprint_of",
    "proposals_expire",
    "work_defer",
    "works_overdue",
]
