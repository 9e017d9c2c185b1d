"""No amount and no price is ever a float: the sources say so, and what is computed is a whole number or an exact ratio."""

import ast
from pathlib import Path

import pytest

from tests.unit.pricing.floats import Found, Known, closure, floats_in, known_of

ROOT = Path(__file__).parents[3]
PRICING = sorted(path for path in (ROOT / "pricing").rglob("*.py") if "migrations" not in path.parts)
NAMES = ("amounts", "auction", "consensus", "fees", "impact", "presets", "profit", "quotes")
ARITHMETIC = [
    *(ROOT / f"pricing/{name}.py" for name in NAMES),
    ROOT / "swaps/fusion/presets.py",
    ROOT / "chains/codec/auction.py",
]
MONEY = [
    *(ROOT / f"swaps/services/{name}.py" for name in ("deals", "profitability", "auction_profit")),
    ROOT / "swaps/auctions.py",
    *(ROOT / f"swaps/push/{name}.py" for name in ("prices", "auctions")),
    ROOT / "chains/costs.py",
    ROOT / "chains/services/costs.py",
]
"""What reckons with amounts and prices beside the arithmetic, and waits now and then."""
KNOWN = known_of(ast.parse(path.read_text()) for path in PRICING)


def found_in(path: Path) -> list[Found]:
    return floats_in(str(path.relative_to(ROOT)), path.read_text(), KNOWN)


def test_the_arithmetic_has_no_float() -> None:
    found = [str(one) for path in ARITHMETIC for one in found_in(path)]
    assert not found, "\n".join(found)


def test_what_prices_and_what_the_arithmetic_imports_has_floats_for_waiting_alone() -> None:
    imported = closure(ARITHMETIC, ROOT)
    assert {ROOT / "chains/codec/abi.py", ROOT / "chains/errors.py"} <= imported
    found = [str(one) for path in sorted({*PRICING, *MONEY, *imported}) for one in found_in(path) if not one.in_time]
    assert not found, "\n".join(found)


SINS = [
    "fee = amount * 0.003",
    "fee = int(amount * 3e-3)",
    "value = float(text)",
    "def worth(amount: float) -> int:\n    return int(amount)",
    "class Side:\n    price: float",
    "half = amount / 2",
    "amount /= 2",
    "def share(part: int, whole: int) -> int:\n    return int(part / whole)",
    "def one(x: Fraction) -> Fraction:\n    return x\ndef other(x: int) -> int:\n    return int(x / 3)",
    "class Quote:\n    def total(self) -> int:\n        return int(self.amount / self.parts)",
    "if amount:\n    for one in many:\n        value = one / 7",
    "try:\n    pass\nexcept ValueError:\n    value = 1 / 7",
    "value = round(price, 2)",
    "value = math.sqrt(price)",
    "value = math.pow(10, 18)",
    "value = statistics.fmean(prices)",
    "prices = list(map(float, texts))",
    "amount = 10 ** -decimals",
    "price = response.json()['price']",
    "price = json.loads(text)",
    "quote = lambda amount: amount / 3",
    "ordered, half = sorted(prices), 2\nvalue = ordered[half] / 2",
    "price = Fraction(1)\nprice = 3\nvalue = price / 2",
    "storage = 0.5",
    "share = amount / 2 / 'x'",
    "def worth(*, spread: int = 0.5) -> int:\n    return spread",
]
CLEAN = [
    "def rate(a: Fraction, b: int) -> Fraction:\n    return a / b",
    "def rate(side: Side) -> Fraction:\n    return side.price / 2",
    "price = Fraction(1) / 3\nhalf = price / 2",
    "def middle(prices: Sequence[Fraction]) -> Fraction:\n    ordered = sorted(prices)\n    return (ordered[0] + ordered[1]) / 2",
    "value = amount // 3 + math.gcd(4, 6) + 10 ** decimals",
    "value = json.loads(text, parse_float=Decimal)",
    "text = f'{amount:,}'",
    "page = Path(base) / 'docs' / 'quote.md'",
]


@pytest.mark.parametrize("source", SINS)
def test_every_way_in_is_seen(source: str) -> None:
    assert [one for one in floats_in("it.py", source, Known(fields={"price"})) if not one.in_time]


@pytest.mark.parametrize("source", CLEAN)
def test_what_is_exact_is_left_alone(source: str) -> None:
    assert not floats_in("it.py", source, Known(fields={"price"}))


@pytest.mark.parametrize(
    "source",
    [
        "PATIENCE = 0.15",
        "def look(symbols: list[str], *, timeout_seconds: float = 1.0) -> None:\n    pass",
        "def _retry_seconds(header: str) -> float:\n    return float(header)",
        "self._away_until = 0.0",
        "PRICE_EVERY = 10.0",
        "_sheets: tuple[float, dict[str, int]] = (0.0, {})",
    ],
)
def test_waiting_may_be_told_in_parts_of_a_second(source: str) -> None:
    found = floats_in("it.py", source, Known())
    assert found
    assert all(one.in_time for one in found)


def test_a_name_that_is_two_things_is_not_known() -> None:
    sources = [
        "class A:\n    price: Fraction\n    rate: Fraction",
        "class B:\n    price: int\ndef f() -> Fraction: ...",
    ]
    assert known_of(map(ast.parse, sources)) == Known({"f"}, {"rate"})
