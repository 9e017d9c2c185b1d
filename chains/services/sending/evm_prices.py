"""What one EVM account offers for gas: the market by the node's word, and how much of it the account can pay."""

from dataclasses import dataclass

from chains.clients.evm import EvmClient
from chains.config import ChainConfig
from chains.errors import FeeAboveCap
from chains.models import ChainTransaction
from chains.services.sending import fees
from chains.services.sending.outcomes import rivals

BALANCE_SHARE = 4  # an urgent transaction's fee may claim this part of the account: others wait too
Kind = ChainTransaction.Kind


@dataclass(frozen=True)
class Prices:
    """Asks the node each time. `address` pays; `config.max_fee_wei` is never exceeded."""

    client: EvmClient
    config: ChainConfig
    address: str

    def first(self, gas: int, *, urgent: bool = False) -> fees.Fees:
        """For a new transaction with that gas limit. Raises `FeeAboveCap`."""
        cap = self.config.max_fee_wei
        offered = fees.estimate(self._market(), cap=cap, urgent=urgent, affordable=self._affordable(gas, urgent))
        if offered is None:
            raise FeeAboveCap(f"gas on {self.config.name} costs more than max_fee_wei = {cap}")
        return offered

    def rival(self, sent: ChainTransaction, kind: str, *, urgent: bool) -> fees.Fees | None:
        """For a rival of a transaction and of every rival that it has, since a pool may hold each of them; None when
        that is more than we pay."""
        cap = self.config.max_fee_wei
        return fees.replacement(
            _highest(sent),
            self._market(),
            limit=fees.ordinary_limit(cap) if kind == Kind.CALL and not urgent else cap,
            urgent=urgent,
            affordable=self._affordable(int(sent.fields["gas"]), urgent),
        )

    def _market(self) -> fees.Market:
        history = self.client.fee_history(fees.HISTORY_BLOCKS, fees.PERCENTILES)
        return fees.market_of(history, None if history.tips else self.client.fees()[1])

    def _affordable(self, gas: int, urgent: bool) -> int | None:
        """Nodes want the whole of gas times price to be on the account."""
        return self.client.balance(self.address) // (BALANCE_SHARE * gas) if urgent else None


def _highest(sent: ChainTransaction) -> fees.Fees:
    offered = list(rivals(sent).values_list("fields", flat=True))
    prices = ("maxFeePerGas", "maxPriorityFeePerGas")
    return fees.Fees(*(max(int(one[price]) for one in offered) for price in prices))
