"""What operators are alarmed of, as data: one row a rule. `docs/runbook.md` has a page for each, under the rule's name.

`above` and `hold` are where a deployment begins: operators change both in the admin under "Live settings", as `ALERT_<NAME>` and
`ALERT_<NAME>_FOR`. A rule without a `unit` has a fact, not a figure, behind it: it is broken or it is not.
"""

import math
from dataclasses import dataclass
from typing import Any

import environ

SECONDS, COUNT, BPS, MS, BLOCKS, MIB = "seconds", "count", "bps", "milliseconds", "blocks", "MiB"
INFO, WARNING, ERROR = "info", "warning", "error"


@dataclass(frozen=True)
class Rule:
    """`name` names the alert for good; what is measured is beyond it when it is above `above` (or below, for `is_floor`) for
    `hold` seconds, and over when it is back by the fraction `back` of the threshold, and has stayed so for `calm` seconds.
    `health`: whether `/health` is degraded meanwhile."""

    name: str
    severity: str
    what: str
    unit: str = ""
    above: int = 0
    hold: int = 0
    is_floor: bool = False
    back: float = 0.2
    calm: int = 0
    health: bool = False

    @property
    def setting(self) -> str:
        return f"ALERT_{self.name.upper()}"

    @property
    def hold_setting(self) -> str:
        return f"{self.setting}_FOR"


TABLE = (
    Rule("process_lost", ERROR, "a process that was killed, or hangs", health=True),
    Rule("process_missing", ERROR, "processes that should run and do not", hold=4, health=True),
    Rule("worker_silent", ERROR, "since any worker reported", SECONDS, 10, health=True),
    Rule("queue_waits", ERROR, "the oldest job that is due has waited", SECONDS, 15, health=True),
    Rule("jobs_failed", WARNING, "jobs that failed for good within an hour", COUNT, 0, back=0),
    Rule("redis_down", ERROR, "Redis does not answer", health=True),
    Rule("disk_low", ERROR, "disk that is free", MIB, 2048, is_floor=True, health=True),
    Rule("memory_low", ERROR, "memory that can be had", MIB, 128, hold=30, is_floor=True, health=True),
    Rule("survey_blind", ERROR, "something that could not be looked at", hold=10, health=True),
    Rule("notices_fail", WARNING, "messages to operators that were given up within an hour", COUNT, 0, back=0),
    Rule("watcher_silent", ERROR, "since a chain was watched", SECONDS, 10, health=True),
    Rule("chain_halted", ERROR, "money on a chain is halted", health=True),
    Rule("chain_clock", ERROR, "a chain's time and ours disagree, or its head stands still", hold=5, health=True),
    Rule("chain_behind", ERROR, "chain time that we have not read yet", SECONDS, 60, hold=10, health=True),
    Rule("finality_late", ERROR, "since a chain's next block should have become final", SECONDS, 300, 30, health=True),
    Rule("chain_providers", ERROR, "too few providers of a chain are well and agree", hold=3, health=True),
    Rule("provider_down", WARNING, "a provider is left alone, or of another network", hold=30, calm=10, health=True),
    Rule("provider_behind", WARNING, "blocks that a provider is behind", BLOCKS, 20, hold=60, health=True),
    Rule("provider_disagrees", ERROR, "a provider contradicted the others", health=True),
    Rule("route_unsafe", ERROR, "a route has no safe timelocks", hold=5, health=True),
    Rule("price_missing", ERROR, "a token without a price", health=True),
    Rule("price_source", WARNING, "a price source that fails or does not count"),
    Rule("session_attention", WARNING, "a session that an operator should see"),
    Rule("session_overdue", ERROR, "the oldest session that should have been looked at is late by", SECONDS, 60),
    Rule("active_swaps", WARNING, "swaps under way", COUNT, 100),
    Rule("swaps_failing", WARNING, "swaps that failed within an hour", COUNT, 5),
    Rule("swaps_refunded", WARNING, "swaps that were refunded within an hour", COUNT, 10),
    Rule("api_slow", WARNING, "95 of 100 answers of a web process within", MS, 1000, hold=30),
    Rule("rate_limited", WARNING, "requests refused by limits within the hour", COUNT, 10_000),
    Rule("intent_overdue", ERROR, "the oldest due transaction that was not sent has waited", SECONDS, 120),
    Rule("transaction_stuck", WARNING, "the oldest transaction that is in no block has waited", SECONDS, 300),
    Rule("nonce_gap", ERROR, "numbers missing below an account's open transactions", COUNT, 0, hold=60, back=0),
    Rule("account_stopped", ERROR, "a key of ours that may not pay out, or needs a look"),
    Rule(
        "inventory_low", WARNING, "tokens of ours that are not promised, of 10,000", BPS, 1000, hold=60, is_floor=True
    ),
    Rule("ledger_difference", ERROR, "base units by which the books and a chain differ", COUNT, 0, back=0),
    Rule("reconcile_late", WARNING, "since the books were compared with the chains", SECONDS, 1800),
    Rule("reconcile_blind", WARNING, "a chain that the comparison of the books could not read"),
    Rule("audit_late", ERROR, "the oldest audit entry has waited for its place", SECONDS, 60, health=True),
    Rule("audit_broken", ERROR, "the audit trail was tampered with", health=True),
    Rule("webhooks_late", WARNING, "the oldest webhook that is due has waited", SECONDS, 600),
    Rule("proposal_waits", WARNING, "an action that waits for a second person"),
    Rule("swaps_paused", INFO, "new swaps are paused"),
)
RULES = {rule.name: rule for rule in TABLE}

NOTICES = {
    "ALERTS_GROUP_SECONDS": (10, "seconds between two messages to operators: what happens meanwhile comes together"),
    "ALERTS_REPEAT_SECONDS": (14_400, "seconds after which an alert that stands and nobody acknowledged is told again"),
    "ALERTS_PER_HOUR": (60, "messages to operators an hour at most: the rest comes when it is over, new errors sooner"),
}


def operating(kinds: dict[str, str]) -> tuple[dict[str, tuple[Any, str, str]], dict[str, Any]]:
    """The live settings of the table: constance's rows, and how its page groups them. `kinds`: the form field of each unit."""
    rows: dict[str, tuple[Any, str, str]] = {}
    thresholds, holds = [], []
    for rule in TABLE:
        if rule.unit:
            side = "below" if rule.is_floor else "above"
            rows[rule.setting] = (rule.above, f"{rule.what} ({rule.unit}): alarm {side} this", kinds[rule.unit])
            thresholds.append(rule.setting)
        rows[rule.hold_setting] = (rule.hold, f"{rule.what}: alarm after so many seconds of it", kinds["hold"])
        holds.append(rule.hold_setting)
    for name, (default, help_text) in NOTICES.items():
        rows[name] = (default, help_text, kinds[SECONDS] if name.endswith("SECONDS") else kinds["some"])
    fieldsets: dict[str, Any] = {
        "Messages to operators": tuple(NOTICES),
        "Alerts: thresholds": {"fields": tuple(thresholds), "collapse": True},
        "Alerts: for how long before they are told": {"fields": tuple(holds), "collapse": True},
    }
    return rows, fieldsets


def load(env: environ.Env) -> dict[str, Any]:
    """`urls`: where messages go, each a secret (https://github.com/caronc/apprise/wiki); `runbook`: where its pages are read;
    `console`: where the console is reached, for links in messages."""
    urls = [url.strip() for url in env.str("ALERT_URLS", default="").split() if url.strip()]
    console = env.str("CONSOLE_URL", default="").rstrip("/")
    return {
        "urls": urls,
        "runbook": env.str("RUNBOOK_URL", default="") or f"{console}/admin/runbook/",
        "console": console,
    }


def threshold(rule: Rule, values: dict[str, Any]) -> float:
    """What holds now, of the live settings' values."""
    return float(values[rule.setting]) if rule.unit else 0.0


def is_beyond(rule: Rule, value: float, limit: float) -> bool:
    """Whether a figure is on the wrong side."""
    return value < limit if rule.is_floor else value > limit


def is_back(rule: Rule, value: float, limit: float) -> bool:
    """Whether a figure is so far on the right side that its alert may end: no flapping about the threshold."""
    if math.isinf(value):
        return not is_beyond(rule, value, limit)
    margin = limit * rule.back
    return value >= limit + margin if rule.is_floor else value <= limit - margin
