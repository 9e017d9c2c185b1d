"""Changes of a guard that change nothing that matters, each with the reason. Reviewed by hand; a test keeps the list true."""

A_SECOND = "a second earlier or later: what waits has no deadline in that second, and the next look finds it"

EQUIVALENT: dict[str, str] = {
    "_going_on: without `f.status is _S.SOURCE_LOCKED` in f.status is _S.SOURCE_LOCKED or "
    "f.destination.lock is Presence.SEEN": (
        "a lock of ours that was given up as reverted is not there; the guard is for one whose event is read after all"
    ),
    "_lock_destination: boundary of left > 0": A_SECOND,
    "_both_locked: boundary of min(first.now.seen, second.now.seen) < opens": A_SECOND,
    "_unclaimed: boundary of first.now.final >= first.leg.expires_at": A_SECOND,
    "_source_vanished: without `f.source_now.wall < f.expires_at` in f.state(Step.SOURCE_LOCK) not in UNSENT or "
    "f.source_now.wall < f.expires_at": (
        "patience only: without it a swap ends as soon as its source lock vanished, and one that returns is a late lock"
    ),
}
