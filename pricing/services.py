"""What tokens and amounts are worth now."""

from collections.abc import Sequence

from chains.config import ChainConfig, Token
from pricing.amounts import Side
from pricing.ground import Pair
from pricing.market import is_priced, market_price


def side_of(token: Token) -> Side:
    """The token's price now, and its decimals. Raises `NoPrice`."""
    return Side(market_price(token).price, token.decimals)


def pairs_priced(chains: Sequence[ChainConfig]) -> list[Pair]:
    """Every pair of tokens on two different chains that enough sources are configured for."""
    tokens = [(chain, token) for chain in chains for token in chain.tokens if is_priced(token.symbol)]
    return [
        Pair(chain, other_chain, token, other)
        for chain, token in tokens
        for other_chain, other in tokens
        if chain.name != other_chain.name
    ]


def pairs_of(chains: Sequence[ChainConfig]) -> list[dict[str, str]]:
    """The same as names: symbols, chains, and the tokens' ids."""
    return [
        {
            "pair": pair.symbols,
            "sourceChain": pair.source_chain.name,
            "destinationChain": pair.destination_chain.name,
            "sourceToken": pair.source.id,
            "destinationToken": pair.destination.id,
        }
        for pair in pairs_priced(chains)
    ]
