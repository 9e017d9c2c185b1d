"""Timed blocks go on, whatever happens in one of them."""

import threading

import pytest

from devnet.near.blocks import Block
from devnet.near.chain import Chain
from devnet.near.config import DevnetConfig
from devnet.near.ticker import Ticker


def test_a_bug_in_one_block_is_told_and_the_next_is_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chain = Chain(DevnetConfig(block_time=0.01))
    produce, enough = Chain.produce, threading.Event()
    made: list[Block] = []

    def broken_once(self: Chain) -> Block:
        if not made:
            made.append(self.head)
            raise RuntimeError("a bug of ours")
        made.append(produce(self))
        if len(made) == 4:
            enough.set()
        return made[-1]

    monkeypatch.setattr(Chain, "produce", broken_once)
    ticker = Ticker(chain)
    ticker.start()
    assert enough.wait(10)
    ticker.stop()
    ticker.join(10)
    assert not ticker.is_alive()
    assert chain.head.height >= made[0].height + 3
    assert "a bug of ours" in capsys.readouterr().err
