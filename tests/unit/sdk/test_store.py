"""Where the Python SDK keeps secrets."""

import stat
from pathlib import Path

import pytest
from onebalancer import ConfigurationError, FileStore, MemoryStore, SwapRecord, hashlock_of, new_secret
from onebalancer.models import CreateSession

REQUEST: CreateSession = {
    "sourceChain": "base",
    "destinationChain": "near",
    "sourceToken": "0x" + "a0" * 20,
    "destinationToken": "usdt.near",
    "sourceAmount": "100",
    "destinationAmount": "101",
    "maker": "0x" + "b0" * 20,
    "taker": "alice.near",
    "slippageTolerance": 100,
}


def record(session_id: str = "sess_" + "a" * 24) -> SwapRecord:
    secret = new_secret()
    return SwapRecord(session_id, REQUEST, hashlock_of(secret, "sha256"), "sha256", secret)


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_a_store_gives_back_what_it_was_given(kind: str, tmp_path: Path) -> None:
    store = MemoryStore() if kind == "memory" else FileStore(tmp_path / "swaps")
    kept = record()
    assert store.get(kept.session_id) is None
    store.put(kept)
    assert store.get(kept.session_id) == kept
    later = kept.with_source_terms({"salt": "00"})
    store.put(later)
    assert store.get(kept.session_id) == later


def test_nobody_else_can_read_a_file_with_a_secret(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "swaps")
    store.put(record())
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (store.folder, *store.folder.iterdir())]
    assert modes == [0o700, 0o600]


def test_an_id_is_no_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not the id of a session"):
        FileStore(tmp_path).put(record("sess_/../../elsewhere"))


def test_secret_leak__a_record_does_not_show_its_secret() -> None:
    kept = record()
    assert kept.secret[2:] not in repr(kept)
    with pytest.raises(ConfigurationError) as raised:
        hashlock_of(kept.secret + "00", "sha256")
    assert kept.secret[2:] not in str(raised.value)


def test_secrets_are_fresh_and_hash_as_both_kinds_of_contracts_do() -> None:
    assert new_secret() != new_secret()
    zeros = "0x" + "00" * 32
    assert hashlock_of(zeros, "sha256") == "0x66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
    assert hashlock_of(zeros, "keccak256") == "0x290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563"


def test_the_least_is_rounded_up() -> None:
    assert record().minimum_destination_amount == 100  # 99.99
