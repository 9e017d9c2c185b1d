"""The table of processes: entering, beating, leaving. All times are the database's own, whatever the clocks of machines say."""

from dataclasses import dataclass

from django.db import connection, transaction

from balancer.models import Process

STALE_SECONDS = 5.0
"""Without a heartbeat for so long, a process is dead or hangs. They beat each second."""

_NEW = """
    INSERT INTO balancer_process (kind, name, host, pid, version, started_at, heartbeat_at, stuck, rss_bytes, cpu_seconds,
                                  threads, open_files, disk_free_mib, memory_free_mib)
    VALUES (%s, %s, %s, %s, %s, clock_timestamp() - make_interval(secs => %s), clock_timestamp(), %s, %s, %s, %s, %s, %s, %s)
    RETURNING id
"""
_SUCCEED = """
    DELETE FROM balancer_process WHERE id = (
        SELECT id FROM balancer_process
        WHERE kind = %s AND name = %s AND id <> %s AND heartbeat_at < clock_timestamp() - make_interval(secs => %s)
        ORDER BY (host = %s) DESC, heartbeat_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
"""
_BEAT = """
    UPDATE balancer_process SET heartbeat_at = clock_timestamp(), stuck = %s, rss_bytes = %s, cpu_seconds = %s, threads = %s,
           open_files = %s, api_p95_ms = %s, disk_free_mib = %s, memory_free_mib = %s
    WHERE id = %s
"""
_FORGET = """
    DELETE FROM balancer_process WHERE id = %s AND heartbeat_at < clock_timestamp() - make_interval(secs => %s)
"""
_SEEN = """
    SELECT id, kind, name, host, pid, stuck, EXTRACT(EPOCH FROM clock_timestamp() - heartbeat_at),
           EXTRACT(EPOCH FROM clock_timestamp() - started_at)
    FROM balancer_process ORDER BY kind, name, id
"""


@dataclass(frozen=True)
class Vitals:
    """What a process says of itself with each heartbeat."""

    stuck: str
    rss_bytes: int
    cpu_seconds: float
    threads: int
    open_files: int
    api_p95_ms: float | None
    disk_free_mib: int
    memory_free_mib: int


@dataclass(frozen=True)
class Seen:
    """A process as its row tells. Ages in seconds."""

    id: int
    kind: str
    name: str
    host: str
    pid: int
    stuck: str
    silent: float
    age: float

    @property
    def label(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind

    @property
    def is_lost(self) -> bool:
        """It vanished without a word, or hangs."""
        return self.silent > STALE_SECONDS

    @property
    def is_well(self) -> bool:
        return not self.is_lost and not self.stuck


@transaction.atomic
def process_enter(*, kind: str, name: str, host: str, pid: int, version: str, vitals: Vitals, age: float = 0.0) -> int:
    """A new process's key. It takes the place of one of its kind and name that was lost, if there is one."""
    with connection.cursor() as cursor:
        first = (vitals.stuck, vitals.rss_bytes, vitals.cpu_seconds, vitals.threads, vitals.open_files)
        room = (vitals.disk_free_mib, vitals.memory_free_mib)
        cursor.execute(_NEW, [kind, name, host[:64], pid, version[:32], age, *first, *room])
        key = int(cursor.fetchone()[0])
        cursor.execute(_SUCCEED, [kind, name, key, STALE_SECONDS, host[:64]])
    return key


def process_beat(key: int, vitals: Vitals) -> bool:
    """Whether its row still stands: another may have taken its place while it hung."""
    values = list(vars(vitals).values())
    with connection.cursor() as cursor:
        cursor.execute(_BEAT, [*values, key])
        return bool(cursor.rowcount == 1)


def process_leave(key: int) -> None:
    """It ends in good order."""
    Process.objects.filter(pk=key).delete()


def process_forget(key: int) -> bool:
    """Whether that process was lost, and is missed no longer. One that lives is left alone."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [key, STALE_SECONDS])
        return bool(cursor.rowcount == 1)


def processes_seen() -> list[Seen]:
    """Every process that has not left, lost ones too."""
    with connection.cursor() as cursor:
        cursor.execute(_SEEN)
        return [
            Seen(key, kind, name, host, pid, stuck, float(silent), float(age))
            for key, kind, name, host, pid, stuck, silent, age in cursor.fetchall()
        ]
