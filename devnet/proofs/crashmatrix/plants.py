"""Faults planted into the product, to show that the matrix finds them. A proof that cannot fail proves nothing."""

from collections.abc import Callable
from typing import Any


def broadcast_before_storing() -> None:
    """The bytes leave before the database knows of them: whoever dies in between signs others."""
    from chains.services.sending import sender_for
    from chains.services.sending.common import Sender

    seal = Sender.seal

    def hasty(sent: Any) -> None:
        sender_for(sent.intent.chain).broadcast(bytes(sent.raw))
        seal(sent)

    Sender.seal = staticmethod(hasty)  # type: ignore[method-assign]


def forget_answers() -> None:
    """A POST that was answered is not remembered: who repeats it gets the work done twice."""
    from access import idempotency

    vars(idempotency)["idempotency_record"] = lambda **_: None


def cursor_before_events() -> None:
    """The cursor moves in a commit of its own, before the events are stored: whoever dies in between never reads them."""
    from chains.models import Chain
    from chains.services import ingest

    store = ingest.blocks_store

    def torn(*, chain: Any, steps: Any) -> Any:
        before = (chain.seen_height, chain.seen_hash, chain.seen_time_ns)
        last = steps[-1].block
        Chain.objects.filter(pk=chain.pk).update(seen_height=last.height, seen_hash=last.hash)
        Chain.objects.filter(pk=chain.pk).update(seen_height=before[0], seen_hash=before[1])
        return store(chain=chain, steps=steps)

    ingest.blocks_store = torn


PLANTS: dict[str, Callable[[], None]] = {
    "broadcast-before-storing": broadcast_before_storing,
    "forget-answers": forget_answers,
    "cursor-before-events": cursor_before_events,
}


def plant(name: str) -> None:
    """Spoil this process. Raises `KeyError` for a name that is not in `PLANTS`."""
    PLANTS[name]()
