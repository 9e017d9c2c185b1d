"""Key and secret files."""

import json
from pathlib import Path

from onebalancer_rescue.errors import BadInput
from onebalancer_rescue.evm_sending import EvmKey
from onebalancer_rescue.locks import hash_of
from onebalancer_rescue.near_codec import NearKey
from onebalancer_rescue.receipt import Receipt, unhex

OPEN_TO_OTHERS = 0o077


def key_read(path: Path, family: str, account: str | None) -> EvmKey | NearKey:
    """An EVM key (hex), or a NEAR key: near-cli's credentials file, or `ed25519:…` with `account`. Raises `BadInput`."""
    text = _text(path, "--key-file").strip()
    if family == "evm":
        return EvmKey(text)
    if text.startswith("{"):
        try:
            credentials = json.loads(text)
            return NearKey(account or str(credentials["account_id"]), str(credentials["private_key"]))
        except (ValueError, KeyError):
            raise BadInput(f"{path} has no account_id and private_key: it is no near-cli credentials file") from None
    if account is None:
        raise BadInput("--account is needed: the key file names no NEAR account")
    return NearKey(account, text)


def secret_read(path: Path, receipt: Receipt) -> bytes:
    """The maker's secret: 32 bytes in hex. Raises `BadInput` when it does not open the receipt's hashlock."""
    secret = unhex(_text(path, "--secret-file"), 32, "the secret")
    if hash_of(secret, receipt.hash_function) != receipt.hashlock:
        raise BadInput(f"the secret does not open the receipt's hashlock (by {receipt.hash_function})")
    return secret


def readable_by_others(path: Path) -> bool:
    """Whether other users of the machine may read a file."""
    return bool(path.stat().st_mode & OPEN_TO_OTHERS)


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{name}: {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadInput(f"{name}: {path} is not text") from None
