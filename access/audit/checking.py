"""Walks of the chain that leave a row behind: for the console, for `/health`, and as heads that the next walk looks for."""

from collections.abc import Iterable

from django.utils import timezone

from access.audit.anchors import anchor_kept
from access.audit.encoding import GENESIS, Head
from access.audit.selectors import check_last_good
from access.audit.verifying import Verdict, audit_verify
from access.models import AuditCheck

NIGHT = 3  # the hour (UTC) in which the whole chain is walked


def audit_check_due(*, hour: int) -> AuditCheck:
    """The hour's walk: from where the chain was sound last, at night from its beginning. A fault is found anew by each walk
    until a whole one finds none, so an alarm ends only when what was wrong is right."""
    last = AuditCheck.objects.order_by("-pk").first()
    whole = hour == NIGHT or last is None or bool(last.faults)
    return audit_check(by="job", whole=whole)[0]


def audit_check(*, by: str, whole: bool, anchors: Iterable[Head] = ()) -> tuple[AuditCheck, Verdict]:
    """Walk, look for the heads that Redis, the last sound walk and the caller know, and write down what was found."""
    known = [*anchors]
    if (kept := anchor_kept()) is not None:  # read before the walk, which will have gone at least as far
        known.append(kept)
    sound = check_last_good()
    last = Head(sound.seq, sound.hash) if sound else GENESIS
    verdict = audit_verify(since=GENESIS if whole else last, anchors=[*known, last])
    check = AuditCheck.objects.create(
        at=timezone.now(),
        by=by[:80],
        since_seq=verdict.since.seq,
        seq=verdict.head.seq,
        hash=verdict.head.hash,
        rows=verdict.rows,
        seconds=verdict.seconds,
        faults=verdict.faults,
    )
    return check, verdict
