"""NEAR account ids (nomicon, "Account ID rules"; NEP-448 for zero-balance, NEP-518 for Ethereum-like implicit ones)."""

import re

_SHAPE = re.compile(r"(?:[a-z0-9]+[-_])*[a-z0-9]+(?:\.(?:[a-z0-9]+[-_])*[a-z0-9]+)*\Z")
_IMPLICIT = re.compile(r"[0-9a-f]{64}\Z")
_ETH_IMPLICIT = re.compile(r"0x[0-9a-f]{40}\Z")
MIN_LENGTH, MAX_LENGTH = 2, 64


def is_near_account(text: str) -> bool:
    """Whether `text` may be an account id: 2 to 64 of a-z, 0-9 and single separators `-` `_` `.` between them."""
    return isinstance(text, str) and MIN_LENGTH <= len(text) <= MAX_LENGTH and _SHAPE.match(text) is not None


def account_problem(text: str) -> str | None:
    """What is wrong with an account id, in words for whoever typed it; None when it is well formed."""
    if not isinstance(text, str) or not MIN_LENGTH <= len(text) <= MAX_LENGTH:
        return f"a NEAR account id has {MIN_LENGTH} to {MAX_LENGTH} characters"
    if _SHAPE.match(text) is None:
        return "a NEAR account id has lower-case letters, digits, and single - _ . between them (alice.near)"
    return None


def is_implicit(account: str) -> bool:
    """Whether the id is an ed25519 key in hex, or an Ethereum-like address: such an account comes into being when it is
    first paid."""
    return _IMPLICIT.match(account) is not None or _ETH_IMPLICIT.match(account) is not None
