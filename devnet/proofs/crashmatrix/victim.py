"""The process that dies: `python -m devnet.proofs.crashmatrix.victim SOCKET`.

It loads the product once and then makes a child for every connection to its socket: a process of its own, with connections
of its own, in ten milliseconds instead of two seconds. Each child obeys one JSON command a line until it is killed.
"""

import gc
import json
import os
import signal
import socket
import sys
import traceback
from typing import Any

from devnet.proofs.crashmatrix.observer import Observer

Document = dict[str, Any]
BACKLOG = 8


class Victim:
    """One life of the service: what a command says is done by the product's own code."""

    def __init__(self) -> None:
        from devnet.proofs.crashmatrix import hooks
        from devnet.proofs.crashmatrix.points import Counter

        self.counter = Counter()
        hooks.install(self.counter)

    def obey(self, command: Document) -> Document:
        """Carry out one command; its answer always tells what the service knows."""
        from devnet.proofs.crashmatrix.clock import clock

        clock.set(command["now"])
        self.counter.command += 1
        self.counter.act = command.get("act", "")
        answer: Document = getattr(self, f"do_{command['do']}")(command) or {}
        return answer

    def do_begin(self, command: Document) -> None:
        """Start up as the service does. With `counts`, points count from now on; with `record`, they are described."""
        from devnet.proofs.crashmatrix.engine import Engine
        from devnet.proofs.crashmatrix.plants import plant

        if command.get("plant"):
            plant(command["plant"])
        self.engine = Engine()
        if command.get("counts"):
            self.engine.turn(jobs=False)
        if command.get("record"):
            self.counter.observe = Observer(os.environ["DATABASE_URL"], digests=command["record"] == "digest")
        kill_at = command.get("kill_at")
        self.counter.kill_at = tuple(kill_at) if isinstance(kill_at, list) else kill_at  # as JSON leaves a place
        self.counter.is_on = bool(command.get("counts"))

    def do_post(self, command: Document) -> Document:
        """A client's request, by the whole of the web's own stack."""
        from django.test import Client

        headers = {"Authorization": f"Bearer {command['api_key']}"}
        if command.get("key"):
            headers["Idempotency-Key"] = command["key"]
        response = Client(raise_request_exception=False).post(
            f"/api/v1{command['path']}",
            data=json.dumps(command["body"]),
            content_type="application/json",
            headers=headers,
        )
        return {"status_code": response.status_code, "body": json.loads(response.content or b"{}")}

    def do_refund(self, command: Document) -> None:
        """An operator orders a refund."""
        from swaps.services.refunds import refund_request

        refund_request(session_id=command["session"], actor="operator", reason="the proof wants it back")

    def do_watch(self, command: Document) -> None:
        """The watchers alone: no worker is up."""
        self.engine.turn(jobs=False)

    def do_turn(self, command: Document) -> None:
        """Everything the service does at this moment."""
        self.engine.turn()

    def do_points(self, command: Document) -> Document:
        """What was passed so far."""
        return {"points": [point.to_json() for point in self.counter.points], "passed": self.counter.passed}

    def state(self) -> Document:
        """How far the newest session is, and what was sent for it."""
        counting, self.counter.is_on = self.counter.is_on, False
        try:
            return _state() | {"faults": self.engine.faults}
        finally:
            self.counter.is_on = counting


def _state() -> Document:
    from chains.models import ChainTransaction
    from swaps.models import SwapSession

    session = SwapSession.objects.order_by("created_at").last()
    if session is None:
        return {"session": None, "status": "none", "sent": {}}
    sent = ChainTransaction.objects.filter(intent__subject_id=session.pk).order_by("pk")
    return {
        "session": session.pk,
        "status": session.status,
        "reason": session.reason,
        "sent": dict(sent.values_list("intent__step", "state")),
    }


# The process


def serve(connection: socket.socket) -> None:
    """Obey the commands of one connection until it is closed."""
    gc.disable()
    victim = Victim()

    def say(answer: Document) -> None:
        connection.sendall(json.dumps(answer).encode() + b"\n")

    victim.counter.last_words = lambda words: say({"died": words})
    with connection.makefile("r", encoding="utf-8") as lines:
        for line in lines:
            command = json.loads(line)
            try:
                answer = victim.obey(command)
                if command.get("tell", True):
                    answer |= {"state": victim.state()}
            except Exception:
                answer = {"error": traceback.format_exc()}
            say(answer)


def load() -> None:
    """Everything a child will need, without a connection to anything."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "balancer.settings"
    from devnet.proofs.crashmatrix.clock import install, install_stopwatch

    install()
    import django

    django.setup()
    from importlib import import_module

    from django.conf import settings

    settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
    settings.DATABASES["default"]["CONN_MAX_AGE"] = None
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for name in NEEDED:
        import_module(name)
    for name in TIMED:
        install_stopwatch(import_module(name))
    _warm_up()
    gc.collect()
    gc.freeze()  # children are many and short: none of them shall look at all this again


def _warm_up() -> None:
    """What is otherwise loaded at the first use, in every child again."""
    import httpx
    from django.test import Client
    from django.urls import get_resolver

    httpx.Client(trust_env=False).close()
    get_resolver().url_patterns  # noqa: B018
    Client(raise_request_exception=False).get("/nowhere")


TIMED = ("chains.services.measures", "chains.services.providers", "chains.clients.provider")
NEEDED = (
    "chains.clients.evm", "chains.clients.near", "chains.services.sending.evm", "chains.services.sending.near",
    "chains.signers.local_evm", "chains.signers.local_near", "chains.watchers.evm", "chains.watchers.near",
    "swaps.services.advance", "swaps.services.legs.evm", "swaps.services.legs.near", "swaps.services.refunds",
    "balancer.urls", "django.test", "httpx", "requests", "web3", "devnet.proofs.crashmatrix.engine",
)  # fmt: skip


def main(path: str) -> None:
    """Make children until told to stop."""
    load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen(BACKLOG)
        while True:
            connection, _ = server.accept()
            if os.fork() == 0:
                server.close()
                try:
                    serve(connection)
                finally:
                    os._exit(0)
            connection.close()


if __name__ == "__main__":
    main(sys.argv[1])
