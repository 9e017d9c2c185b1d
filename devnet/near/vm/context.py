"""What a contract call is given, and what it gives back."""

from dataclasses import dataclass, field
from typing import Protocol

from devnet.near.actions import Action
from devnet.near.vm.errors import VmError


class Storage(Protocol):
    """A contract's records."""

    def get(self, key: bytes) -> bytes | None: ...

    def set(self, key: bytes, value: bytes) -> None: ...

    def remove(self, key: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class CallContext:
    """The world as the contract sees it. Balances in yoctoNEAR, without the attached deposit; time in nanoseconds."""

    current_account_id: str
    signer_account_id: str
    signer_public_key: bytes
    predecessor_account_id: str
    input: bytes
    block_height: int
    block_timestamp: int
    epoch_height: int
    account_balance: int
    account_locked: int
    storage_usage: int
    prepaid_gas: int
    attached_deposit: int = 0
    random_seed: bytes = bytes(32)
    # None: the promise failed
    promise_results: tuple[bytes | None, ...] = ()
    output_receivers: tuple[str, ...] = ()
    is_view: bool = False


@dataclass(slots=True)
class PromisedCall:
    """A function call in a promised receipt; its gas may still grow by weight."""

    method_name: str
    args: bytes
    gas: int
    deposit: int
    weight: int


@dataclass(slots=True)
class PromisedReceipt:
    """A receipt that the contract asks for; `depends_on` are indices of receipts whose results it waits for."""

    receiver_id: str
    depends_on: list[int]
    actions: list[Action | PromisedCall] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReceiptIndex:
    """The call returns what this receipt will return."""

    index: int


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """The end of a call. With `error` set, nothing but gas and logs counts. `balance` includes the attached deposit."""

    balance: int
    storage_usage: int
    burnt_gas: int
    used_gas: int
    logs: list[str]
    receipts: list[PromisedReceipt]
    returned: bytes | ReceiptIndex
    error: VmError | None
