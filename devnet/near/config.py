"""How one devnet behaves."""

from dataclasses import dataclass, field


class ConfigError(ValueError):
    """The options contradict each other."""


@dataclass(frozen=True)
class DevnetConfig:
    """Options of a chain at its start.

    `block_time` is in seconds; None makes blocks only for transactions, at once. The final head is `final_lag` blocks behind
    the newest. Every height divisible by `skip_every` stays without a block (0: none is skipped). State can be queried for
    the last `state_history` blocks, blocks and transactions for the last `block_history`. RPC calls that wait for a
    transaction give up after `poll_timeout` seconds (nearcore: 10). `accounts` maps names to yoctoNEAR.
    """

    block_time: float | None = None
    final_lag: int = 2
    skip_every: int = 0
    state_history: int = 400
    block_history: int = 20_000
    poll_timeout: float = 10.0
    genesis_height: int = 1
    module_cache: str | None = None
    accounts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.final_lag < 0:
            raise ConfigError(f"final_lag is a number of blocks, 0 or more, not {self.final_lag}")
        check_block_time(self.block_time)
        if 0 < self.skip_every < self.final_lag + 2:
            raise ConfigError(
                f"skip_every {self.skip_every} leaves no {self.final_lag + 1} blocks in a row, so nothing would ever be "
                f"final; use 0 or at least {self.final_lag + 2}"
            )
        if self.state_history <= self.final_lag or self.block_history < self.state_history:
            raise ConfigError("final_lag < state_history <= block_history must hold")


def check_block_time(seconds: float | None) -> None:
    """Raise `ConfigError` unless a chain can have this block time."""
    if seconds is not None and seconds <= 0:
        raise ConfigError(f"block_time is in seconds and more than 0, not {seconds}")
