"""How a session is followed."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Following:
    """`poll` reads `/events` alone, every `poll_seconds`. A socket without any message for `silence` seconds is taken for
    broken (the service's heartbeat comes every 20)."""

    transport: Literal["socket", "poll"] = "socket"
    poll_seconds: float = 2.0
    silence: float = 45.0
