"""A day like any other: swaps on their way, some trouble, a pause, balances, chains with their providers."""

from datetime import timedelta

from django.utils import timezone

from access.models import RateViolation
from chains.models import Account, Chain, Intent, ProviderHealth
from swaps.models import Alert, Pause, Stock, StrayLock, SwapSession
from tests.crowd import Crowd, crowd_make

USDC = "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913"
STOCKS = (("base", USDC, 184_250_500_000), ("near", "usdt.near", 21_870_000_000), ("near", "near", 1_205 * 10**24))
PROVIDERS = (
    ("base", "https://mainnet.base.org:443", "closed"),
    ("base", "https://base.llamarpc.com:443", "open"),
    ("near", "https://rpc.mainnet.near.org:443", "closed"),
)


def busy_day(count: int = 900, active: int = 44) -> Crowd:
    """Fill the database; the `chains` fixture must be in force."""
    now = timezone.now()
    crowd = crowd_make(count, active=active, days=6)
    SwapSession.objects.filter(pk__in=crowd.active[:5]).update(attention="the maker's lock came twice")
    SwapSession.objects.filter(pk__in=crowd.active[5:7]).update(wake_at=now - timedelta(minutes=3))
    SwapSession.objects.filter(pk__in=crowd.active[10:14]).update(created_at=now - timedelta(seconds=90))
    _alerts()
    Pause.objects.create(target="ethereum>near", reason="a new contract is rolled out", actor="alice")
    for chain, token, amount in STOCKS:
        Stock.objects.create(chain_id=chain, token=token, amount=amount, read_at=now)
    _chains()
    _stuck(crowd)
    hour = now.replace(minute=0, second=0, microsecond=0)
    RateViolation.objects.create(
        hour=hour, kind="too_many", address="192.0.2.7", endpoint="quote", count=31, last_at=now
    )
    RateViolation.objects.create(
        hour=hour - timedelta(days=2), kind="too_many", address="192.0.2.7", endpoint="quote", count=5, last_at=now
    )
    return crowd


def _alerts() -> None:
    told = (
        ("quorum:base", "error", "base: 1 of 2 providers that money needs are well", "see /health"),
        ("price:NEAR", "warning", "NEAR: its price is 130 s old", "see GET /api/prices"),
    )
    for seq, (key, severity, message, action) in enumerate(told, start=1):
        Alert.objects.create(seq=seq, key=key, state="raised", severity=severity, message=message, action=action)
    Alert.objects.create(
        seq=9, key="old", state="raised", severity="error", message="long over", cleared_at=timezone.now()
    )


def _chains() -> None:
    now = timezone.now()
    for name, height in (("base", 24_310_412), ("near", 141_220_918)):
        Chain.objects.filter(pk=name).update(
            seen_height=height,
            final_height=height - 14,
            head_height=height + 1,
            head_time_ns=int(now.timestamp()) * 10**9,
            watched_at=now,
        )
    for chain, label, state in PROVIDERS:
        is_open = state == "open"
        ProviderHealth.objects.create(
            chain_id=chain,
            label=label,
            state=state,
            requests=81_204,
            errors=311 if is_open else 12,
            last_ok_at=now,
            last_error="connection refused" if is_open else "",
        )


def _stuck(crowd: Crowd) -> None:
    wanted = {"chain_id": "base", "subject_type": "session", "call": {"method": "crowd"}}
    Intent.objects.create(
        **wanted, subject_id=crowd.active[1], step="source_claim", attention="its fee is above the cap", state="sent"
    )
    Intent.objects.create(**wanted, subject_id=crowd.active[2], step="source_claim", state="pending")
    Account.objects.filter(chain_id="near").update(attention="its balance covers two more claims")
    StrayLock.objects.create(
        session_id=crowd.active[3], chain_id="base", lock_id="0x" + "5a" * 20, differences={}, refund_from=1, call={}
    )
