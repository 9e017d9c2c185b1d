"""Sending all that is due, many at once, in one job.

One pump a process, however many jobs ask for one: it takes one of the worker's places, so that receivers who never answer
keep none of those that move money. Its threads do nothing but talk to receivers; the database is asked and told by the
job's own thread alone.
"""

import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import structlog
from django.conf import settings
from django.db import DatabaseError

from access.webhooks.sending import Outcome, send
from access.webhooks.services.deliveries import (
    Shipment,
    deliveries_expire,
    deliveries_take,
    endpoints_due,
    outcomes_record,
)

log = structlog.get_logger(__name__)
SLICE_SECONDS = 10.0  # then the job ends, and another begins: a worker that is told to stop need not wait long
LOOK_SECONDS = 0.1  # how often what became due is looked for while others are under way

_running = threading.Lock()
_asked = threading.Event()


def pump() -> bool:
    """Send what is due until nothing is, or the slice is over; whether something may be left. At once when a pump runs
    in this process already: that one looks once more."""
    _asked.set()
    if not _running.acquire(blocking=False):
        return False
    try:
        deliveries_expire()
        return _run()
    finally:
        _running.release()


def _run() -> bool:
    most = int(settings.WEBHOOKS["concurrency"])
    end = time.monotonic() + SLICE_SECONDS
    under_way: dict[Future[Outcome], Shipment] = {}
    with ThreadPoolExecutor(most, thread_name_prefix="webhook") as threads:
        while True:
            over = time.monotonic() >= end
            _asked.clear()
            for shipment in [] if over else take(most - len(under_way)):
                under_way[threads.submit(send, shipment.url, shipment.headers, shipment.body)] = shipment
            if not under_way:
                if over or not _asked.is_set():
                    return over
                continue
            done, _ = wait(under_way, timeout=None if over else LOOK_SECONDS, return_when=FIRST_COMPLETED)
            note([(under_way.pop(future), _outcome(future)) for future in done])


def take(most: int) -> list[Shipment]:
    """Lease at most so many, from all endpoints for which something is due."""
    found: list[Shipment] = []
    if most > 0:
        for endpoint_id in endpoints_due(most):
            if len(found) < most:
                found += deliveries_take(endpoint_id, most - len(found))
    return found


def note(outcomes: list[tuple[Shipment, Outcome]]) -> None:
    """Write down what became of them. Where that fails the lease runs out, and the message is sent again."""
    by_endpoint: dict[str, list[tuple[Shipment, Outcome]]] = {}
    for shipment, outcome in outcomes:
        by_endpoint.setdefault(shipment.endpoint_id, []).append((shipment, outcome))
    for endpoint_id, of_endpoint in by_endpoint.items():
        try:
            outcomes_record(endpoint_id, of_endpoint)
        except DatabaseError:
            log.exception("webhooks.not_written_down", endpoint=endpoint_id)


def _outcome(future: "Future[Outcome]") -> Outcome:
    """A fault of our own ends one attempt, and not the pump."""
    try:
        return future.result()
    except Exception:
        log.exception("webhooks.sending_broke")
        return Outcome(error="a fault of ours: it was logged")
