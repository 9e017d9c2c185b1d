"""What we know of the chains, as rows: heads, blocks, events, intents and the transactions that carry them out."""

from chains.models.chain import Chain, ChainBlock
from chains.models.event import ChainEvent
from chains.models.outflow import Outflow
from chains.models.provider import ProviderHealth
from chains.models.transaction import Account, ChainTransaction, Intent

__all__ = ["Account", "Chain", "ChainBlock", "ChainEvent", "ChainTransaction", "Intent", "Outflow", "ProviderHealth"]
