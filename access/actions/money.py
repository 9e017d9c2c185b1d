"""Amounts for people: exact, never a float."""

from decimal import ROUND_UP, Decimal

CENT = Decimal("0.01")


def whole_text(amount: int, decimals: int) -> str:
    """Base units as whole tokens with every digit that matters: 1500000 of 6 decimals is "1.5"."""
    sign, digits = ("-" if amount < 0 else ""), str(abs(amount)).rjust(decimals + 1, "0")
    whole, part = (digits[:-decimals], digits[-decimals:].rstrip("0")) if decimals else (digits, "")
    grouped = f"{int(whole):,}"
    return f"{sign}{grouped}.{part}" if part else f"{sign}{grouped}"


def dollars_text(usd: Decimal) -> str:
    """US dollars to the cent, rounded up: "$1,234.50"; what is above nothing and below a cent is "under $0.01"."""
    return "under $0.01" if 0 < usd < CENT else f"${usd.quantize(CENT, rounding=ROUND_UP):,}"
