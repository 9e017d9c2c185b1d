"""Logs in one file for all processes of a machine: `tail -f` shows the whole service, in order.

concurrent-log-handler takes a lock between processes around each line and each rotation, so that no line goes to a file that
is being packed. It rotates by size and by age, packs what it put away, and keeps so many.
"""

from typing import Any

from balancer.settings.telemetry import LogFile

CLASS = "concurrent_log_handler.ConcurrentTimedRotatingFileHandler"


def file_handler(file: LogFile) -> dict[str, Any]:
    """For `dictConfig`. The folder is made, for this user alone."""
    file.path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    return {
        "class": CLASS,
        "formatter": "structured",
        "filename": str(file.path),
        "when": "D",
        "interval": file.days,
        "maxBytes": file.most_bytes,
        "backupCount": file.count,
        "use_gzip": True,
        "utc": True,
        "encoding": "utf-8",
        "chmod": 0o640,
    }
