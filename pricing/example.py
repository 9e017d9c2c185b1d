"""One quote of fixed inputs, made by the same code as every other: for docs/quote.md and the API's examples."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from chains.config import ChainConfig, Token
from chains.costs import Expense, GasPrice, Part, Work
from pricing.amounts import Side, convert_up
from pricing.consensus import MarketPrice, Observed, Rules, decide
from pricing.ground import Ground, Pair, bounded
from pricing.network import NetworkFee, NetworkPart
from pricing.presets import DEFAULTS
from pricing.quote_documents import Answered, quote_document
from pricing.quotes import Figures, for_input
from pricing.registry import RouteFacts
from pricing.shapes import QuoteDocument

NOW = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
QUOTE_ID = "quote_4k7zq2f3w5x6y7a2b3c4d5e6"
FEE_BPS = 30
GWEI = 10**9
TGAS = 10**12
USDC = Token("USDC", "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913", 6, max_per_transaction=50_000_000_000)
USDT = Token("USDT", "usdt.near", 6, max_per_transaction=50_000_000_000)
ETH = Token("ETH", "0x" + "0" * 40, 18, max_per_transaction=20 * 10**18)
NEAR = Token("NEAR", "near", 24, max_per_transaction=20_000 * 10**24)
TIMELOCKS = {
    "source_withdrawal": 1,
    "source_public_withdrawal": 9770,
    "source_cancellation": 10370,
    "source_public_cancellation": 10970,
    "destination_withdrawal": 1,
    "destination_public_withdrawal": 6600,
    "destination_cancellation": 7200,
    "margins": {"reveal": 150, "source_tail": 1640, "destination_needs": 200},
    "claims": "destination_first",
}
ROUTE = RouteFacts(
    stock={"near": 5_000 * 10**24, "usdt.near": 40_000_000_000},
    timelocks=TIMELOCKS,
    usual_seconds=1129,
    worst_seconds=1700,
)
RULES = Rules(min_sources=2, stale_ms=120_000, max_spread_bps=200)
SAID: dict[str, tuple[tuple[str, str, int], ...]] = {
    "ETH": (("oneinch", "3200.123456789012345678", 4), ("coingecko", "3199.87", 21), ("pyth", "3201.50412", 1)),
    "NEAR": (("coingecko", "2.497", 21), ("pyth", "2.5013", 1), ("exchange:kraken", "25.01", 3)),
}
"""By symbol, of each source: its name, its price, and how many seconds ago it said so."""


def live_example() -> QuoteDocument:
    """1 ETH on BASE for NEAR, at what three sources say, with both chains' gas taken off; one of the sources is wrong."""
    ground = _ground(Pair(_evm(), _near(), ETH, NEAR), price_of("ETH"), price_of("NEAR"), charged=True)
    return _document(ground, for_input(ground.terms, 10**18), slippage_bps=50)


def seed_example() -> QuoteDocument:
    """Seed 000's request at the fixed prices of development."""
    one, other = _fixed("USDC", "1.00"), _fixed("USDT", "0.999")
    ground = _ground(Pair(_evm(), _near(), USDC, USDT), one, other, charged=False)
    return _document(ground, for_input(ground.terms, 10**9), slippage_bps=0)


def price_of(symbol: str) -> MarketPrice:
    """What the example's sources make of a token."""
    now = int(NOW.timestamp()) * 1000
    said = [Observed(source, Fraction(price), now - age * 1000) for source, price, age in SAID[symbol]]
    found = decide(symbol, said, RULES, now)
    assert isinstance(found, MarketPrice)
    return found


def _fixed(symbol: str, price: str) -> MarketPrice:
    now = int(NOW.timestamp()) * 1000
    found = decide(symbol, [Observed("fixed", Fraction(price), now)], replace(RULES, min_sources=1), now)
    assert isinstance(found, MarketPrice)
    return found


def _ground(pair: Pair, one: MarketPrice, other: MarketPrice, *, charged: bool) -> Ground:
    paid_in = Side(other.price, pair.destination.decimals)
    network = NetworkFee((_part(_base_expense(), "ETH", paid_in), _part(_near_expense(), "NEAR", paid_in)), "", charged)
    return bounded(pair, (one, other), DEFAULTS, ROUTE, network, fee_bps=FEE_BPS)


def _part(expense: Expense, symbol: str, paid_in: Side) -> NetworkPart:
    price = price_of(symbol).price
    return NetworkPart(expense, price, convert_up(expense.spent, Side(price, expense.decimals).rate_to(paid_in)))


def _base_expense() -> Expense:
    gas = GasPrice(price=12 * GWEI // 100, at_ms=0, base_fee=GWEI // 10)
    parts = (_call(Work.FILL, 191_204, gas), _call(Work.CLAIM, 65_118, gas))
    return Expense("base", "ETH", 18, gas, parts)


def _near_expense() -> Expense:
    gas = GasPrice(price=10**8, at_ms=0)
    parts = (_call(Work.LOCK, 2_430_000_000_000, gas), _call(Work.CLAIM, 4_120_000_000_000, gas))
    return Expense("near", "NEAR", 24, gas, parts, held=511 * 10**19)


def _call(work: Work, gas: int, price: GasPrice) -> Part:
    return Part(work, gas, gas * price.price, samples=50)


def _document(ground: Ground, figures: Figures, *, slippage_bps: int) -> QuoteDocument:
    document = quote_document(
        Answered(
            ground=ground,
            figures=figures,
            urgency="normal",
            kind="exactInput",
            slippage_bps=slippage_bps,
            issued_at=NOW,
            valid=timedelta(seconds=60),
            issued_to="bootstrap",
            quote_id=QUOTE_ID,
        )
    )
    signature = {"algorithm": "Ed25519", "keyId": "2026-01", "publicKey": "a1" * 32, "value": "b2" * 64}
    return {**document, "signature": signature}  # type: ignore[typeddict-item]  # shown, not checked


def _evm() -> ChainConfig:
    return _chain("base", "evm", "8453", ETH, USDC)


def _near() -> ChainConfig:
    return _chain("near", "near", "mainnet", NEAR, USDT)


def _chain(name: str, family: str, network_id: str, *tokens: Token) -> ChainConfig:
    return ChainConfig(
        name=name,
        family="near" if family == "near" else "evm",
        network_id=network_id,
        rpc_urls=(),
        finality="final",
        block_seconds=2,
        finality_seconds=0,
        inclusion_seconds=0,
        watcher_lag_seconds=0,
        poll_ms=1000,
        tokens=tokens,
    )
