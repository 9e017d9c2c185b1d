"""The NEAR contracts on a devnet: deployed, accounts registered, and each of their calls as one function."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from devnet.near.process import NearDevnet
from devnet.near.transactions import write_transfer

ARTIFACTS = Path(__file__).parents[4] / "contracts" / "near" / "artifacts"
NEAR = 10**24
SECOND = 10**9
BYTE_PRICE = 10**19
RETENTION = 600
AMOUNT = 3 * NEAR
TOKENS = 25_000_000
HTLC, KECCAK, TOKEN, ATTACKER = "htlc.test", "keccak.test", "usdt.test", "attacker.test"
ALICE, BOB, CAROL, MALLORY = "alice.test", "bob.test", "carol.test", "mallory.test"
GLUTTON = "glutton.test"
CREATE_ACCOUNT = b"\x00"
ACCOUNTS = dict.fromkeys((HTLC, KECCAK, TOKEN, ATTACKER, GLUTTON, ALICE, BOB, CAROL, MALLORY), 10_000 * NEAR)
METADATA = {"spec": "ft-1.0.0", "name": "Test Dollar", "symbol": "TUSD", "decimals": 6}
Json = Any
Outcome = dict[str, Any]


@dataclass
class Lock:
    """A lock's terms and secret. `amount` in yoctoNEAR or base units; `timelock` in unix seconds."""

    sender: str
    receiver: str
    token: str | None
    amount: int
    secret: bytes
    hashlock: str
    timelock: int
    salt: str
    id: str = ""

    @property
    def wanted(self) -> dict[str, Json]:
        """What the sender writes."""
        return {"receiver": self.receiver, "hashlock": self.hashlock, "timelock": self.timelock, "salt": self.salt}

    @property
    def terms(self) -> dict[str, Json]:
        """What the id derives from."""
        return self.wanted | {"sender": self.sender, "token": self.token, "amount": str(self.amount)}


@dataclass
class World:
    """One HTLC on a chain. `own` is what it had before anyone gave it anything."""

    chain: NearDevnet
    htlc: str = HTLC
    own: int = 0
    _salts: list[int] = field(default_factory=lambda: [0])

    # locks

    def terms(
        self,
        seconds: int = 3600,
        receiver: str = BOB,
        token: str | None = None,
        sender: str = ALICE,
        hash_function: Callable[[bytes], bytes] = lambda data: sha256(data).digest(),
    ) -> Lock:
        """Terms of which no others are alike, ending `seconds` from now."""
        self._salts[0] += 1
        secret = sha256(b"secret %d" % self._salts[0]).digest()
        amount = TOKENS if token else AMOUNT
        hashlock, salt = hash_function(secret).hex(), f"{self._salts[0]:064x}"
        lock = Lock(sender, receiver, token, amount, secret, hashlock, self.now() // SECOND + seconds, salt)
        lock.id = self.view("lock_id", lock.terms)
        return lock

    def make(self, lock: Lock, check: bool = True) -> Outcome:
        """Lock on these terms, by a deposit or a token transfer of their sender."""
        if lock.token is None:
            return self.chain.call(lock.sender, self.htlc, "lock", lock.wanted, lock.amount, check=check)
        if lock.token == ATTACKER:
            notice = {"sender_id": lock.sender, "amount": str(lock.amount), "msg": json.dumps(lock.wanted)}
            return self.forward(self.htlc, "ft_on_transfer", notice, by=lock.sender, check=check)
        arguments = {"receiver_id": self.htlc, "amount": str(lock.amount), "msg": json.dumps(lock.wanted)}
        return self.chain.call(lock.sender, lock.token, "ft_transfer_call", arguments, 1, check=check)

    def made(self, **terms: Json) -> Lock:
        """A new lock."""
        lock = self.terms(**terms)
        self.make(lock)
        return lock

    def claim(self, lock: Lock, by: str = CAROL, secret: str | None = None) -> Outcome:
        return self.act("claim", {"id": lock.id, "secret": lock.secret.hex() if secret is None else secret}, by)

    def refund(self, lock: Lock, by: str = CAROL) -> Outcome:
        return self.act("refund", {"id": lock.id}, by)

    def pay(self, lock: Lock, by: str = CAROL) -> Outcome:
        return self.act("pay", {"id": lock.id}, by)

    def remove(self, *locks: Lock, by: str = CAROL) -> Outcome:
        return self.act("remove", {"ids": [lock.id for lock in locks]}, by)

    def get(self, lock: Lock) -> dict[str, Json] | None:
        found: dict[str, Json] | None = self.view("get_lock", {"id": lock.id})
        return found

    def standing(self, lock: Lock) -> tuple[str, str]:
        """State and payout."""
        found = self.get(lock)
        assert found is not None
        return found["state"], found["payout"]

    # calls

    def act(self, method: str, arguments: Json, by: str, deposit: int = 0) -> Outcome:
        """A call whose failure, or whose payment's, does not raise."""
        return self.chain.call(by, self.htlc, method, arguments, deposit, check=False)

    def view(self, method: str, arguments: Json = None) -> Json:
        return self.chain.view(self.htlc, method, arguments)

    def forward(self, account: str, method: str, arguments: Json, by: str = MALLORY, check: bool = False) -> Outcome:
        """A call in the attacker contract's name."""
        call = attackers_call(account, method, arguments)
        return self.chain.call(by, ATTACKER, "forward", call, check=check)

    def plan(self, **plan: Json) -> None:
        """What the attacker's `ft_transfer` does from now on."""
        self.chain.call(MALLORY, ATTACKER, "plan", plan)

    def create(self, account: str, parent: str = ALICE) -> None:
        """Make a sub-account of `parent`."""
        self.chain.send(parent, account, [CREATE_ACCOUNT, write_transfer(NEAR)])

    # tokens and storage

    def tokens(self, account: str) -> int:
        return int(self.chain.view(TOKEN, "ft_balance_of", {"account_id": account}))

    def register(self, account: str) -> None:
        """Register an account with the token."""
        self.chain.call(ALICE, TOKEN, "storage_deposit", {"account_id": account}, NEAR)

    def block(self, account: str, blocked: bool) -> None:
        self.chain.call(ALICE, TOKEN, "set_blocked", {"account_id": account, "blocked": blocked})

    def storage(self, account: str) -> tuple[int, int]:
        """Total and available yocto of an account's storage deposit; zeros when it is not registered."""
        balance = self.view("storage_balance_of", {"account_id": account}) or {"total": 0, "available": 0}
        return int(balance["total"]), int(balance["available"])

    def usage(self) -> int:
        """Bytes of state that the chain counts for the HTLC."""
        query = {"request_type": "view_account", "finality": "optimistic", "account_id": self.htlc}
        return int(self.chain.rpc("query", query)["storage_usage"])

    # time

    def now(self) -> int:
        """Nanoseconds of the newest block."""
        block = self.chain.rpc("block", {"finality": "optimistic"})
        return int(block["header"]["timestamp_nanosec"])

    def time_of(self, outcome: Outcome, account: str | None = None) -> int:
        """Nanoseconds of the block in which the HTLC's first receipt ran."""
        wanted = account or self.htlc
        ran = next(each for each in outcome["receipts_outcome"] if each["outcome"]["executor_id"] == wanted)
        return int(self.chain.rpc("block", {"block_id": ran["block_hash"]})["header"]["timestamp_nanosec"])

    def pass_timelock(self, lock: Lock) -> None:
        """Go on to a second after the timelock, and after the retention from now."""
        end = max(lock.timelock + 1, self.now() // SECOND + RETENTION + 1)
        self.chain.advance_time(end - self.now() // SECOND)

    # laws

    def owed(self, token: str | None) -> int:
        """What the locks that are not paid out come to."""
        return sum(int(lock["amount"]) for lock in self.locks() if lock["token"] == token and lock["payout"] != "paid")

    def locks(self) -> list[dict[str, Json]]:
        """All locks, page by page."""
        count = self.view("get_locks_count")
        found: list[dict[str, Json]] = []
        while len(found) < count:
            found += self.view("get_locks", {"from_index": len(found), "limit": 40})
        return found

    def check_solvent(self) -> None:
        """The contract has all that it owes, and what it began with: neither deposits nor its own money pay locks."""
        deposits = sum(self.storage(account)[0] for account in (ALICE, BOB, CAROL, MALLORY, ATTACKER, TOKEN))
        assert self.chain.balance(self.htlc) >= self.own + self.owed(None) + deposits
        assert self.tokens(self.htlc) == self.owed(TOKEN)


def attackers_call(account: str, method: str, arguments: Json, tgas: int = 70, deposit: int = 0) -> dict[str, Json]:
    """A call as the attacker contract takes it."""
    return {
        "account_id": account,
        "method": method,
        "arguments": json.dumps(arguments),
        "deposit": str(deposit),
        "tgas": tgas,
    }


def errors(outcome: Outcome) -> str:
    """All failures of a transaction's receipts, and the refusals that were logged instead (of tokens), as text."""
    results = [each["outcome"]["status"] for each in outcome["receipts_outcome"]]
    failures = [status["Failure"] for status in results if "Failure" in status]
    return json.dumps([*failures, *(line for line in _logs(outcome) if line.startswith("ERR_"))])


def events(outcome: Outcome) -> list[dict[str, Json]]:
    """The NEP-297 events of all receipts, in order."""
    mark = "EVENT_JSON:"
    return [json.loads(line.removeprefix(mark)) for line in _logs(outcome) if line.startswith(mark)]


def _logs(outcome: Outcome) -> list[str]:
    return [line for each in outcome["receipts_outcome"] for line in each["outcome"]["logs"]]


def event_names(outcome: Outcome) -> list[str]:
    return [event["event"] for event in events(outcome)]


def build(chain: NearDevnet, htlc: str, hash_function: str) -> World:
    """Deploy an HTLC, and give the accounts that lock a storage deposit."""
    settings = {"hash_function": hash_function, "retention_seconds": RETENTION}
    chain.deploy(htlc, (ARTIFACTS / "htlc.wasm").read_bytes(), "new", settings)
    world = World(chain, htlc, chain.balance(htlc))
    for account in (ALICE, CAROL):
        chain.call(account, htlc, "storage_deposit", {}, 10 * NEAR)
    return world


def deploy_tokens(chain: NearDevnet) -> None:
    """The token, alice its owner with the whole supply, and the attacker."""
    supply = {"owner_id": ALICE, "total_supply": str(10**15), "metadata": METADATA}
    chain.deploy(TOKEN, (ARTIFACTS / "token.wasm").read_bytes(), "new", supply)
    chain.deploy(ATTACKER, (ARTIFACTS / "dev" / "attacker.wasm").read_bytes())
    for account in (HTLC, KECCAK, BOB):
        chain.call(ALICE, TOKEN, "storage_deposit", {"account_id": account}, NEAR)
