"""One session between two chains that the test moves: seed 000's pair, its secret known to the test alone."""

import hashlib
import time
from collections.abc import Callable
from typing import Any

from chains.models import Chain, Intent
from swaps.models import Reservation, SwapSession
from swaps.services.advance import session_advance
from tests.integration.swaps.chain_world import World

SECRET = bytes(range(32))
HASHLOCK = "0x" + hashlib.sha256(SECRET).hexdigest()


class Play:
    """Drives the chains of a session, and reads it as a client does."""

    def __init__(self, api: Any, chains: dict[str, Chain], post: Callable[..., Any], **changes: Any) -> None:
        self.api = api
        self.created = post(**{"hashlock": HASHLOCK, **changes}).json()
        self.session = SwapSession.objects.get(pk=self.created["sessionId"])
        self.world = World(self.session, SECRET, chains, int(time.time()))
        self.path = f"/api/v1/sessions/{self.session.pk}"

    def read(self) -> dict[str, Any]:
        """GET it; the answer is held to the description."""
        answer: dict[str, Any] = self.api.get(self.path).json()
        return answer

    def admit(self) -> None:
        """Promise it our tokens and start it, as execute does where nodes answer."""
        SwapSession.objects.filter(pk=self.session.pk).update(
            executed_at=self.session.created_at, source_lock="self", maker_calls=self.created["next"].get("calls", [])
        )
        Reservation.objects.create(
            session=self.session,
            chain_id=self.session.destination_chain_id,
            token=self.session.destination_token,
            amount=self.session.destination_amount,
        )
        self.advance()

    def advance(self) -> str:
        """Bring it as far as its facts allow."""
        return str(session_advance(session_id=self.session.pk))

    def finalise(self) -> str:
        """Both chains' newest blocks become final."""
        for name in self.world.chains:
            self.world.chains[name].block()
            self.world.finalise(name)
        return self.advance()

    def land(self, step: str) -> None:
        """What we ordered is sent, and reaches a block."""
        intent = Intent.objects.get(subject_id=self.session.pk, step=step)
        self.world.send(intent)
        intent.refresh_from_db()
        self.world.land(intent)
        self.advance()

    def verify(self) -> None:
        """Both locks were re-read, and found right."""
        self.session.legs.update(verified=True)

    def to_both_locked(self) -> None:
        """The maker's lock and ours, both final."""
        self.admit()
        self.world.lock("source")
        self.advance()
        self.finalise()
        self.land("destination_lock")
        self.finalise()

    def hand_over(self) -> None:
        """The secret, by the API."""
        assert self.api.post(f"{self.path}/secret", {"secret": "0x" + SECRET.hex()}, format="json").status_code == 202
