"""What both families of clients offer alike."""

from typing import Protocol

from chains.clients.provider import Provider
from chains.events import BlockRef


class ChainClient(Protocol):
    """A chain as one or several nodes tell it. Safe to share between threads.

    Every method raises `TransportError` when no node gave an answer, `NodeMisbehaving` for an answer that cannot be,
    `WrongNetwork` when there are only nodes of another network, and `RpcRejected` (a subclass) for a refusal.
    """

    @property
    def providers(self) -> tuple[Provider, ...]:
        """Whom it asks: the first that is well answers; see `chains.clients.quorum` for several."""

    def head(self) -> BlockRef:
        """The newest block the node knows."""

    def final_head(self) -> BlockRef:
        """The newest block that the chain calls final."""

    def block(self, block_id: int | str) -> BlockRef:
        """A block by height or hash. Raises `UnknownBlock`."""

    def balance(self, account: str) -> int:
        """The account's native coin in the smallest unit (wei, yoctoNEAR)."""

    def token_balance(self, token: str, account: str) -> int:
        """The account's balance of a token contract, in base units."""
