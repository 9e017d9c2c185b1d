"""What our calls of a swap cost on a chain: gas of each kind of call, at the present price of gas. Pure.

Gas is learned from our own receipts: the median of the newest ones of a kind, from `ENOUGH` of them on. Until then it is the
figure that the contracts' own tests measure, and `Part.samples` is 0: a guess. The price of gas is never guessed.

    one call = gas * price of gas + what its receipts say besides (OP chains: L1 data fee and operator's fee)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median_low
from typing import Any

ENOUGH = 3
NEWEST = 50
TGAS = 10**12
PRICE_KEPT_MS = 180_000
"""A price of gas that was sampled longer ago is not known any more."""


class Work(StrEnum):
    """A kind of call."""

    FILL = "fill"  # the maker's signed order becomes a source lock
    LOCK = "lock"  # our lock on the destination chain
    CLAIM = "claim"
    REFUND = "refund"


METHODS: Mapping[str, Work] = {
    "deploy_src": Work.FILL,
    "deploy_dst": Work.LOCK,
    "withdraw": Work.CLAIM,
    "cancel": Work.REFUND,
    "lock": Work.LOCK,
    "claim": Work.CLAIM,
    "refund": Work.REFUND,
}
"""Of an intent's call: see `chains/services/calls`."""

Key = tuple[Work, bool]
"""A kind of call, and whether it moves the chain's native coin."""

# contracts/evm/README.md on anvil; tests/integration/contracts/near/test_gas.py on the devnet, rounded up
GUESSES: Mapping[str, Mapping[Key, int]] = {
    "evm": {
        (Work.FILL, False): 192_000,
        (Work.LOCK, False): 126_000,
        (Work.LOCK, True): 90_000,
        (Work.CLAIM, False): 66_000,
        (Work.CLAIM, True): 57_000,
        (Work.REFUND, False): 47_000,
        (Work.REFUND, True): 47_000,
    },
    "near": {
        (Work.LOCK, False): 7 * TGAS,
        (Work.LOCK, True): 3 * TGAS,
        (Work.CLAIM, False): 7 * TGAS,
        (Work.CLAIM, True): 5 * TGAS,
        (Work.REFUND, False): 7 * TGAS,
        (Work.REFUND, True): 5 * TGAS,
    },
}

BYTE_YOCTO = 10**19
RECORD_BYTES = (
    33 + 148 + 64 + 40 + 2 * 81
)  # contracts/near/htlc/src/{record,index}.rs: its sender as the longest account
NEAR_REGISTRATION = 1_250_000_000_000_000_000_000
"""YoctoNEAR: what a NEP-141 token usually asks for an account's registration (NEP-145)."""
NEAR_YOCTO = 2
"""Of a token's lock: one with `ft_transfer_call` (NEP-141), one with the payment out of it."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one kind of call takes: gas units, and `beside` native base units. `samples`: receipts it was learned from, 0 for
    a guess."""

    gas: int
    beside: int = 0
    samples: int = 0


@dataclass(frozen=True, slots=True)
class GasPrice:
    """Native base units for one gas in the next block, tip included, when it was sampled, and the base fee of it (EVM)."""

    price: int
    at_ms: int
    base_fee: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One call of ours. `fee` = gas * price + beside, native base units."""

    work: Work
    gas: int
    fee: int
    samples: int

    @property
    def is_guess(self) -> bool:
        """Whether no receipt of ours says so."""
        return self.samples == 0


@dataclass(frozen=True, slots=True)
class Expense:
    """Our calls of one swap on one chain, in base units of its native coin (wei, yoctoNEAR).

    `storage` does not come back; `held` does, when the lock is removed: what the HTLC keeps for a lock's record.
    """

    chain: str
    symbol: str
    decimals: int
    gas_price: GasPrice
    parts: tuple[Part, ...]
    storage: int = 0
    held: int = 0

    @property
    def gas(self) -> int:
        """All fees."""
        return sum(part.fee for part in self.parts)

    @property
    def spent(self) -> int:
        """All that does not come back."""
        return self.gas + self.storage

    @property
    def is_guess(self) -> bool:
        """Whether a part of it is no figure of our own receipts."""
        return any(part.is_guess for part in self.parts)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is known of a chain's costs: the price of gas, None before the first sample, and what was learned."""

    gas_price: GasPrice | None = None
    learned: Mapping[Key, Usage] = field(default_factory=dict)

    def usage(self, family: str, work: Work, *, native: bool) -> Usage:
        """What a kind of call takes, learned or guessed. Raises `KeyError` for one that we do not make on such a chain."""
        return self.learned.get((work, native)) or Usage(GUESSES[family][work, native])

    def parts(self, family: str, works: Iterable[Work], *, native: bool, price: GasPrice) -> tuple[Part, ...]:
        """Calls at a price of gas."""
        return tuple(_part(work, self.usage(family, work, native=native), price) for work in works)


def _part(work: Work, usage: Usage, price: GasPrice) -> Part:
    return Part(work, usage.gas, usage.gas * price.price + usage.beside, usage.samples)


def lock_storage(*, receiver: str, token: str | None) -> int:
    """YoctoNEAR that the HTLC holds of its maker's deposit for a lock's record: `lock_storage_cost`. `token` None is NEAR."""
    size = RECORD_BYTES + len(receiver) + (4 + len(token) if token else 0)
    return size * BYTE_YOCTO + (1 if token else 0)


def learn(receipts: Iterable[tuple[Key, int, int]]) -> dict[Key, Usage]:
    """What each kind of call takes after `(kind, gas, beside)` of our receipts, newest first."""
    found: dict[Key, list[tuple[int, int]]] = {}
    for key, gas, beside in receipts:
        mine = found.setdefault(key, [])
        if len(mine) < NEWEST:
            mine.append((gas, beside))
    return {key: _usage(samples) for key, samples in found.items() if len(samples) >= ENOUGH}


def _usage(samples: list[tuple[int, int]]) -> Usage:
    gas, beside = (median_low(column) for column in zip(*samples, strict=True))
    return Usage(gas, beside, len(samples))


# The sheet as JSON: integers as text, since those of JSON end at 2**53


def sheet_document(sheet: Sheet) -> dict[str, Any]:
    """What is kept in the chain's row."""
    learned = [
        {"work": str(work), "native": native, "gas": str(one.gas), "beside": str(one.beside), "samples": one.samples}
        for (work, native), one in sorted(sheet.learned.items())
    ]
    price = sheet.gas_price
    told = {"price": str(price.price), "baseFee": str(price.base_fee), "atMs": price.at_ms} if price else None
    return {"gasPrice": told, "learned": learned}


def sheet_of(document: Mapping[str, Any]) -> Sheet:
    """The sheet of a row; empty for one that was never sampled."""
    told = document.get("gasPrice")
    price = GasPrice(int(told["price"]), int(told["atMs"]), int(told["baseFee"])) if told else None
    learned = {
        (Work(one["work"]), bool(one["native"])): Usage(int(one["gas"]), int(one["beside"]), int(one["samples"]))
        for one in document.get("learned", ())
    }
    return Sheet(price, learned)
