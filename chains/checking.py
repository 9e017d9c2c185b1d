"""Fields of a request that name chains, tokens and accounts."""

from django.conf import settings

from access.checking import Checker
from chains.codec.address import checksum_ok, is_evm_address
from chains.codec.near_account import is_near_account
from chains.config import ChainConfig, Token, UnknownChain, chain_config
from chains.services.tokens import token_look_up

NOT_SWAPPED = "token_not_swapped"


class ChainChecker(Checker):
    """A `Checker` that knows the configured chains."""

    def chain(self, name: str, *, required: bool = True) -> ChainConfig | None:
        """A configured chain, by its name in any case."""
        value = self.text(name, required=required)
        if not value:
            return None
        try:
            return chain_config(value.lower())
        except UnknownChain:
            self.error(name, f"must be one of {', '.join(sorted(settings.CHAINS))}")
            return None

    def account(self, name: str, chain: ChainConfig | None) -> str:
        """An account on the chain: EVM addresses come back in lower case, their checksum only warned about."""
        value = self.text(name)
        if not value or chain is None:
            return value
        if chain.family == "near":
            if not is_near_account(value):
                self.error(name, f"is not a NEAR account id, which {chain.name} needs")
            return value
        if not is_evm_address(value):
            self.error(name, f"is not an address (0x and 40 hexadecimal characters), which {chain.name} needs")
            return value
        self._checksum(name, value)
        return value.lower()

    def token(self, name: str, chain: ChainConfig | None) -> Token | None:
        """A configured token of the chain, by its contract, or by its symbol. Of any other the error tells whether there is
        such a token on the chain at all."""
        value = self.text(name)
        if not value or chain is None:
            return None
        by_symbol = next((token for token in chain.tokens if token.symbol == value), None)
        token = by_symbol or chain.token(value)
        if token is None:
            self._no_token(name, chain, value)
        elif by_symbol is None and chain.family == "evm":
            self._checksum(name, value)
        return token

    def _no_token(self, name: str, chain: ChainConfig, value: str) -> None:
        known = f"we do {', '.join(f'{token.id} ({token.symbol})' for token in chain.tokens)}"
        facts = token_look_up(chain, value)
        if facts.state == "found":
            told = (
                f"is {facts.symbol} with {facts.decimals} decimals on {chain.name}, which is not swapped here; {known}"
            )
            self.error(name, told, NOT_SWAPPED)
        elif facts.state == "absent":
            self.error(name, f"is no token on {chain.name}; {known}", "unknown_token")
        else:
            self.error(name, f"is not a token we swap on {chain.name}; {known}")

    def raise_errors(self) -> None:
        """Where nothing is wrong but that a token is not swapped here, that is the code."""
        if self.errors and all(error["code"] == NOT_SWAPPED for error in self.errors):
            raise self.refusal("a token exists, and is not swapped here", code=NOT_SWAPPED, errors=self.errors)
        super().raise_errors()

    def pair(self, source: ChainConfig | None, destination: ChainConfig | None) -> None:
        """Both chains of a swap."""
        if source and destination and source.name == destination.name:
            self.error("destinationChain", "must be another chain than sourceChain")

    def _checksum(self, name: str, address: str) -> None:
        if not checksum_ok(address):
            self.odd(name, "has a wrong EIP-55 checksum: make sure that no character is mistyped")
