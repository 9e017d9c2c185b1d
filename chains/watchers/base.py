"""What both families of watchers share."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from chains.clients.quorum import Quorum
from chains.config import ChainConfig, chain_config, quorum
from chains.errors import ChainError, NoQuorum
from chains.models import Chain, ChainTransaction
from chains.services.costs import CostSampler
from chains.services.ingest import CursorMoved
from chains.services.measures import Sampler
from chains.services.providers import providers_note

log = structlog.get_logger(__name__)


class Watcher(ABC):
    """Reads one chain forward, block by block, and back again when the chain reorganises."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.config: ChainConfig = chain_config(chain.name)
        self.truth: Quorum[Any] = quorum(chain.name)
        self.sampler, self.costs = Sampler(), CostSampler()
        self._without_quorum = ""

    def process_one(self) -> bool:
        """One poll of the node. True: there is more to read at once; False: wait for the next poll.

        Raises `ChainError` when the node could not be asked; nothing was stored then, and the next call tries again.
        """
        if self.chain.halted_reason:
            self.chain.refresh_from_db()  # an operator may have set it back, or lifted the halt
        try:
            more = self.poll()
        except ChainError:
            providers_note(chain=self.chain.name)
            self.chain.refresh_from_db()
            raise
        except CursorMoved:
            log.warning("watcher.cursor_moved", chain=self.chain.name)
            self.chain.refresh_from_db()
            return True
        providers_note(chain=self.chain.name)
        self._tend()
        self.sampler.note(self.chain)
        self.costs.note(self.chain)
        return more

    @abstractmethod
    def poll(self) -> bool:
        """Read what is new; the family's own. Returns whether there is more."""

    @abstractmethod
    def read_again(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Read final blocks again by a quorum's word, and store the events that were missed; the cursor stays. Yields up to
        which height it has read, and how many rows that changed. Raises `ChainError`."""

    @abstractmethod
    def read_block_again(self, block_hash: str) -> int:
        """The same for what follows from a transaction in a final block. How many rows that changed. Raises `ChainError`."""

    @contextmanager
    def patience(self) -> Iterator[None]:
        """Without a quorum the final watermark stays where it is, and the rest goes on; it moves again once they agree."""
        missing = ""
        try:
            yield
        except NoQuorum as error:
            missing = str(error)[:300]
        if missing and missing != self._without_quorum:
            log.error("chain.no_quorum", chain=self.chain.name, error=missing)
        elif self._without_quorum and not missing:
            log.info("chain.quorum_again", chain=self.chain.name)
        self._without_quorum = missing

    def compare_providers(self) -> None:
        """Learn which of several providers lag, so that the others are asked first."""
        if not self.truth.is_alone:
            self.truth.compare_heads()

    def _tend(self) -> None:
        """Have a worker look after our open transactions on this chain, once for each block that was read."""
        if getattr(self, "_tended_at", None) == (self.chain.seen_height, self.chain.final_height):
            return
        self._tended_at = (self.chain.seen_height, self.chain.final_height)
        if ChainTransaction.objects.filter(chain=self.chain, state__in=ChainTransaction.OPEN_STATES).exists():
            from chains.tasks import tend_transactions

            tend_transactions.defer(chain=self.chain.name)
