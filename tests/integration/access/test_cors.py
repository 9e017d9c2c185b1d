"""What a page of another origin may send and see."""

from typing import Any

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("limits")]
APP, EVIL = "https://app.example", "https://evil.example"
SENT = "authorization,x-api-key,idempotency-key,if-none-match,content-type"


@pytest.fixture(autouse=True)
def origins(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]


def preflight(client: Client, origin: str, method: str = "POST") -> Any:
    return client.options(
        "/api/v1/sessions",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": SENT,
        },
    )


def test_a_preflight_of_an_allowed_origin(client: Client) -> None:
    answer = preflight(client, APP)
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (200, APP)
    allowed = {name.strip() for name in answer["Access-Control-Allow-Headers"].split(",")}
    assert set(SENT.split(",")) <= allowed
    assert {"GET", "POST", "PATCH", "DELETE"} <= {
        word.strip() for word in answer["Access-Control-Allow-Methods"].split(",")
    }
    assert answer["Access-Control-Max-Age"] == "7200" and "origin" in answer["Vary"].lower()
    assert "RateLimit" not in answer.headers  # browsers ask by themselves: it counts for nobody


def test_another_origin_is_told_nothing(client: Client) -> None:
    assert "Access-Control-Allow-Origin" not in preflight(client, EVIL).headers
    assert "Access-Control-Allow-Origin" not in client.get("/api/v1/version", headers={"Origin": EVIL}).headers


def test_a_page_sees_the_headers_that_clients_need_also_on_a_refusal(client: Client) -> None:
    answer = client.get("/api/v1/version", headers={"Origin": APP})
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (401, APP)
    seen = {name.strip() for name in answer["Access-Control-Expose-Headers"].split(",")}
    assert {"RateLimit", "RateLimit-Policy", "Retry-After", "ETag", "Idempotent-Replayed", "Link"} <= seen
    assert "RateLimit" in answer.headers


def test_cookies_are_not_asked_for_unless_the_settings_say_so(client: Client, settings: Any) -> None:
    assert "Access-Control-Allow-Credentials" not in preflight(client, APP).headers
    settings.CORS_ALLOW_CREDENTIALS = True
    assert preflight(client, APP)["Access-Control-Allow-Credentials"] == "true"
