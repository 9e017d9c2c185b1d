"""The console with 100,000 swaps in the database: its first page is there within half a second; every list, every search and
the page of a row within 300 ms.

What is measured is work (see `pages.worked`): whatever else keeps the machine busy does not fail the test.
"""

import sys
from collections.abc import Callable

import pytest
from django.test import Client

from balancer.console.survey import forget, snapshot
from swaps.models import SwapSession
from tests.crowd import crowd_make
from tests.integration.console.pages import lists, seen_whole, session_lists, session_pages, single_pages, worked

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("chains"), pytest.mark.timeout(900)]
COUNT = 100_000
FIRST_PAGE_SECONDS, PAGE_SECONDS = 0.5, 0.3


def test_the_console_with_a_hundred_thousand_swaps(
    db: None, operator: Callable[..., Client], capsys: pytest.CaptureFixture[str]
) -> None:
    crowd = crowd_make(COUNT, active=1_000)
    assert SwapSession.objects.count() == COUNT
    seen_whole()
    viewer, superuser = operator("viewer"), operator()
    viewer.get("/admin/")  # templates are read once
    cold = min(worked(viewer, "/admin/", forget) for _ in range(5))
    warm = min(worked(viewer, "/admin/", snapshot) for _ in range(5))
    pages = [*lists(), *single_pages(), *session_lists(crowd), *session_pages(crowd)]
    found = {path: min(worked(superuser, path) for _ in range(3)) for path in pages}
    slowest = sorted(found, key=found.__getitem__, reverse=True)[:8]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{COUNT} swaps, first page: {cold * 1000:.0f} ms drawn anew, {warm * 1000:.0f} ms drawn lately\n"
        )
        sys.stdout.writelines(f"{found[path] * 1000:6.0f} ms {path}\n" for path in slowest)
    assert cold < FIRST_PAGE_SECONDS
    assert warm < FIRST_PAGE_SECONDS / 2
    assert not {path: seconds for path, seconds in found.items() if seconds > PAGE_SECONDS}
