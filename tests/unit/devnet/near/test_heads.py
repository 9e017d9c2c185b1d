"""Finality: a block is final when enough blocks follow it without a gap."""

import pytest

from devnet.near.chain import Chain
from devnet.near.config import ConfigError, DevnetConfig


def _heads(chain: Chain) -> tuple[int, int, int]:
    heads = chain.blocks.heads
    return heads.optimistic.height, heads.near_final.height, heads.final.height


def test_the_heads_keep_their_distance() -> None:
    chain = Chain(DevnetConfig(final_lag=3))
    for _ in range(6):
        chain.produce()
    assert _heads(chain) == (7, 6, 4)


def test_a_gap_delays_finality_and_its_height_has_no_block() -> None:
    chain = Chain(DevnetConfig(final_lag=2))
    for _ in range(4):
        chain.produce()
    chain.skip_heights(2)
    after = chain.produce()
    assert (after.height, after.prev_height) == (8, 5)
    assert after.prev_hash == chain.blocks.at_height(5).hash  # type: ignore[union-attr]
    assert chain.blocks.at_height(6) is None
    assert _heads(chain) == (8, 4, 3)
    chain.produce()
    assert _heads(chain) == (9, 8, 3)
    chain.produce()
    assert _heads(chain) == (10, 9, 8)


def test_regular_gaps_still_let_the_chain_get_final() -> None:
    chain = Chain(DevnetConfig(final_lag=2, skip_every=5))
    heights = [chain.produce().height for _ in range(8)]
    assert heights == [2, 3, 4, 6, 7, 8, 9, 11]
    assert chain.blocks.heads.final.height == 7


def test_time_never_goes_back() -> None:
    chain = Chain(DevnetConfig())
    chain.clock.set(chain.head.timestamp - 10**9, frozen=True)
    first, second = chain.produce(), chain.produce()
    assert chain.blocks.genesis.timestamp < first.timestamp < second.timestamp


@pytest.mark.parametrize(
    "options", [{"final_lag": -1}, {"block_time": 0}, {"skip_every": 3}, {"state_history": 2}, {"block_history": 10}]
)
def test_options_that_contradict_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ConfigError):
        DevnetConfig(**options)  # type: ignore[arg-type]
