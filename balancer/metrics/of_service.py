"""What the tables tell of the service: its processes and machines, jobs, alerts, the audit trail."""

from collections import Counter
from collections.abc import Iterator

from django.db import connection
from django.utils import timezone
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from access.audit.selectors import audit_head, check_last, unlinked_seconds
from access.models import RateViolation
from balancer.metrics.families import gauge, single
from balancer.models import Delivery, Process
from balancer.processes.heart import SURVEY
from balancer.processes.missing import lost
from balancer.processes.registry import Seen, processes_seen
from balancer.processes.turns import turn_done_seconds
from balancer.queue import job_waited_seconds, jobs_by_queue, worker_silent_seconds
from balancer.settings.alerts import RULES
from swaps.models import Alert

_STANDING = "SELECT rule, acknowledged_at IS NOT NULL FROM swaps_alert WHERE state = 'raised' AND cleared_at IS NULL"
_VITALS = (
    ("process_resident_bytes", "Resident memory of a process", "rss_bytes", 1.0),
    ("process_cpu_seconds", "Processor time of a process since it began", "cpu_seconds", 1.0),
    ("process_threads", "Threads of a process", "threads", 1.0),
    ("process_open_files", "Open files and connections of a process", "open_files", 1.0),
    ("process_answer_p95_seconds", "95 of 100 answers of the last minute took so long at most", "api_p95_ms", 0.001),
)


class ServiceCollector(Collector):
    """The service itself."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield from self._processes()
        yield from self._queue()
        yield from self._alerts()
        yield from self._audit()
        hour = timezone.now().replace(minute=0, second=0, microsecond=0)
        refused: Counter[str] = Counter()
        for kind, count in RateViolation.objects.filter(hour=hour).values_list("kind", "count"):
            refused[kind] += count
        samples = [([kind], count) for kind, count in refused.items()]
        yield gauge("rate_limited", "Requests refused by limits within this hour", ["kind"], samples)

    def _processes(self) -> Iterator[Metric]:
        seen = processes_seen()
        gone = {one.id for one in lost(seen)}
        counted: Counter[tuple[str, str, str]] = Counter()
        for one in seen:
            for state in ("alive", "lost"):
                counted[one.kind, one.name, state] += (one.id in gone) == (state == "lost")
        labels = ["kind", "name", "state"]
        yield gauge("processes", "Processes that live, and that were lost", labels, counted.items())
        yield from self._vitals(seen)
        yield single("survey_age_seconds", "Since anybody looked at everything", turn_done_seconds(SURVEY))

    def _vitals(self, seen: list[Seen]) -> Iterator[Metric]:
        """`number` tells those of one kind on one machine apart: process ids would be new labels at every restart."""
        rows = {row.pk: row for row in Process.objects.filter(pk__in=[one.id for one in seen if not one.is_lost])}
        numbers: Counter[tuple[str, str, str]] = Counter()
        labels: dict[int, list[str]] = {}
        for key in sorted(rows):
            of = rows[key].kind, rows[key].name, rows[key].host
            labels[key] = [*of, str(numbers[of])]
            numbers[of] += 1
        for name, what, field, scale in _VITALS:
            known = [(labels[key], getattr(row, field)) for key, row in rows.items()]
            samples = [(of, value * scale) for of, value in known if value is not None]
            yield gauge(name, what, ["kind", "name", "host", "number"], samples)
        for name, what, field in (
            ("disk_free_bytes", "Of the disk that processes work on", "disk_free_mib"),
            ("memory_free_bytes", "Of the memory of a machine or its container", "memory_free_mib"),
        ):
            hosts = {row.host: getattr(row, field) * 2**20 for row in rows.values()}
            yield gauge(name, what, ["host"], [([host], value) for host, value in hosts.items()])

    def _queue(self) -> Iterator[Metric]:
        counts = [([queue, status], count) for queue, status, count in jobs_by_queue()]
        yield gauge("jobs", "Jobs by queue and status", ["queue", "status"], counts)
        yield single("job_waited_seconds", "How long the oldest due job has waited", job_waited_seconds())
        yield single("worker_silent_seconds", "Since any worker last reported", worker_silent_seconds())

    def _alerts(self) -> Iterator[Metric]:
        standing: Counter[str] = Counter(dict.fromkeys(RULES, 0))
        states: Counter[tuple[str, str]] = Counter()
        with connection.cursor() as cursor:
            cursor.execute(_STANDING)
            for rule, acknowledged in cursor.fetchall():
                standing[rule or "other"] += 1
                severity = RULES[rule].severity if rule in RULES else "warning"
                states[severity, "acknowledged" if acknowledged else "open"] += 1
        yield gauge("alerts_standing", "Alerts that stand, by rule", ["rule"], [([k], v) for k, v in standing.items()])
        yield gauge("alerts", "Alerts that stand, by severity", ["severity", "state"], states.items())
        newest = Alert.objects.order_by("-seq").values_list("seq", flat=True).first()
        yield single("alerts_told", "Alerts and ends of alerts ever told", newest or 0)
        waiting = Delivery.objects.filter(sent_at=None, given_up_at=None).count()
        yield single("notices_waiting", "Messages to operators that are on their way", waiting)

    def _audit(self) -> Iterator[Metric]:
        count, waited = unlinked_seconds()
        yield single("audit_unlinked", "Audit entries that wait for their place in the chain", count)
        yield single("audit_waited_seconds", "How long the oldest of them has waited", waited)
        yield single("audit_linked", "Audit entries in the chain", audit_head().seq)
        last = check_last()
        yield single("audit_faults", "Found by the last walk of the chain", None if last is None else len(last.faults))
