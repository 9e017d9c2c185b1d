"""What our calls of a swap cost on each chain now. A process reads the chains' rows once a second, in one query for all.

The rows are written by each chain's watcher (`CostSampler`): no request ever asks a node for a price of gas.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from chains.config import ChainConfig, chain_config, client
from chains.costs import (
    METHODS,
    NEAR_YOCTO,
    NEWEST,
    PRICE_KEPT_MS,
    Expense,
    GasPrice,
    Key,
    Sheet,
    Usage,
    Work,
    learn,
    lock_storage,
    sheet_document,
    sheet_of,
)
from chains.errors import ChainError, CostUnknown
from chains.models import Chain, ChainEvent, ChainTransaction
from chains.services.sending import fees

log = structlog.get_logger(__name__)
KEPT_SECONDS = 1.0
PRICE_EVERY = 10.0  # seconds
LEARN_EVERY = 60.0
KINDS = 7  # of calls, twice: enough receipts are read for each to be among them

_sheets: tuple[float, Mapping[str, Sheet]] = (0.0, {})


# Reading


def costs_of(chain: str, works: Iterable[Work], *, token: str, receiver: str = "") -> Expense:
    """Our calls of these kinds for a lock of `token` (its id) on a chain, native base units (wei, yoctoNEAR).

    `receiver` is whom a lock on NEAR will pay: the longest account, where he is not known yet. Costs a query a second for all
    chains, and nothing in between. Raises `CostUnknown` while the price of gas is not known or was sampled long ago.
    """
    config, sheet, works = chain_config(chain), _sheet(chain), tuple(works)
    native = token == config.native_token
    price = _fresh(chain, sheet)
    symbol, decimals = config.native_coin
    return Expense(
        chain=chain,
        symbol=symbol,
        decimals=decimals,
        gas_price=price,
        parts=sheet.parts(config.family, works, native=native, price=price),
        **_storage(config, works, token, receiver),
    )


def swap_costs(
    *,
    source: str,
    source_token: str,
    destination: str,
    destination_token: str,
    by_order: bool = True,
    receiver: str = "",
) -> tuple[Expense, Expense]:
    """What a swap that ends well costs us on its two chains, source first; the tokens by their ids.

    On the source we claim and, where the maker signs an order (`by_order`: for a token of an EVM chain), fill it; on the
    destination we lock, and claim for the maker. Raises `CostUnknown`.
    """
    config = chain_config(source)
    filling = [Work.FILL] if by_order and config.family == "evm" and source_token != config.native_token else []
    return (
        costs_of(source, [*filling, Work.CLAIM], token=source_token),
        costs_of(destination, [Work.LOCK, Work.CLAIM], token=destination_token, receiver=receiver),
    )


def costs_forget() -> None:
    """Read the rows again at the next question: for tests."""
    global _sheets  # noqa: PLW0603
    _sheets = (0.0, {})


def _sheet(chain: str) -> Sheet:
    global _sheets  # noqa: PLW0603  one reference, exchanged whole: threads see the old one or the new one
    read_at, found = _sheets
    if time.monotonic() - read_at >= KEPT_SECONDS or chain not in found:
        found = {name: sheet_of(document) for name, document in Chain.objects.values_list("name", "costs")}
        _sheets = (time.monotonic(), found)
    return found.get(chain, Sheet())


def _fresh(chain: str, sheet: Sheet) -> GasPrice:
    price = sheet.gas_price
    if price is None:
        raise CostUnknown(f"the price of gas on {chain} was never sampled: is it watched?")
    age = _now_ms() - price.at_ms
    if age > PRICE_KEPT_MS:
        raise CostUnknown(f"the price of gas on {chain} was sampled {age // 1000} s ago: too long to go by it")
    return price


def _storage(config: ChainConfig, works: tuple[Work, ...], token: str, receiver: str) -> dict[str, int]:
    if config.family != "near" or Work.LOCK not in works:
        return {}
    is_token = token != config.native_token
    held = lock_storage(receiver=receiver or "x" * 64, token=token if is_token else None)
    return {"storage": NEAR_YOCTO, "held": held - 1} if is_token else {"held": held}


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


# Sampling


@dataclass
class CostSampler:
    """One watcher's part: it samples the price of gas every few seconds, learns from receipts every minute, and stores both."""

    priced_at: float = 0.0
    learned_at: float = 0.0
    learned: dict[Key, Usage] = field(default_factory=dict)

    def note(self, chain: Chain) -> None:
        """Called after each poll. A node that does not tell leaves the old price, which grows old."""
        now = time.monotonic()
        if self.priced_at and now - self.priced_at < PRICE_EVERY:
            return
        self.priced_at = now
        try:
            price = gas_price(chain.name)
        except ChainError as error:
            log.warning("chain.gas_price_unknown", chain=chain.name, error=str(error)[:200])
            return
        if not self.learned_at or now - self.learned_at >= LEARN_EVERY:
            self.learned_at, self.learned = now, learn(_receipts(chain))
        Chain.objects.filter(pk=chain.pk).update(costs=sheet_document(Sheet(price, self.learned)))


def gas_price(chain: str) -> GasPrice:
    """What one gas costs in the next block, by a node's word. Raises `ChainError`."""
    node = client(chain)
    if chain_config(chain).family == "near":
        return GasPrice(int(node.gas_price()), _now_ms())
    history = node.fee_history(fees.HISTORY_BLOCKS, fees.PERCENTILES)
    market = fees.market_of(history, None if history.tips else node.fees()[1])
    return GasPrice(market.base_fee + market.tip, _now_ms(), market.base_fee)


def _receipts(chain: Chain) -> list[tuple[Key, int, int]]:
    """Kind, gas and what was paid besides, of our newest calls that did their work."""
    rows = list(
        ChainTransaction.objects.filter(
            chain=chain, state=ChainTransaction.State.SUCCEEDED, kind=ChainTransaction.Kind.CALL
        )
        .order_by("-pk")
        .values_list("intent__call", "fee_detail")[: NEWEST * KINDS]
    )
    coin = chain_config(chain.name).native_token
    tokens = _tokens_locked(chain, [call["id"] for call, _ in rows if "id" in call])
    found = (_receipt(call, detail, coin, tokens) for call, detail in rows)
    return [one for one in found if one is not None]


def _receipt(
    call: dict[str, Any], detail: dict[str, Any], coin: str, tokens: Mapping[str, str]
) -> tuple[Key, int, int] | None:
    work = METHODS.get(call.get("method", ""))
    token = call.get("token") or call.get("immutables", {}).get("token") or tokens.get(call.get("id", ""))
    gas = detail.get("gasUsed") or detail.get("gasBurnt")
    if work is None or not token or not gas:
        return None
    return (work, token == coin), int(gas), int(detail.get("l1Fee", 0)) + int(detail.get("operatorFee", 0))


def _tokens_locked(chain: Chain, lock_ids: list[str]) -> dict[str, str]:
    """By a lock of the HTLC what it holds: a claim names only the lock."""
    if not lock_ids:
        return {}
    coin = chain_config(chain.name).native_token
    made = ChainEvent.objects.filter(chain=chain, kind="lock_created", lock_id__in=lock_ids, orphaned_at=None)
    return {lock_id: payload.get("token") or coin for lock_id, payload in made.values_list("lock_id", "payload")}
