"""The browser that the other tests stand on: it sees what a person sees, and does not overlook what goes wrong."""

import asyncio
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session

pytestmark = pytest.mark.browser


def test_an_operator_is_logged_in(browsing: Any) -> None:
    page = browsing.open("/admin/")
    assert "/login" not in page.url
    assert get_user_model().objects.get().username == "superuser"  # the ORM works beside the browser


def test_nobody_is_asked_who_he_is(browsing: Any) -> None:
    page = browsing.open("/admin/", person=False)
    assert "/admin/login/" in page.url
    assert not Session.objects.exists()


async def test_an_asynchronous_test_runs_between() -> None:
    await asyncio.sleep(0)


def test_an_error_on_the_page_fails_the_test(browsing: Any) -> None:
    page = browsing.open("/admin/")
    page.evaluate("setTimeout(() => { throw new Error('a broken script') })")
    page.wait_for_timeout(50)
    page.goto(browsing.url + "/admin/nothing-there/")
    with pytest.raises(AssertionError) as caught:
        browsing.close()
    assert "a broken script" in str(caught.value)
    assert "/admin/nothing-there/: 404" in str(caught.value)
    browsing.problems.clear()
    browsing._contexts.clear()


def test_axe_finds_a_picture_without_words(browsing: Any) -> None:
    page = browsing.open("/admin/", phone=True)
    page.evaluate("document.querySelector('#main, body').insertAdjacentHTML('beforeend', '<img src=\"data:,\">')")
    with pytest.raises(AssertionError, match="image-alt"):
        browsing.assert_accessible(page)


def test_a_wide_page_is_noticed(browsing: Any) -> None:
    page = browsing.open("/admin/", phone=True)
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<div id=\"wide\"></div>')")
    page.evaluate("document.getElementById('wide').style.cssText = 'width: 900px; height: 1px'")
    with pytest.raises(AssertionError, match="px wide"):
        browsing.assert_no_sideways_scroll(page)
