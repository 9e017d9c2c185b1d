"""What is tried, as data: which method of a node fails, how, before how many providers, in which swap."""

from collections.abc import Iterator
from dataclasses import dataclass

from devnet.faults import Kind
from devnet.proofs.crashmatrix.scenarios import ENDINGS, Scenario

ANY = (Kind.ERROR, Kind.TIMEOUT_BEFORE, Kind.TIMEOUT_AFTER, Kind.HTTP_429, Kind.GARBAGE, Kind.TRUNCATED)
FAULTS = (*ANY, Kind.STALE, Kind.EMPTY, Kind.WRONG_BLOCK, Kind.DUPLICATE)
"""In the order of the table's columns."""

# What a method's answer can also suffer, beyond what befalls any call.
METHODS: dict[str, dict[str, tuple[Kind, ...]]] = {
    "base": {
        "eth_chainId": (),
        "eth_getBlockByNumber": (Kind.STALE, Kind.EMPTY, Kind.WRONG_BLOCK),
        "eth_getLogs": (Kind.STALE, Kind.EMPTY, Kind.WRONG_BLOCK, Kind.DUPLICATE),
        "eth_getTransactionReceipt": (Kind.STALE, Kind.EMPTY, Kind.WRONG_BLOCK),
        "eth_getTransactionCount": (Kind.STALE,),
        "eth_estimateGas": (),
        "eth_feeHistory": (),
        "eth_sendRawTransaction": (Kind.DUPLICATE,),
        "eth_getBalance": (Kind.STALE,),
        "eth_getCode": (Kind.STALE,),
        "eth_call": (Kind.STALE,),
    },
    "near": {
        "status": (),
        "block": (Kind.STALE, Kind.WRONG_BLOCK),
        "EXPERIMENTAL_changes": (Kind.STALE, Kind.EMPTY, Kind.WRONG_BLOCK, Kind.DUPLICATE),
        "EXPERIMENTAL_changes_in_block": (Kind.STALE, Kind.EMPTY),
        "query": (Kind.STALE, Kind.WRONG_BLOCK),
        "tx": (Kind.STALE, Kind.EMPTY),
        "send_tx": (Kind.DUPLICATE,),
    },
}
NOT_CALLED = {
    (
        "eth_getBalance",
        "expires-after-both-locks",
    ): "only the re-reading of both locks before the reveal asks for a balance",
}
"""Why a method is not called in swaps with this ending: there its faults need not strike."""
CALLS = 3  # that a fault hits at the beginning of every status of the session


@dataclass(frozen=True)
class Setting:
    """How many providers a chain has, and whether the first one fails for `CALLS` calls in each status, or always."""

    name: str
    providers: int
    always: bool


ONE = Setting("one provider", 1, always=False)
THREE = Setting("three providers, the first one bad", 3, always=True)


@dataclass(frozen=True)
class Cell:
    """One fault of one method in one swap."""

    chain: str
    method: str
    fault: Kind
    setting: Setting
    scenario: Scenario

    @property
    def name(self) -> str:
        return f"{self.scenario.name} {self.setting.providers} {self.method} {self.fault.value}"


def scenarios() -> list[Scenario]:
    """Each direction and custody completed, and each direction refunded."""
    ends = {ending.name: ending for ending in ENDINGS}
    return [
        Scenario("base", "near", "maker", "self", ends["completes"]),
        Scenario("near", "base", "service", "self", ends["completes"]),
        Scenario("base", "near", "service", "order", ends["expires-after-both-locks"]),
        Scenario("near", "base", "maker", "self", ends["expires-after-both-locks"]),
    ]


def cells(settings: tuple[Setting, ...] = (ONE, THREE)) -> Iterator[Cell]:
    """All of them: refunds with one provider only, where a fault leaves no way out."""
    for setting in settings:
        for scenario in scenarios():
            if setting is THREE and not scenario.ending.swapped:
                continue
            for chain, methods in METHODS.items():
                for method, more in methods.items():
                    for fault in (*ANY, *more):
                        yield Cell(chain, method, fault, setting, scenario)


# What is left when there is a minute only: the worst, every kind of fault at least once.
REDUCED = (
    ("eth_sendRawTransaction", Kind.TIMEOUT_AFTER), ("send_tx", Kind.TRUNCATED), ("eth_getLogs", Kind.EMPTY),
    ("EXPERIMENTAL_changes", Kind.EMPTY), ("eth_getLogs", Kind.ERROR), ("eth_sendRawTransaction", Kind.HTTP_429),
    ("eth_getBlockByNumber", Kind.WRONG_BLOCK), ("block", Kind.STALE),
    ("eth_getTransactionReceipt", Kind.STALE), ("send_tx", Kind.DUPLICATE),
    ("eth_getCode", Kind.GARBAGE), ("tx", Kind.TIMEOUT_BEFORE),
)  # fmt: skip


def reduced() -> list[Cell]:
    """One cell for each of `REDUCED`, the directions and the settings by turns."""
    everything = list(cells())
    found = []
    for number, (method, fault) in enumerate(REDUCED):
        same = [cell for cell in everything if (cell.method, cell.fault) == (method, fault)]
        found.append(same[number % len(same)])
    return found
