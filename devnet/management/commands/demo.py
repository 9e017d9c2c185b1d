"""`manage.py demo`: chains, service, and one swap in each direction, as an outside client makes them."""

import signal
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from balancer.embedded import EmbeddedError, complaint, ensure
from balancer.settings.services import DATA_DIR
from devnet.client import ClientError
from devnet.demo import Demo, Imbalance
from devnet.network import Network
from devnet.service import API_KEY, OPERATOR_LOGIN, ROOT, Service
from devnet.supervisor import PortTaken, ProcessDied, require_free_port


class Command(BaseCommand):
    help = "Start local chains and the whole service, swap in both directions, and keep serving."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop after the swaps")
        parser.add_argument("--port", type=int, default=8080)

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            self._run(once=options["once"], port=options["port"])
        except (ProcessDied, PortTaken, TimeoutError, ClientError, EmbeddedError, Imbalance, RuntimeError) as error:
            raise CommandError(f"the demo stopped: {error}") from error
        except KeyboardInterrupt:
            self.stdout.write("\nstopping")

    def _run(self, *, once: bool, port: int) -> None:
        began = time.monotonic()
        require_free_port(port)
        directory = ROOT / "var" / "demo"
        services = ensure(DATA_DIR, own=True)
        self._say(began, "PostgreSQL and Valkey are up")
        with Network(log_dir=directory / "log") as network:
            self._say(began, "BASE (anvil) and NEAR (devnet) are up, contracts deployed, accounts funded")
            service = Service(
                network, services.database_url, services.redis_url, Path(directory), port=port, database=f"demo_{port}"
            )
            with service, service.supervisor.watching():
                service.supervisor.complaints += [lambda: complaint(DATA_DIR), network.complaint]
                service.wait_ready()
                self._say(began, f"web, worker and watchers are up on http://localhost:{port}")
                demo = Demo(network, service, self.stdout.write, began)
                demo.run()
                self._say(began, "done: every balance is right to the base unit")
                if not once:
                    self._serve(service, port)

    def _say(self, began: float, text: str) -> None:
        self.stdout.write(f"{time.monotonic() - began:6.1f} s  {text}")

    def _serve(self, service: Service, port: int) -> None:
        login = OPERATOR_LOGIN
        self.stdout.write(
            f"\nServing until Ctrl-C.\n"
            f"  admin    http://localhost:{port}/admin/   user {login['DJANGO_SUPERUSER_USERNAME']}, "
            f"password {login['DJANGO_SUPERUSER_PASSWORD']}\n"
            f"           (here without a second factor: SECOND_FACTOR=optional; anywhere else whoever moves money needs one)\n"
            f"  API      http://localhost:{port}/api/docs  key {API_KEY}\n"
            f"  health   http://localhost:{port}/health    metrics http://localhost:{port}/metrics\n"
        )
        while True:
            service.supervisor.check()
            time.sleep(1)
