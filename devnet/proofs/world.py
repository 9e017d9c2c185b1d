"""The world that the proofs run in: both chains moved by hand, one clock for all, the maker's own keys, and databases.

Nothing here runs the product. Blocks are made when the proof says so, and the time of every chain is `World.now`, so a run
takes milliseconds of the machine's time for minutes of the swap's, and happens the same way each time.
"""

import base64
import json
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from chains.codec.evm import DST_ESCROW_CREATED, ESCROW_CANCELLED, ESCROW_WITHDRAWAL, SRC_ESCROW_CREATED
from devnet.evm.accounts import DevAccount
from devnet.near.transactions import write_function_call
from devnet.network import ALICE, HTLC, MAKER, NEAR, OPERATOR, US, USDC_ON_BASE, USDT, Figures, Network, send_evm
from devnet.proofs.databases import Cleaner, database_copy, database_drop, database_url, template_ensure

# Long enough that a kill and what it delays never run into a timelock by themselves.
FIGURES = Figures(
    evm_block=None, near_block=None, destination=1800, slack=600, inclusion=20, finality=30, watcher_lag=10
)
BLOCK_SECONDS = 2
DJANGO_KEY = "a-key-of-the-proofs-which-protects-nothing-but-local-coins-x"
API_KEY = "proof-key"
KEY_LIMIT = "10000000"  # requests a minute: each life leases a part of them, and dies with what is left
HOUR = 3600
DAY = 24 * HOUR
AHEAD_SECONDS = HOUR  # of the machine's clock, by which jobs are scheduled: what waits there is always due here
STORAGE = 1000 * NEAR  # for more locks than are ever made
NEAR_PAGE = 100  # records that the HTLC tells at once
NEAR_BLOCKS_TO_SETTLE = 20  # no call of ours has receipts for so long
Document = dict[str, Any]
ESCROW_EVENTS = {
    SRC_ESCROW_CREATED: "source locked",
    DST_ESCROW_CREATED: "destination locked",
    ESCROW_WITHDRAWAL: "claimed",
    ESCROW_CANCELLED: "refunded",
}


@dataclass(frozen=True)
class Party:
    """One holder of one token. `name` is what a report calls it."""

    name: str
    chain: str
    token: str
    account: str


@dataclass
class World:
    """BASE and NEAR with our contracts; a context manager. `server_url` is a PostgreSQL on which databases may be made.

    `now` is the time of both chains and of the service's clock, in Unix seconds; it only moves by `include`, `settle` and
    `travel`. `name` keeps the databases of several worlds apart.
    """

    server_url: str
    redis_url: str
    directory: Path
    name: str = "proof"
    figures: Figures = FIGURES
    settings: dict[str, str] = field(default_factory=dict)
    maker: DevAccount = MAKER

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        try:
            self.network = self._stack.enter_context(Network(evm_names=("base",), figures=self.figures))
            self.anvil, self.near = self.network.evm["base"], self.network.near
            self.template = template_ensure(self.server_url)
            self._stack.callback(database_drop, self.server_url, self.name)
            self._cleaner: Cleaner | None = None
            self._deposit_storage()
            self._take_hands_off()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _deposit_storage(self) -> None:
        """Both sides have paid for their locks' storage with the HTLC: no play differs from the one before."""
        for account in (US, ALICE):
            self.near.call(account, HTLC, "storage_deposit", {}, deposit=STORAGE)

    def _take_hands_off(self) -> None:
        """From now on no block is made, and no second passes, by itself."""
        self.anvil.rpc.call("evm_setAutomine", False)
        self.near.rpc("devnet_pause")
        self.now = max(self.anvil.time, int(time.time())) + AHEAD_SECONDS
        self._near_clock()
        self.settle()

    # What the service is started with

    def environment(self) -> dict[str, str]:
        """The environment of a process of the product on this world's chains and database."""
        return {
            **self.network.environment(self.directory),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "API_KEY_SECRET": API_KEY,
            "DJANGO_SECRET_KEY": DJANGO_KEY,
            "NODE_ENV": "development",
            "LOG_LEVEL": "warning",
            "RATE_LIMIT_KEY_MAX_REQUESTS": KEY_LIMIT,
            **self.settings,
        }

    @property
    def database_url(self) -> str:
        """Where the service's database is."""
        return database_url(self.server_url, self.name)

    def fresh_database(self) -> None:
        """Throw everybody out of the service's database and begin with an empty one."""
        if self._cleaner is None:
            database_copy(self.server_url, self.name, self.template)
            self._cleaner = Cleaner(self.database_url)
            self._stack.callback(self._cleaner.close)
        self._cleaner.clear()

    # Blocks and time

    def include(self) -> None:
        """One block on each chain: what waits is in it, and is not final."""
        self._pass(BLOCK_SECONDS)
        self.anvil.set_time(self.now)
        self.near.mine(1)

    def settle(self) -> None:
        """As many blocks as it takes until everything that was in a block is done and final, on both chains."""
        self._pass(BLOCK_SECONDS)
        self.anvil.set_time(self.now)
        self.anvil.finalize(interval=1)  # else a second of ours in between is a second of the chain's
        self._near_settle()
        self.now = max(self.now, self.anvil.time)
        self._near_clock()

    def _near_settle(self) -> None:
        for _ in range(NEAR_BLOCKS_TO_SETTLE):
            state = self.near.rpc("devnet_mine", {"blocks": 1})
            if not state["receipts_on_their_way"] and not state["receipts_postponed"]:
                break
        self.near.mine(self.near.final_lag)

    def align(self) -> None:
        """Let time pass until a day begins: what happens by the clock then happens at the same point of every run."""
        self.travel(-(self.now + 2 * BLOCK_SECONDS) % DAY)

    def travel(self, seconds: int) -> None:
        """Let so much time pass, and be final, on both chains."""
        self._pass(seconds)
        self.settle()

    def _pass(self, seconds: int) -> None:
        self.now += seconds
        self._near_clock()

    def _near_clock(self) -> None:
        self.near.rpc("devnet_set_time", {"timestamp": self.now, "frozen": True})

    # The maker's hands

    def send(self, call: Document) -> None:
        """The maker signs and sends one of the service's ready-to-send calls; it waits for a block."""
        if "receiverId" not in call:
            send_evm(self.anvil.rpc, self.maker, call["to"], bytes.fromhex(call["data"][2:]), int(call["value"]))
            return
        self.send_near(
            ALICE, call["receiverId"], call["methodName"], call["args"], int(call["deposit"]), int(call["gas"])
        )

    def send_near(self, signer: str, receiver: str, method: str, args: Document, deposit: int, gas: int) -> None:
        """Any of the devnet's accounts calls a contract; it waits for a block."""
        action = write_function_call(method, json.dumps(args).encode(), gas, deposit)
        signed = self.near.sign(signer, receiver, [action])
        self.near.rpc("devnet_submit", {"signed_tx_base64": base64.b64encode(signed).decode()})

    # What the chains say, without the product's help

    def parties(self) -> list[Party]:
        """Everybody who holds the two swapped tokens, the contract that keeps NEAR's locks included."""
        resolver = self.network.deployments["base"].resolver
        return [
            Party("maker", "base", USDC_ON_BASE, self.maker.address),
            Party("us", "base", USDC_ON_BASE, resolver),
            Party("maker", "near", USDT, ALICE),
            Party("us", "near", USDT, US),
            Party("locks", "near", USDT, HTLC),
        ]

    def holdings(self) -> dict[tuple[str, str], int]:
        """(chain, party) -> base units of the chain's swapped token, by the newest blocks."""
        return {(party.chain, party.name): self._balance(party) for party in self.parties()}

    def _balance(self, party: Party) -> int:
        if party.chain == "near":
            return self.network.near_balance(party.token, party.account)
        return self.network.evm_balance(party.chain, party.token, party.account)

    def nonces(self) -> dict[str, int]:
        """How many transactions of ours each chain has taken (NEAR: the access key's nonce)."""
        key = self.near.rpc(
            "query",
            {"request_type": "view_access_key_list", "finality": "optimistic", "account_id": US},
        )["keys"][0]["access_key"]
        return {
            "base": int(self.anvil.rpc.call("eth_getTransactionCount", OPERATOR.address, "latest"), 16),
            "near": int(key["nonce"]),
        }

    def escrow_events(self, since_block: int) -> dict[str, int]:
        """How often each event of BASE's escrows happened after a block, by `ESCROW_EVENTS`' names."""
        span = {"fromBlock": hex(since_block + 1), "toBlock": "latest", "topics": [list(ESCROW_EVENTS)]}
        names = [ESCROW_EVENTS[entry["topics"][0]] for entry in self.anvil.rpc.call("eth_getLogs", span)]
        return {name: names.count(name) for name in sorted(set(names))}

    def near_locks(self, since: int = 0) -> list[Document]:
        """The HTLC's records from the `since`-th on, however many pages that takes."""
        found: list[Document] = []
        while page := self.near.view(HTLC, "get_locks", {"from_index": since + len(found), "limit": NEAR_PAGE}):
            found += page
        return found

    def near_lock_count(self) -> int:
        """How many records the HTLC holds."""
        return int(self.near.view(HTLC, "get_locks_count"))
