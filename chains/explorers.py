"""Links to block explorers, from each chain's templates in the chains file. Pure.

A local chain has no template and so no link. What is put into an address comes from chains and strangers: only what looks like a
hash, an account or a height is, and it is quoted.
"""

import re
from urllib.parse import quote

from chains.config import ChainConfig

NAMELIKE = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z._:-]{0,126}[0-9A-Za-z])?")
WEB = ("https://", "http://")


def transaction_url(config: ChainConfig, tx_hash: str) -> str:
    """Where a transaction of ours can be looked up; "" where it cannot."""
    return _filled(config.explorer_tx, hash=tx_hash)


def event_url(config: ChainConfig, tx_hash: str) -> str:
    """The same for a watched event. One of NEAR's names its receipt, which explorers find by search alone."""
    return transaction_url(config, tx_hash) if config.family == "evm" else ""


def address_url(config: ChainConfig, address: str) -> str:
    """Where an account, a contract or an escrow can be looked up."""
    return _filled(config.explorer_address, address=address)


def block_url(config: ChainConfig, *, height: int, block_hash: str) -> str:
    """Where a block can be looked up: the template says whether by height or by hash."""
    return _filled(config.explorer_block, height=str(height), hash=block_hash)


def _filled(template: str, **values: str) -> str:
    if not template.startswith(WEB):
        return ""
    for name, value in values.items():
        place = f"{{{name}}}"
        if place not in template:
            continue
        if not NAMELIKE.fullmatch(value):
            return ""
        template = template.replace(place, quote(value, safe=""))
    return template
