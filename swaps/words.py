"""Amounts in words, for people: whole tokens with every decimal that says something, the symbol and the chain."""

from fractions import Fraction

from django.conf import settings

from chains.config import Token, chain_config
from pricing.amounts import decimal_text

THIN = "\N{NARROW NO-BREAK SPACE}"


def token_of(chain: str, token_id: str) -> Token | None:
    """The token, while its chain and it are configured; the coin that gas is paid in always is."""
    if chain not in settings.CHAINS:
        return None
    config = chain_config(chain)
    found = config.token(token_id)
    if found is None and token_id == config.native_token:
        symbol, decimals = config.native_coin
        return Token(symbol, token_id, decimals)
    return found


def symbol_of(chain: str, token_id: str) -> str:
    """Its symbol; its id once it is no longer configured."""
    token = token_of(chain, token_id)
    return token.symbol if token else token_id


def amount_words(chain: str, token_id: str, amount: int) -> str:
    """`1.5 USDC on base`; base units of a token that is no longer configured."""
    token = token_of(chain, token_id)
    if token is None:
        return f"{amount} base units of {token_id} on {chain}"
    return f"{whole(amount, token.decimals)} {token.symbol} on {chain}"


def whole(amount: int, decimals: int, *, places: int | None = None) -> str:
    """Whole tokens, thousands apart, without zeros at the end; rounded down where fewer `places` are wanted."""
    text = decimal_text(Fraction(amount, 10**decimals), decimals if places is None else min(places, decimals))
    head, _, tail = text.partition(".")
    tail = tail.rstrip("0")
    return grouped(head) + (f".{tail}" if tail else "")


def grouped(digits: str) -> str:
    """1234567 as 1 234 567, with spaces that keep it on one line."""
    return f"{int(digits):,}".replace(",", THIN)
