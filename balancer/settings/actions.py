"""Operators' actions. What moves more than a value waits for a second person: a live setting, see `operating.py`."""

import environ


def life_seconds(env: environ.Env) -> int:
    """`PROPOSAL_LIFE_SECONDS`: how long a proposal waits for a second person. Raises `ImproperlyConfigured`."""
    seconds: int = env.int("PROPOSAL_LIFE_SECONDS", default=86_400)
    if seconds < 60:
        raise environ.ImproperlyConfigured(f"PROPOSAL_LIFE_SECONDS is {seconds}: a second person needs 60 or more")
    return seconds
