"""Whatever proves something is taken out of what we tell, however deep it lies and however it is written."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.redaction import REDACTED, redacted, scrubbed
from tests.e2e.canary import forms_of, leaks

SECRET = bytes((17 * number + 131) % 256 for number in range(32))
KEY = "AbCdEf0123456789AbCdEf0123456789"
NAMES = st.sampled_from(
    ["secret", "apiKey", "private_key", "Authorization", "password", "rawTransaction", "X-API-Key", "cookie"]
)
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=12))


def nested(leaf: Any) -> Any:
    """The leaf somewhere in dicts and lists, beside harmless things."""
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds(lambda one, other: [other, one], inner, PLAIN),
            st.builds(
                lambda name, one, other: {"a": other, name: one}, st.sampled_from(["b", "data", "tx_of"]), inner, PLAIN
            ),
            st.builds(lambda one: (one,), inner),
        ),
        max_leaves=4,
    )


@given(st.data())
def test_secret_leak_what_a_field_s_name_gives_away_is_hidden_at_any_depth(data: st.DataObject) -> None:
    planted = data.draw(nested(st.builds(lambda name: {name: "planted-9c1f"}, NAMES)))
    assert "planted-9c1f" not in repr(redacted(planted))


@pytest.mark.parametrize(
    "form", sorted(forms_of(SECRET).keys() - {"raw", "spaced list", "integer", "little integer", "base58"})
)
def test_secret_leak_thirty_two_bytes_are_hidden_in_text(form: str) -> None:
    text = forms_of(SECRET)[form].decode("latin-1")
    if "shifted" in form:
        text = (base64.urlsafe_b64encode if "url" in form else base64.b64encode)(SECRET).decode()
    if form == "repr":
        text = repr(SECRET)
    told = scrubbed(f"the value {text} was refused")
    assert not leaks({"text": told.encode()}, {"planted": SECRET}), told


@given(st.data())
def test_secret_leak_bytes_are_hidden_as_bytes_as_numbers_and_as_text(data: st.DataObject) -> None:
    forms = st.sampled_from(
        [SECRET, [*SECRET], SECRET.hex(), "0x" + SECRET.hex(), base64.b64encode(SECRET).decode(), repr(SECRET)]
    )
    planted = data.draw(nested(forms))
    told = json.dumps(redacted(planted, name="data"), default=repr).encode()
    assert not leaks({"told": told}, {"planted": SECRET}), told


@pytest.mark.parametrize(
    ("written", "proof"),
    [
        ("connecting to postgres://us:hunter-two@db.internal:5432/swaps failed", "hunter-two"),
        ("redis://:hunter-two@cache/0", "hunter-two"),
        (f"POST https://mainnet.infura.io/v3/{KEY} answered 429", KEY),
        (f"wss://base.g.alchemy.com/v2/{KEY}?x=1", KEY),
        (f"HTTPSConnectionPool(host='x', port=443): https://rpc.ankr.com/eth/{KEY}", KEY),
        ("https://api.example.org/prices?apikey=zq8-1&ids=near", "zq8-1"),
        ("slack://TokenAxxxx/TokenBxxxx/TokenCxxxx", "TokenB"),
        ("tgram://123456:abcdef/-100", "abcdef"),
        ("mailtos://operator:hunter-two@example.org?smtp=x", "hunter-two"),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "JHMHI8"),
        ("Authorization: Bearer zzzz-zzzz-zzzz", "zzzz-zzzz"),
        ("1b_0123456789ab_" + "k" * 43, "kkkk"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl", "eyJzdWIi"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8"),
        ("ed25519:" + "4" * 88, "4" * 20),
        ('{"password": "hunter-two"}', "hunter-two"),
        ("GET /swap/B8x0qp4i4_sGDVtpJEzU9jlGOwBTFW-g53g0c95BTPNrySQ6wuL81kw02ewQAL4BEw/part", "B8x0qp4i4"),
        ("DETAIL: Key (hashlock, secret)=(1, hunter-two-secret)", "hunter-two-secret"),
        ("DETAIL: Failing row contains (7, hunter-two, null).", "hunter-two"),
        ("INSERT INTO x VALUES ('\\x" + SECRET.hex() + "')", SECRET.hex()),
    ],
)
def test_secret_leak_text_of_libraries_is_scrubbed(written: str, proof: str) -> None:
    assert proof in written
    assert proof not in scrubbed(written), scrubbed(written)


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:8545 does not answer",
        "https://swaps.example.org/api/v1/sessions/sess_fm4levsr4ig7dilhychkzmnn/rescue",
        "0x742d35cc6634c0532925a3b844bc9e7595f2bd4e sent 1000, 20, 30 and waits",
        "source_lock on base: nonce 5 was taken",
        "sess_fm4levsr4ig7dilhychkzmnn source_lock",
    ],
)
def test_what_one_reads_logs_for_stays(text: str) -> None:
    assert scrubbed(text) == text


def test_hashes_stay_where_hashes_belong() -> None:
    value = "0x" + SECRET.hex()
    told = redacted({"tx": value, "txHash": value, "hashlock": value, "data": value, "error": f"bad {value}"})
    assert told["tx"] == told["txHash"] == told["hashlock"] == value
    assert (told["data"], told["error"]) == ("[hex]", "bad [hex]")


def test_what_cannot_be_told_is_named() -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("no words")

    deep: Any = "planted"
    for _ in range(20):
        deep = [deep]
    assert redacted(Broken()) == "[Broken: RuntimeError]"
    assert "planted" not in repr(redacted(deep))
    assert redacted(ValueError(f"secret: {SECRET.hex()}")) == f"secret: {REDACTED}"
