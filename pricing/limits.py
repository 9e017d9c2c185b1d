"""How much of a token one swap may take or give."""

from typing import NamedTuple

from chains.config import Token


class Limits(NamedTuple):
    """Base units; `most` None is no limit."""

    least: int
    most: int | None

    def allow(self, amount: int) -> bool:
        """Whether an amount is within them."""
        return self.least <= amount and (self.most is None or amount <= self.most)


def limits_of(token: Token, *, ours: bool) -> Limits:
    """A token's limits as configured; `ours` is what we lock, which no key of ours may do beyond its cap."""
    given = [token.max_swap, token.max_per_transaction if ours else None]
    return Limits(token.min_swap, min((one for one in given if one is not None), default=None))


def limits_now(token: Token, stock: int | None) -> Limits:
    """Of what we give: never more than we have, where that is known."""
    least, most = limits_of(token, ours=True)
    return Limits(least, min((one for one in (most, stock) if one is not None), default=None))
