"""Price history: exact candles, whoever samples, in both directions and every interval."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from pricing.history.models import Candle
from pricing.history.ohlc import INTERVALS, Market, Ohlc, market_of, stored
from pricing.history.recording import candles_add, candles_purge, prices_sample
from pricing.history.selectors import MOST, candles_of, period_of
from tests.integration.api.described import DescribedClient
from tests.threads import giving_back

MINUTE = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
ETH_USDC = Market("ETH", "USDC")
LONG = Fraction("3200.123456789012345678901234567890123456")


def say(price: str, seconds: int, market: Market = ETH_USDC) -> None:
    candles_add(samples={market: Fraction(price)}, at=MINUTE + timedelta(seconds=seconds))


@pytest.fixture
def api(db: None, settings: Any) -> APIClient:
    settings.API_KEY_SECRET = "test-bootstrap-key"
    client = DescribedClient()
    client.credentials(HTTP_AUTHORIZATION="Bearer test-bootstrap-key")
    return client


@pytest.fixture
def ask(api: APIClient) -> Callable[..., Any]:
    """GET the candles of ETH/USDC around noon, with changes."""

    def get(**query: str) -> Any:
        return api.get(
            "/api/v1/quote/candles",
            {"pair": "ETH/USDC", "from": "2026-01-31T12:00:00Z", "to": "2026-01-31T13:00:00Z", **query},
        )

    return get


@pytest.mark.django_db
class TestCandles:
    def test_a_minute_has_its_first_highest_lowest_and_last_price_to_the_last_digit(self) -> None:
        candles_add(samples={ETH_USDC: LONG}, at=MINUTE)
        for price, seconds in (("3300", 10), ("3100.000000000000000000000000000000000001", 20), ("3200.5", 50)):
            say(price, seconds)
        kept = Candle.objects.get()
        assert (kept.minute, kept.samples) == (MINUTE, 4)
        assert kept.open == Decimal("3200.123456789012345678901234567890123456")
        assert (kept.high, kept.low) == (3300, Decimal("3100.000000000000000000000000000000000001"))
        assert kept.close == Decimal("3200.5")

    def test_a_sample_that_comes_late_does_not_close_the_minute(self) -> None:
        for price, seconds in (("3200", 10), ("3201", 50), ("3000", 30)):
            say(price, seconds)
        kept = Candle.objects.get()
        assert (kept.close, kept.low) == (3201, 3000)

    def test_longer_candles_are_made_of_minutes_and_begin_at_whole_intervals(self) -> None:
        for minute, price in enumerate(("10", "14", "9", "12", "11", "50")):
            say(price, 60 * minute)
        period = period_of(
            INTERVALS["5m"], start=MINUTE + timedelta(minutes=2), end=MINUTE + timedelta(hours=1), now=MINUTE
        )
        ten, fifty = Fraction(10), Fraction(50)
        assert candles_of("ETH", "USDC", period) == [
            (MINUTE, Ohlc(ten, Fraction(14), Fraction(9), Fraction(11), 5)),
            (MINUTE + timedelta(minutes=5), Ohlc(fifty, fifty, fifty, fifty, 1)),
        ]

    def test_the_other_direction_is_the_reciprocal(self, ask: Callable[..., Any]) -> None:
        for price, seconds in (("4", 0), ("8", 10), ("2", 20), ("5", 30)):
            say(price, seconds)
        found = ask(pair="USDC/ETH").json()["candles"]
        told = [Fraction(found[0][name]) for name in ("open", "high", "low", "close")]
        assert told == [Fraction(1, 4), Fraction(1, 2), Fraction(1, 8), Fraction(1, 5)]

    def test_what_is_old_goes(self, settings: Any) -> None:
        settings.PRICE_CANDLE_DAYS = 2
        now = timezone.now()
        for days in (1, 3):
            candles_add(samples={ETH_USDC: Fraction(1)}, at=now - timedelta(days=days))
        assert candles_purge() == 1
        assert Candle.objects.get().minute > now - timedelta(days=2)


@pytest.mark.django_db(transaction=True)
def test_processes_that_sample_at_once_lose_nothing() -> None:
    prices = [str(3000 + number) for number in range(40)]

    @giving_back
    def sample(price: str) -> None:
        say(price, int(price) % 60)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(sample, prices))
    kept = Candle.objects.get()
    assert (kept.samples, kept.high, kept.low) == (40, 3039, 3000)


@pytest.mark.django_db
class TestSampling:
    def test_tokens_are_kept_in_dollars_and_pairs_of_two_chains_in_each_other(self, settings: Any) -> None:
        assert prices_sample() == Candle.objects.count()
        kept = {(one.base, one.quote): one.close for one in Candle.objects.all()}
        assert kept["ETH", "USD"] == Decimal(settings.PRICES_USD["ETH"])
        assert kept["USDC", "USDT"] == stored(1 / Fraction("0.999"))
        assert str(kept["USDC", "USDT"]) == "1." + "001" * 12
        assert ("USDT", "USDC") not in kept and ("USDC", "USDC") not in kept

    def test_a_token_without_a_price_leaves_a_gap(self, settings: Any) -> None:
        settings.PRICES_USD = {"ETH": "3200"}
        prices_sample()
        assert [(one.base, one.quote) for one in Candle.objects.all()] == [("ETH", "USD")]

    def test_nothing_is_sampled_where_nothing_is_kept(self, settings: Any) -> None:
        settings.PRICE_CANDLE_DAYS = 0
        assert prices_sample() == 0
        assert not Candle.objects.exists()


@pytest.mark.django_db
class TestAsking:
    def test_the_answer_is_as_described(self, ask: Callable[..., Any]) -> None:
        say("3200.5", 0)
        told = ask(interval="15m").json()
        assert (told["pair"], told["interval"], told["count"]) == ("ETH/USDC", "15m", 1)
        assert told["candles"][0] == {
            "time": "2026-01-31T12:00:00.000Z",
            **dict.fromkeys(("open", "high", "low", "close"), "3200.500000000000000000"),
            "samples": 1,
        }

    def test_without_a_period_it_is_the_newest(self, api: APIClient) -> None:
        candles_add(samples={ETH_USDC: Fraction(2)}, at=timezone.now())
        assert api.get("/api/v1/quote/candles", {"pair": "ETH/USDC"}).json()["count"] == 1

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"pair": "ETH"}, "pair"),
            ({"pair": "ETH/ETH"}, "pair"),
            ({"pair": "ETH/DOGE"}, "pair"),
            ({"pair": "USD/USD"}, "pair"),
            ({"interval": "2m"}, "interval"),
            ({"from": "yesterday"}, "from"),
            ({"to": "2026-01-31T13:00:00"}, "to"),
            ({"to": "2026-01-31T11:00:00Z"}, "to"),
            ({"from": "2026-01-30T00:00:00Z"}, "to"),
        ],
    )
    def test_what_cannot_be_answered_is_refused_by_its_field(
        self, ask: Callable[..., Any], query: dict[str, str], field: str
    ) -> None:
        refused = ask(**query)
        assert refused.status_code == 400
        assert [one["field"] for one in refused.json()["errors"]] == [field]

    def test_a_thousand_are_the_most(self) -> None:
        whole = period_of(INTERVALS["1m"], start=None, end=MINUTE + timedelta(seconds=30), now=MINUTE)
        assert whole.end - whole.start <= MOST * whole.interval
        with pytest.raises(ValueError, match="at most 1000"):
            period_of(INTERVALS["1m"], start=MINUTE, end=MINUTE + timedelta(minutes=1001), now=MINUTE)


def test_one_market_tells_of_both_directions() -> None:
    assert market_of("ETH", "USDC") == (ETH_USDC, False)
    assert market_of("USDC", "ETH") == (ETH_USDC, True)
    assert market_of("USDC", "USD") == (Market("USDC", "USD"), False)
    assert market_of("USD", "AAVE") == (Market("AAVE", "USD"), True)
