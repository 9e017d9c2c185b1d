"""The maker's secret: made here, kept here."""

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal, Protocol

from eth_utils.crypto import keccak

from onebalancer.errors import ConfigurationError
from onebalancer.models import CreateSession, Receipt

HashFunction = Literal["sha256", "keccak256"]
BPS = 10_000


def new_secret() -> str:
    """A fresh secret: 0x and 64 digits, from the system's cryptographic random numbers."""
    return "0x" + os.urandom(32).hex()


def hashlock_of(secret: str, hash_function: HashFunction) -> str:
    """The hashlock of a secret: 0x and 64 digits. Raises `ConfigurationError`, which does not show it."""
    if not re.fullmatch(r"0x[0-9a-fA-F]{64}", secret):
        raise ConfigurationError("a secret is 32 bytes: 0x and 64 hexadecimal digits")
    raw = bytes.fromhex(secret[2:])
    return "0x" + (hashlib.sha256(raw).digest() if hash_function == "sha256" else bytes(keccak(raw))).hex()


@dataclass(frozen=True)
class SwapRecord:
    """One swap as its maker asked for it and keeps it: what everything is checked against, and no answer of the service's.

    Who has this record can claim the destination, and refund without the service. `source_terms`: those of our own lock,
    as we checked them before it was sent.
    """

    session_id: str
    request: CreateSession
    hashlock: str
    hash_function: HashFunction
    secret: str = field(repr=False)
    receipt: Receipt | None = field(default=None, repr=False)
    source_terms: dict[str, str] | None = None

    def with_receipt(self, receipt: Receipt) -> "SwapRecord":
        """The same with the receipt."""
        return replace(self, receipt=receipt)

    def with_source_terms(self, terms: dict[str, str]) -> "SwapRecord":
        """The same with the terms of our lock."""
        return replace(self, source_terms=terms)

    @property
    def minimum_destination_amount(self) -> int:
        """The least that may be locked for the taker: what was asked for, less the slippage, rounded up. Base units."""
        asked = int(self.request["destinationAmount"])
        return -(-asked * (BPS - self.request.get("slippageTolerance", 0)) // BPS)


class SwapStore(Protocol):
    """Where records are kept."""

    def get(self, session_id: str) -> SwapRecord | None:
        """The record, if it is there."""

    def put(self, record: SwapRecord) -> None:
        """Keep it, in the place of an older one."""


class MemoryStore:
    """Forgets with the process: the locks of its swaps are then refunded at their expiry."""

    def __init__(self) -> None:
        self._records: dict[str, SwapRecord] = {}

    def get(self, session_id: str) -> SwapRecord | None:
        """See `SwapStore`."""
        return self._records.get(session_id)

    def put(self, record: SwapRecord) -> None:
        """See `SwapStore`."""
        self._records[record.session_id] = record


class FileStore:
    """A file for each swap in a folder, which nobody else can read."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def get(self, session_id: str) -> SwapRecord | None:
        """See `SwapStore`."""
        try:
            return SwapRecord(**json.loads(self._path(session_id).read_text()))
        except FileNotFoundError:
            return None

    def put(self, record: SwapRecord) -> None:
        """See `SwapStore`. Written aside, synced and renamed: a crash leaves the old one or the new one."""
        path = self._path(record.session_id)
        aside = path.with_suffix(".new")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(record), file)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)

    def _path(self, session_id: str) -> Path:
        if not re.fullmatch(r"sess_[a-z0-9]+", session_id):
            raise ConfigurationError(f"{session_id!r} is not the id of a session")
        return self.folder / f"{session_id}.json"
