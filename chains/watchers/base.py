"""What both families of watchers share."""

from abc import ABC, abstractmethod

import structlog

from chains.config import ChainConfig, chain_config
from chains.models import Chain, ChainTransaction
from chains.services.ingest import CursorMoved
from chains.services.measures import Sampler

log = structlog.get_logger(__name__)


class Watcher(ABC):
    """Reads one chain forward, block by block, and back again when the chain reorganises."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.config: ChainConfig = chain_config(chain.name)
        self.sampler = Sampler()

    def process_one(self) -> bool:
        """One poll of the node. True: there is more to read at once; False: wait for the next poll.

        Raises `ChainError` when the node could not be asked; nothing was stored then, and the next call tries again.
        """
        try:
            more = self.poll()
        except CursorMoved:
            log.warning("watcher.cursor_moved", chain=self.chain.name)
            self.chain.refresh_from_db()
            return True
        self._tend()
        self.sampler.note(self.chain)
        return more

    @abstractmethod
    def poll(self) -> bool:
        """Read what is new; the family's own. Returns whether there is more."""

    def _tend(self) -> None:
        """Have a worker look after our open transactions on this chain, once for each block that was read."""
        if getattr(self, "_tended_at", None) == (self.chain.seen_height, self.chain.final_height):
            return
        self._tended_at = (self.chain.seen_height, self.chain.final_height)
        if ChainTransaction.objects.filter(chain=self.chain, state__in=ChainTransaction.OPEN_STATES).exists():
            from chains.tasks import tend_transactions

            tend_transactions.defer(chain=self.chain.name)
