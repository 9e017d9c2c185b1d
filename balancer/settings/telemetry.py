"""Where logs go, and whether spans and errors are told to a collector: see `balancer/telemetry`. Nothing is, by default."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

PLACES = ("stdout", "file", "otlp")
MEBIBYTE = 2**20
MOST = {"LOG_FILE_MB": 1, "LOG_FILE_COUNT": 1, "LOG_FILE_DAYS": 1, "LOG_QUEUE": 16}


@dataclass(frozen=True)
class LogFile:
    """A file that all processes write together; rotated at `most_bytes` or after `days`, packed, `count` packed ones kept."""

    path: Path
    most_bytes: int
    count: int
    days: int


@dataclass(frozen=True)
class Collector:
    """An OTLP endpoint (HTTP, protobuf) for one signal. `queue`: records that wait at most; what comes beyond is dropped."""

    url: str
    headers: dict[str, str]
    queue: int
    timeout_seconds: float


@dataclass(frozen=True)
class Sentry:
    """Where errors are reported."""

    dsn: str
    environment: str
    release: str


@dataclass(frozen=True)
class Telemetry:
    """All of it; None is switched off."""

    log_places: tuple[str, ...]
    log_file: LogFile
    logs: Collector | None
    traces: Collector | None
    sample_ratio: float
    sentry: Sentry | None


def load(env: Any, *, base_dir: Path, environment: str) -> Telemetry:
    """From `LOG_…`, `OTEL_…`, `TRACING` and `SENTRY_…`. Raises `ImproperlyConfigured`."""
    places = tuple(word.strip() for word in env.list("LOG_TO", default=["stdout"]) if word.strip())
    unknown = [word for word in places if word not in PLACES]
    if unknown or not places:
        raise ImproperlyConfigured(
            f"LOG_TO takes some of {', '.join(PLACES)}, and not {', '.join(unknown) or 'nothing'}"
        )
    figures = {name: env.int(name, default=default) for name, default in _FIGURES.items()}
    for name, least in MOST.items():
        if figures[name] < least:
            raise ImproperlyConfigured(f"{name} must be {least} or more, and is {figures[name]}")
    file = LogFile(
        path=Path(env.str("LOG_FILE", default="") or base_dir / "var" / "log" / "1balancer.log"),
        most_bytes=figures["LOG_FILE_MB"] * MEBIBYTE,
        count=figures["LOG_FILE_COUNT"],
        days=figures["LOG_FILE_DAYS"],
    )
    base = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="").rstrip("/")
    traces_url = env.str("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", default="") or (base and f"{base}/v1/traces")
    logs_url = env.str("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", default="") or (base and f"{base}/v1/logs")
    tracing = (env.str("TRACING", default="") or str(bool(traces_url))).lower() in ("true", "1", "yes", "on")
    if "otlp" in places and not logs_url:
        raise ImproperlyConfigured("LOG_TO names otlp: set OTEL_EXPORTER_OTLP_ENDPOINT as well")
    if tracing and not traces_url:
        raise ImproperlyConfigured("TRACING is on: set OTEL_EXPORTER_OTLP_ENDPOINT as well")
    ratio = env.float("TRACE_SAMPLE_RATIO", default=1.0)
    if not 0 <= ratio <= 1:
        raise ImproperlyConfigured(f"TRACE_SAMPLE_RATIO must be 0 to 1, and is {ratio}")
    dsn = env.str("SENTRY_DSN", default="")
    headers = _headers(env.str("OTEL_EXPORTER_OTLP_HEADERS", default=""))
    timeout = env.float("OTLP_TIMEOUT_SECONDS", default=5.0)
    return Telemetry(
        log_places=places,
        log_file=file,
        logs=Collector(logs_url, headers, figures["LOG_QUEUE"], timeout) if "otlp" in places else None,
        traces=Collector(traces_url, headers, figures["LOG_QUEUE"], timeout) if tracing else None,
        sample_ratio=ratio,
        sentry=Sentry(dsn, environment, env.str("SENTRY_RELEASE", default="")) if dsn else None,
    )


_FIGURES = {"LOG_FILE_MB": 50, "LOG_FILE_COUNT": 14, "LOG_FILE_DAYS": 1, "LOG_QUEUE": 4096}


def _headers(text: str) -> dict[str, str]:
    """`name=value,name=value`, as OpenTelemetry has it."""
    pairs = [item.partition("=") for item in text.split(",") if item.strip()]
    if any(not mark for _, mark, _ in pairs):
        raise ImproperlyConfigured("OTEL_EXPORTER_OTLP_HEADERS is written name=value,name=value")
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
