"""Hints that something changed. A hint may be lost: consumers read the rows, and poll slowly underneath."""

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

log = structlog.get_logger(__name__)
GROUP = "sessions"


def hint_on_commit(session_id: str, seq: int) -> None:
    """After the commit, tell every web process that the session has reached `seq`."""
    transaction.on_commit(lambda: send_hint(session_id, seq), robust=True)


def send_hint(session_id: str, seq: int) -> None:
    """The same at once, outside any transaction."""
    layer = get_channel_layer()
    if layer is None:
        return
    async_to_sync(layer.group_send)(GROUP, {"type": "session.hint", "session": session_id, "seq": seq})
