"""The maker's page: it has a word for everything, its amounts are exact, and it offers a claim only of a public secret."""

import copy
import json
import shlex
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swaps.api.examples import ANSWERS
from swaps.evidence import Step
from swaps.reasons import Reason
from swaps.shapes.words import LegState, NextAction, SecretState, StepName, StepStatus
from swaps.status_page import words
from swaps.status_page.links import token_make, token_read
from swaps.status_page.page import ChainFacts, Page, page_of
from swaps.status_page.rescues import rescues_of
from swaps.status_page.writing import Coin, amount_text, duration, moment
from swaps.statuses import Status

NOW = datetime(2026, 11, 21, 12, 40, tzinfo=UTC)
CHAINS = {
    "base": ChainFacts("base", "evm", "8453", "", {"0x833589fcd6edb6e08f4c7c32d4f71b54bda02913": Coin("USDC", 6)}),
    "near": ChainFacts("near", "near", "mainnet", "", {"usdt.near": Coin("USDT", 6)}),
}
AMOUNTS = {"source": "1,000 USDC", "destination": "999 USDT"}


def page(**changes: Any) -> Page:
    document = {**ANSWERS["session"], **changes}
    return page_of(document, ANSWERS["rescue"], document["clock"], CHAINS, NOW)


@pytest.mark.parametrize(
    ("table", "known"),
    [
        (words.STATUSES, Status),
        (words.REASONS, Reason),
        (words.ACTIONS, get_args(NextAction)),
        (words.STEPS, get_args(StepName)),
        (words.STEP_STATES, get_args(StepStatus)),
        (words.SOURCE_STATES, get_args(LegState)),
        (words.DESTINATION_STATES, get_args(LegState)),
        (words.SECRETS, get_args(SecretState)),
        (words.TRANSACTIONS, Step),
    ],
)
def test_there_are_plain_words_for_each(table: dict[Any, Any], known: Any) -> None:
    assert set(table) == set(known)


@pytest.mark.parametrize("table", [words.STATUSES, words.REASONS, words.ACTIONS])
def test_they_speak_to_people(table: dict[Any, words.Words]) -> None:
    for said in table.values():
        assert said.title and said.text
        assert not set("`{}_") & set(said.title + said.text), said


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_a_page(status: Status) -> None:
    assert page(status=status).status is words.STATUSES[status]


@given(st.integers(min_value=0, max_value=10**60), st.integers(min_value=0, max_value=24))
def test_an_amount_is_exact(units: int, decimals: int) -> None:
    text, symbol = amount_text(str(units), Coin("X", decimals), "x").split(" ")
    whole, _, fraction = text.replace(",", "").partition(".")
    assert symbol == "X"
    assert int(whole + fraction.ljust(decimals, "0")) == units
    assert not fraction.endswith("0")


def test_an_unknown_token_is_shown_in_its_own_units() -> None:
    assert amount_text("1500", None, "0x" + "ab" * 20) == "1,500 units of 0xabababab…abababab"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3_725, "1 h 2 min"),
        (90_000, "1 day 1 h"),
        (200_000, "2 days 7 h"),
        (-5, "0 s"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds: int, text: str) -> None:
    assert duration(seconds) == text


def test_a_moment_is_utc_with_seconds() -> None:
    shown = moment("2026-11-21T14:37:45.000+01:00", NOW)
    assert shown is not None
    assert (shown.text, shown.ticking) == ("2026-11-21 13:37:45 UTC", "in 57 min 45 s")


def test_the_tag_names_everything_but_what_ticks() -> None:
    document = ANSWERS["session"]
    later = page_of(document, ANSWERS["rescue"], document["clock"], CHAINS, NOW.replace(minute=50))
    assert page().tag == later.tag
    assert page(seq=99).tag != later.tag


def test_secret_leak_a_claim_is_offered_only_once_the_secret_is_public() -> None:
    hidden = rescues_of(ANSWERS["rescue"], AMOUNTS, NOW)
    assert [one.id for one in hidden] == ["refund"]
    public = {**ANSWERS["rescue"], "secretIsPublic": True}
    assert [one.id for one in rescues_of(public, AMOUNTS, NOW)] == ["claim", "refund"]


def test_what_was_settled_is_not_offered_any_more() -> None:
    rescue = copy.deepcopy({**ANSWERS["rescue"], "secretIsPublic": True})
    rescue["legs"]["source"]["state"] = rescue["legs"]["destination"]["state"] = "claimed"
    assert rescues_of(rescue, AMOUNTS, NOW) == ()


def test_calls_are_ready_to_copy() -> None:
    rescue = copy.deepcopy({**ANSWERS["rescue"], "secretIsPublic": True})
    rescue["legs"]["destination"]["claim"]["call"]["networkId"] = "mainnet"
    claim, refund = rescues_of(rescue, AMOUNTS, NOW)
    evm, near = rescue["legs"]["source"]["refund"]["call"], rescue["legs"]["destination"]["claim"]["call"]
    assert {one.label: one.text for one in refund.fields} == {
        "Chain id": "1", "To": evm["to"], "Value": "0", "Data": evm["data"],
    }  # fmt: skip
    assert refund.command is not None and claim.command is not None
    assert shlex.split(refund.command.text)[:4] == ["cast", "send", evm["to"], evm["data"]]
    command = shlex.split(claim.command.text)
    assert json.loads(command[command.index("json-args") + 1]) == near["actions"][0]["args"]
    assert command[command.index("prepaid-gas") + 1] == "150 Tgas"
    assert not refund.available and refund.opens is not None
    assert claim.available and claim.opens is None


def test_where_the_contract_lets_nobody_act_the_page_says_so() -> None:
    rescue = copy.deepcopy(ANSWERS["rescue"])
    rescue["legs"]["source"] |= {"publicRefund": False}
    rescue["legs"]["source"]["refund"] |= {"reason": "1inch's own escrows let nobody act"}
    (refund,) = rescues_of(rescue, AMOUNTS, NOW)
    assert (refund.available, refund.opens, refund.reason) == (False, None, "1inch's own escrows let nobody act.")


# Links


@given(st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=24, max_size=24), st.integers(min_value=1, max_value=2**31))
def test_a_token_names_its_session_to_us_alone(name: str, number: int) -> None:
    token = token_make(f"sess_{name}", number)
    named = token_read(token)
    assert named is not None
    assert (named.session_id, named.number) == (f"sess_{name}", number)
    assert name not in token
    assert token == token_make(f"sess_{name}", number)
    assert token[:20] != token_make(f"sess_{name}", number + 1)[:20]


@given(st.data())
def test_no_token_but_ours_is_read(data: st.DataObject) -> None:
    token = token_make("sess_" + "a" * 24, 1)
    place = data.draw(st.integers(0, len(token) - 2))  # the last character holds bits that base64 leaves open
    other = data.draw(st.sampled_from("ABCDwxyz0189-_"))
    changed = token[:place] + other + token[place + 1 :]
    assert changed == token or token_read(changed) is None


def test_keys_are_changed_without_ending_links_until_the_old_one_is_taken_out(settings: Any) -> None:
    old, new = "old:" + "A" * 86 + "==", "new:" + "QUFB" * 21 + "QQ=="
    settings.STATUS_LINK_KEYS = old
    token = token_make("sess_" + "a" * 24, 1)
    settings.STATUS_LINK_KEYS = f"{new},{old}"
    assert token_read(token) is not None
    assert token_make("sess_" + "a" * 24, 1) != token
    settings.STATUS_LINK_KEYS = new
    assert token_read(token) is None
