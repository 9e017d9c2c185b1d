"""`python -m devnet.near`: run a chain until it is stopped."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from devnet.near.chain import Chain
from devnet.near.config import ConfigError, DevnetConfig
from devnet.near.genesis import DEFAULT_AMOUNT, GenesisError, World, read_world
from devnet.near.journal import JournalError
from devnet.near.keys import private_key_of
from devnet.near.recovery import KeptChain
from devnet.near.server import RpcServer


def main(arguments: list[str] | None = None) -> int:
    """Start, print one line of JSON with `url` and `keys`, and serve until SIGTERM or SIGINT."""
    options = _parser().parse_args(arguments)
    try:
        world = _world(options)
        config = _config(options)
        chain = KeptChain(config, world, options.persist) if options.persist else Chain(config, world)
        server = RpcServer(chain, options.port)
    except (ConfigError, GenesisError, JournalError) as error:
        print(f"devnet.near: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"devnet.near: cannot listen on 127.0.0.1:{options.port}: {error.strerror}", file=sys.stderr)
        return 2
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server.start()
    keys = {name: private_key_of(name) for name in world.accounts if name not in world.public_keys}
    _greet(json.dumps({"url": server.url, "keys": keys}), options.ready_file)
    stop.wait()
    server.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devnet.near", description="A NEAR chain for development.")
    add = parser.add_argument
    add("--port", type=int, default=3030, help="on 127.0.0.1; 0 takes a free one")
    add("--block-time", type=float, help="seconds; without it, blocks are made for transactions, at once")
    add("--final-lag", type=int, default=2, help="blocks by which the final head is behind (2)")
    add("--skip-every", type=int, default=0, help="skip every height divisible by this (0: none)")
    add("--state-history", type=int, default=400, help="blocks whose state can be queried (400)")
    add("--block-history", type=int, default=20_000, help="blocks that are kept (20000)")
    add("--poll-timeout", type=float, default=10.0, help="seconds that waiting calls wait (10)")
    add("--genesis-height", type=int, default=1)
    add("--module-cache", help="folder for compiled contracts")
    add("--account", action="append", default=[], metavar="NAME[=AMOUNT]", help="made at genesis; AMOUNT in yoctoNEAR")
    add("--genesis", type=Path, help="JSON file with accounts, contracts and keys")
    add("--persist", type=Path, help="folder in which the chain is kept, and had again after a kill")
    add("--ready-file", type=Path, help="write the greeting there too, once the chain answers")
    return parser


def _config(options: argparse.Namespace) -> DevnetConfig:
    return DevnetConfig(
        block_time=options.block_time,
        final_lag=options.final_lag,
        skip_every=options.skip_every,
        state_history=options.state_history,
        block_history=options.block_history,
        poll_timeout=options.poll_timeout,
        genesis_height=options.genesis_height,
        module_cache=options.module_cache,
    )


def _world(options: argparse.Namespace) -> World:
    world = read_world(options.genesis) if options.genesis else World()
    for text in options.account:
        name, _, amount = text.partition("=")
        if amount and not (amount.isascii() and amount.isdigit()):
            raise GenesisError(f"--account {text}: the amount is a whole number of yoctoNEAR")
        world.accounts[name] = int(amount) if amount else DEFAULT_AMOUNT
    # refuse bad names before anything starts
    world.writes()
    return world


def _greet(greeting: str, ready_file: Path | None) -> None:
    print(greeting, flush=True)
    if ready_file is not None:
        # whoever waits for it must never read half of it
        half = ready_file.with_suffix(".half")
        half.write_text(greeting)
        half.replace(ready_file)


if __name__ == "__main__":
    sys.exit(main())
