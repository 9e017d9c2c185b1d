"""Operators before the admin's pages of actions: people, their clicks, and clicks at one moment."""

import re
import threading
from collections.abc import Callable
from html import unescape
from typing import Any

from constance.test import override_config
from django.contrib.auth.models import Permission, User
from django.db import connections
from django.test import Client

from access.actions.forms import ask_url, bulk_url
from swaps.models import SwapSession

OPERATOR = ("refund_session", "view_swapsession", "view_proposal", "propose_actions", "execute_actions")
TWO = override_config(FOUR_EYES_ABOVE_USD=0)


def person(name: str, *more: str) -> Client:
    """The browser of somebody who may refund, and what else is named."""
    user = User.objects.create_user(name, password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=(*OPERATOR, *more)))
    client = Client()
    client.force_login(user)
    return client


def ask(client: Client, session: SwapSession, **fields: str) -> Any:
    """The form of a refund, as its page hands it back."""
    form = {"subject": session.pk, "reason": "the maker asked", "confirmed": "yes", **fields}
    return client.post(ask_url("session.refund", session.pk), form)


def shown_at(client: Client, url: str) -> dict[str, str]:
    """By what a form of several says which calls were shown."""
    found = re.findall(r'name="(seen:[^"]+)" value="([^"]+)"', client.get(url).content.decode())
    return {unescape(name): digest for name, digest in found}


def together(client: Client, chosen: list[str], **fields: str) -> dict[str, Any]:
    """The form of several at once as its page hands it back, and its address."""
    url = bulk_url("session.refund", chosen)
    return {
        "path": url,
        "data": {
            "subject": chosen,
            "reason": "stuck",
            "confirmed": "yes",
            "token": "c" * 32,
            **shown_at(client, url),
            **fields,
        },
    }


def send(client: Client, form: dict[str, Any]) -> Any:
    """A form of `together`, sent."""
    return client.post(**form)


def at_once(*clicks: Callable[[], Any]) -> list[Any]:
    """What each of these calls gave, started at the same moment."""
    start, answers = threading.Barrier(len(clicks)), []

    def run(click: Callable[[], Any]) -> None:
        start.wait(20)
        try:
            answers.append(click())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(click,)) for click in clicks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), "they wait for each other"
    return answers
