"""The processes of the service, and whose turn it is to look after them."""

from django.db import models


class Process(models.Model):
    """One long-running process, as it says of itself each second. A process that ends in good order takes its row with it: a row
    whose heartbeat is old is of one that was killed, or hangs. Times are the database's.

    `kind` is `web`, `worker` or `watcher`; `name` says which: `asgi` or `wsgi`, nothing, the chain. The machine's figures
    are those of where it runs.
    """

    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=32, blank=True)
    host = models.CharField(max_length=64)
    pid = models.PositiveIntegerField()
    version = models.CharField(max_length=32)
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField(db_index=True)
    stuck = models.CharField(max_length=120, blank=True, help_text="what of it stands still while its heart beats")
    rss_bytes = models.BigIntegerField(default=0)
    cpu_seconds = models.FloatField(default=0)
    threads = models.PositiveIntegerField(default=0)
    open_files = models.PositiveIntegerField(default=0)
    api_p95_ms = models.FloatField(null=True, help_text="of the requests of the last minute; null without any")
    disk_free_mib = models.PositiveIntegerField(default=0, help_text="of the disk that it works on")
    memory_free_mib = models.PositiveIntegerField(default=0, help_text="of its machine, or of its container")

    class Meta:
        verbose_name_plural = "processes"

    def __str__(self) -> str:
        return f"{self.label} {self.host}:{self.pid}"

    @property
    def label(self) -> str:
        """Kind and name, as people and metrics call it."""
        return f"{self.kind}:{self.name}" if self.name else self.kind


class Turn(models.Model):
    """Work that some process does every so often, each time whichever asks first. Nobody holds it: a process that hangs in the
    middle of its turn keeps no other from the next one."""

    name = models.CharField(max_length=32, primary_key=True)
    taken_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, help_text="when a turn last came to its end")

    def __str__(self) -> str:
        return self.name
