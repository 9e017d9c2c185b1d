"""JWTs: what is ours, and what is refused."""

from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from django.utils import timezone

from access.errors import InvalidCredentials
from access.tokens import token_issue, token_read

SECRET = "a secret of this test, of more than the sixty-four bytes that HS512 wants"
SCOPES = frozenset({"swaps:read", "quotes:read"})


@pytest.fixture(autouse=True)
def secret(settings: Any) -> None:
    settings.JWT_SECRET = SECRET


def claims(**changes: Any) -> dict[str, Any]:
    now = timezone.now()
    told = {"sub": "key:0", "aud": "1balancer", "iat": now, "exp": now + timedelta(minutes=5), "scopes": ["swaps:read"]}
    return {name: value for name, value in (told | changes).items() if value is not None}


def signed(told: dict[str, Any], secret: str = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(told, secret, algorithm=algorithm)


def test_a_token_says_whose_it_is_and_what_he_may_do() -> None:
    raw, seconds = token_issue(subject="key:0", scopes=SCOPES, now=timezone.now())
    read = token_read(raw)
    assert (read.subject, read.scopes, seconds) == ("key:0", SCOPES, 900)


def test_a_token_ends_after_a_quarter_of_an_hour() -> None:
    def issued(age: timedelta) -> str:
        return token_issue(subject="key:0", scopes=SCOPES, now=timezone.now() - age)[0]

    token_read(issued(timedelta(seconds=890)))
    with pytest.raises(InvalidCredentials):
        token_read(issued(timedelta(seconds=901)))


def unsigned() -> str:
    return jwt.encode(claims(exp=int((datetime.now() + timedelta(hours=1)).timestamp()), iat=0), None, algorithm="none")


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(
            lambda: signed(claims(), secret="another secret, which is just as long as the one of this test is"),
            id="forged",
        ),
        pytest.param(lambda: signed(claims(), algorithm="HS512"), id="another algorithm"),
        pytest.param(unsigned, id="none"),
        pytest.param(lambda: signed(claims(aud="somebody else")), id="audience"),
        pytest.param(lambda: signed(claims(aud=None)), id="no audience"),
        pytest.param(lambda: signed(claims(exp=None)), id="no expiry"),
        pytest.param(lambda: signed(claims(sub=None)), id="no subject"),
        pytest.param(lambda: signed(claims(iat=None)), id="no time of issue"),
        pytest.param(lambda: signed(claims(scopes=None)), id="no scopes"),
        pytest.param(lambda: signed(claims(scopes="*")), id="scopes as a text"),
        pytest.param(lambda: signed(claims(scopes=[1])), id="scopes of numbers"),
        pytest.param(lambda: "..", id="empty parts"),
        pytest.param(lambda: "a.b.c", id="noise"),
    ],
)
def test_a_token_that_is_not_ours_is_refused_without_saying_why(raw: Any) -> None:
    with pytest.raises(InvalidCredentials) as refused:
        token_read(raw())
    assert refused.value.detail == "Invalid token"


def test_the_token_of_the_test_itself_is_good() -> None:
    assert token_read(signed(claims())).scopes == {"swaps:read"}
