"""The rescue program's rules, its receipt's signature, its command line: without a chain."""

import ast
import json
import os
import subprocess
import sys
import urllib.error
import zipapp
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from onebalancer_rescue.cli import main
from onebalancer_rescue.errors import BadInput, ChainTrouble, NodeRefused, NotYet, RescueError, Unsafe
from onebalancer_rescue.evm_node import EvmNode
from onebalancer_rescue.keys import key_read, readable_by_others, secret_read
from onebalancer_rescue.locks import ChainTime, Lock, hash_of
from onebalancer_rescue.plan import Seen, claim_action, public_secret, refund_action, warnings_before_claim
from onebalancer_rescue.receipt import Leg, Receipt, receipt_read
from onebalancer_rescue.rpc import Node
from onebalancer_rescue.words import moment, span

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "sdk" / "rescue"
SECRET = bytes(range(32))
HASHLOCK = hash_of(SECRET, "sha256")
KEY = Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)
OPENS, EXPIRES, BACK = 1000, 2000, 2500

LEG = Leg(
    side="destination",
    chain="near",
    family="near",
    network_id="testnet",
    contracts={"htlc": "htlc.near"},
    token="near",
    native=True,
    amount=5,
    payee="alice.near",
    refundee="us.near",
    public_claim=True,
    public_refund=True,
    finality="final",
    stages={},
    terms={},
    lock=None,
)
SOURCE = replace(LEG, side="source", chain="base", payee="us", refundee="maker")
RECEIPT = Receipt("sess_x", "2026", 0, "maker", "sha256", HASHLOCK, 100, SOURCE, LEG, "k", "00" * 32)
LOCK = Lock("lock", 900, OPENS, EXPIRES, BACK, "locked", final=True)


def seen(lock: Lock = LOCK, head: int = 1500, wall: int = 0, leg: Leg = LEG) -> Seen:
    return Seen(leg, [lock], ChainTime(head, head), wall)


def claim(view: Seen, *, public: bool = False, accept_risk: bool = False) -> str | None:
    return claim_action(RECEIPT, view, view.locks[0], public=public, accept_risk=accept_risk)


# Rules


def test_a_claim_in_its_window() -> None:
    assert claim(seen()) == "claim"
    assert claim(seen(head=OPENS)) == "claim"
    with pytest.raises(NotYet) as early:
        claim(seen(head=OPENS - 1))
    assert early.value.opens_at == OPENS


@pytest.mark.parametrize(("head", "wall"), [(1900, 0), (1500, 1900)])
def test_time_left_is_judged_by_the_later_clock(head: int, wall: int) -> None:
    """With as much left as the receipt's margin, or less, no secret leaves."""
    with pytest.raises(Unsafe, match="expires in 1 min 40 s"):
        claim(seen(head=head, wall=wall))
    assert claim(seen(head=head - 1, wall=wall - 1 if wall else 0)) == "claim"
    assert claim(seen(head=head, wall=wall), accept_risk=True) == "claim"
    assert claim(seen(head=head, wall=wall), public=True) == "claim"


def test_an_expired_lock_is_never_claimed() -> None:
    with pytest.raises(Unsafe, match="expired"):
        claim(seen(head=EXPIRES), accept_risk=True)


def test_a_lock_that_is_not_final_keeps_the_secret() -> None:
    with pytest.raises(NotYet, match="not final"):
        claim(seen(replace(LOCK, final=False)), accept_risk=True)


def test_a_refunded_lock_keeps_the_secret() -> None:
    with pytest.raises(Unsafe, match="stays secret"):
        claim(seen(replace(LOCK, state="refunded")))


def test_the_source_is_claimed_last() -> None:
    with pytest.raises(Unsafe, match="destination first"):
        claim(seen(leg=SOURCE))
    assert claim(seen(leg=SOURCE), public=True) == "claim"


@pytest.mark.parametrize(("state", "unpaid", "action"), [("claimed", False, None), ("claimed", True, "pay")])
def test_what_is_settled_is_only_paid(state: str, unpaid: bool, action: str | None) -> None:
    assert claim(seen(replace(LOCK, state=state, unpaid=unpaid))) == action


def test_a_refund_from_its_time_on() -> None:
    assert refund_action(seen(head=BACK), LOCK) == "refund"
    with pytest.raises(NotYet, match="1970-01-01T00:41:40Z"):
        refund_action(seen(head=BACK - 1), LOCK)
    assert refund_action(seen(head=BACK), replace(LOCK, state="refunded")) is None
    assert refund_action(seen(head=BACK), replace(LOCK, state="refunded", unpaid=True)) == "pay"


def test_closed_contracts_are_told() -> None:
    closed = replace(LEG, public_claim=False, public_refund=False)
    with pytest.raises(Unsafe, match="access token"):
        claim(seen(leg=closed))
    with pytest.raises(Unsafe, match="access token"):
        refund_action(seen(head=BACK, leg=closed), LOCK)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (None, "not looked at"),
        (replace(LOCK, state="refunded"), "does not stand (refunded)"),
        (replace(LOCK, final=False), "not final"),
        (replace(LOCK, claim_until=1550), "may not make it"),
    ],
    ids=["unseen", "gone", "not final", "short"],
)
def test_a_source_that_is_not_safe_is_warned_of(source: Lock | None, words: str) -> None:
    other = seen(source, leg=SOURCE) if source else None
    assert words in warnings_before_claim(RECEIPT, other, "base")[0]


def test_a_safe_source_needs_no_warning() -> None:
    assert warnings_before_claim(RECEIPT, seen(leg=SOURCE), "base") == []


def test_a_public_secret_is_believed_only_if_it_opens_the_hashlock() -> None:
    assert public_secret(RECEIPT, [seen(replace(LOCK, secret=b"\0" * 32))]) is None
    assert public_secret(RECEIPT, [seen(), seen(replace(LOCK, secret=SECRET))]) == SECRET


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (90_061, "1 d 1 h"), (-5, "0 s")]
)
def test_spans(seconds: int, text: str) -> None:
    assert span(seconds) == text
    assert moment(0) == "1970-01-01T00:00:00Z"


# Receipts


def document() -> dict[str, Any]:
    leg = {"chain": "near", "family": "near", "networkId": "x", "contracts": {}, "token": "near", "native": True}
    leg |= {"amount": "5", "payee": "a", "refundee": "b", "publicClaim": True, "publicRefund": True}
    leg |= {"finality": "final", "stages": {}, "terms": {}, "lock": None}
    return {
        "type": "1balancer.receipt",
        "version": 1,
        "sessionId": "sess_ü",
        "issuedAt": "2026-01-01T00:00:00Z",
        "createdAtSeconds": 1,
        "custody": "maker",
        "hashFunction": "sha256",
        "hashlock": "0x" + HASHLOCK.hex(),
        "margins": {"reveal": 100},
        "legs": {"source": leg, "destination": leg},
    }


def written(folder: Path, content: dict[str, Any], *, sign: bool = True) -> Path:
    """A receipt file; `sign` False leaves what is given as the signature."""
    if sign:
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        public = KEY.public_key().public_bytes_raw().hex()
        value = KEY.sign(text).hex()
        content = {**content, "signature": {"algorithm": "Ed25519", "keyId": "k", "publicKey": public, "value": value}}
    path = folder / "receipt.json"
    path.write_text(json.dumps(content, indent=2))  # order and white space of the file do not matter
    return path


def test_a_right_receipt(tmp_path: Path) -> None:
    public = KEY.public_key().public_bytes_raw().hex()
    for service_key in (None, public, "0x" + public.upper()):
        assert receipt_read(written(tmp_path, document()), service_key).session_id == "sess_ü"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"type": "other"}, "not a receipt"),
        ({"version": 2}, "version 2"),
        ({"hashFunction": "md5"}, "hashFunction"),
        ({"hashlock": "0x12"}, "hashlock"),
        ({"legs": {}}, "source"),
        ({"margins": {}}, "reveal"),
        ({"createdAtSeconds": "soon"}, "soon"),
    ],
)
def test_a_receipt_that_is_signed_and_wrong(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        receipt_read(written(tmp_path, document() | change), None)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sessionId": "sess_other"}, "was changed"),
        ({"extra": 1}, "was changed"),
        ({"signature": None}, "no Ed25519 signature"),
        ({"signature": {"algorithm": "none"}}, "no Ed25519 signature"),
        ({"signature": {"algorithm": "Ed25519", "publicKey": "zz"}}, "public key"),
        ({"signature": {"algorithm": "Ed25519", "publicKey": "00" * 32, "value": "00" * 64}}, "was changed"),
    ],
)
def test_a_receipt_whose_signature_is_wrong(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    content = json.loads(written(tmp_path, document()).read_text())
    with pytest.raises(BadInput, match=words):
        receipt_read(written(tmp_path, content | change, sign=False), None)


def test_a_receipt_of_another_service(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="do not trust"):
        receipt_read(written(tmp_path, document()), "11" * 32)


@pytest.mark.parametrize("text", ["", "[]", "{", "\u0000"])
def test_a_receipt_that_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "receipt.json"
    path.write_text(text)
    with pytest.raises(BadInput):
        receipt_read(path, None)


# Files and the command line


def test_a_wrong_secret_is_named_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("0x" + SECRET.hex() + "\n")
    assert secret_read(path, RECEIPT) == SECRET
    for text in ("ab" * 32, "ab" * 31, "not hex" * 10):
        path.write_text(text)
        with pytest.raises(BadInput) as refused:
            secret_read(path, RECEIPT)
        assert text not in str(refused.value)


def test_an_evm_key_that_is_none_is_named_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "key"
    for text in ("0x" + "00" * 32, "ff" * 32, "ab" * 31, "seed phrase of many words"):
        path.write_text(text)
        with pytest.raises(BadInput) as refused:
            key_read(path, "evm", None)
        assert text not in str(refused.value)
        assert refused.value.__suppress_context__  # no traceback shows it either


def test_a_key_that_others_can_read_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.touch(0o600)
    assert not readable_by_others(path)
    path.chmod(0o644)
    assert readable_by_others(path)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["status"], "no --rpc was given"),
        (["status", "--rpc", "near"], "CHAIN=URL"),
        (["status", "--rpc", "mars=http://127.0.0.1:1"], "chains are near"),
        (["status", "--rpc", "near=file:///etc/passwd"], "http://"),
        (["refund", "--rpc", "near=http://127.0.0.1:1"], "--key-file is needed"),
        (["claim", "--secret-file", "/nonexistent"], "cannot be read"),
    ],
)
def test_a_wrong_command_line_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    line = [*words, "--receipt", str(written(tmp_path, document()))]
    assert main(line) == BadInput.status
    assert told in capsys.readouterr().err


def test_a_nodes_nonsense_is_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Node, "call", lambda *_: {"surprise": 1})
    line = ["status", "--receipt", str(written(tmp_path, document())), "--rpc", "near=http://127.0.0.1:1"]
    assert main(line) == RescueError.status
    assert "cannot be understood" in capsys.readouterr().err


# Nodes


def node_that(monkeypatch: pytest.MonkeyPatch, *answers: bytes | Exception) -> Node:
    """A node whose answers are these, in turn; nobody waits between attempts."""
    left = list(answers)

    def answer(*_: Any, **__: Any) -> Any:
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return BytesIO(given)

    monkeypatch.setattr("onebalancer_rescue.rpc.urllib.request.urlopen", answer)
    monkeypatch.setattr("onebalancer_rescue.rpc.time.sleep", lambda _: None)
    return Node("base", "http://127.0.0.1:1/secret-api-key")


def test_a_node_that_stumbles_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert node_that(monkeypatch, TimeoutError(), b'{"result": 5}').call("m", []) == 5
    refusal = urllib.error.HTTPError("url", 500, "", None, BytesIO(b'{"error": {"message": "no"}}'))  # type: ignore[arg-type]
    with pytest.raises(NodeRefused, match="no"):
        node_that(monkeypatch, refusal).call("m", [])
    busy = [urllib.error.HTTPError("url", 429, "", None, BytesIO(b"slow down")) for _ in range(9)]  # type: ignore[arg-type]
    with pytest.raises(ChainTrouble, match="HTTP 429") as trouble:
        node_that(monkeypatch, *busy).call("m", [])
    assert "secret-api-key" not in str(trouble.value)


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"{}", b"5"])
def test_a_node_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    with pytest.raises(ChainTrouble, match="not JSON"):
        node_that(monkeypatch, answer).call("m", [])


def test_logs_are_asked_for_in_spans_that_the_node_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    spans: list[tuple[int, int]] = []

    def call(_: Node, method: str, params: list[dict[str, str]]) -> list[dict[str, int]]:
        start, end = int(params[0]["fromBlock"], 16), int(params[0]["toBlock"], 16)
        if end - start >= 1000:
            raise NodeRefused("too many blocks", {})
        spans.append((start, end))
        return [{"block": start}]

    monkeypatch.setattr(Node, "call", call)
    found = list(EvmNode(Node("base", "http://x")).logs("0x", [], 100, 2000))
    assert spans[0][0] == 100
    assert spans[-1][1] == 2000
    assert all(after[0] == before[1] + 1 for before, after in pairwise(spans))
    assert len(found) == len(spans)


# Stands alone


def test_it_imports_nothing_of_the_service() -> None:
    allowed = {*sys.stdlib_module_names, "onebalancer_rescue", "cryptography", "eth_account", "eth_hash"}
    for path in FOLDER.rglob("*.py"):
        for item in ast.walk(ast.parse(path.read_text())):
            if isinstance(item, ast.ImportFrom):
                names = [item.module or ""]
            else:
                names = [alias.name for alias in item.names] if isinstance(item, ast.Import) else []
            assert {name.split(".")[0] for name in names} <= allowed, path


def test_it_runs_from_one_file(tmp_path: Path) -> None:
    """As the README makes it."""
    target = tmp_path / "rescue.pyz"
    zipapp.create_archive(FOLDER, target, main="rescue:run", filter=lambda path: "__pycache__" not in path.parts)
    line = [sys.executable, str(target), "status", "--receipt", "nowhere"]
    ran = subprocess.run(line, capture_output=True, text=True, cwd=tmp_path, env={"PATH": os.defpath}, check=False)
    assert (ran.returncode, "cannot be read" in ran.stderr) == (BadInput.status, True)
