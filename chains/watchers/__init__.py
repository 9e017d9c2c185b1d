"""Following a chain: one poll is one public step, `Watcher.process_one`, that the command and the tests call alike."""

from chains.models import Chain
from chains.watchers.base import Watcher


def watcher_for(name: str) -> Watcher:
    """The watcher of a configured chain, its row synchronised with what the contracts say."""
    from chains.services.setup import chain_sync

    chain = chain_sync(name=name)
    if chain.family == Chain.Family.EVM:
        from chains.watchers.evm import EvmWatcher

        return EvmWatcher(chain)
    from chains.watchers.near import NearWatcher

    return NearWatcher(chain)
