"""What was signed for a swap, by the database's rows: one effect for each planned step, whatever it took.

A nonce may have been signed for more than once where that is `allowed`: a rival that pays more, or one that does nothing and
takes the place of a call which nobody wants any more. One of them lands, and the others never can.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

ROWS = """
SELECT i.step, t.chain_id, t.account_id, t.nonce, t.kind, t.state, i.state
FROM chains_chaintransaction t JOIN chains_intent i ON i.id = t.intent_id ORDER BY t.id
"""


@dataclass(frozen=True)
class Signed:
    """One transaction; `intent` is the state of what it was signed for."""

    step: str
    chain: str
    account: int
    nonce: int
    kind: str
    state: str
    intent: str

    @property
    def landed(self) -> bool:
        return self.state == "succeeded"

    @property
    def took_its_nonce(self) -> bool:
        """It was in a block, whatever it did there."""
        return self.state in ("succeeded", "failed")

    @property
    def does_nothing(self) -> bool:
        """It only took the nonce of a call that was not wanted any more."""
        return self.kind == "cancellation"

    def __str__(self) -> str:
        return f"{self.step} with nonce {self.nonce} is {self.state}, its intent {self.intent}"


def signed_of(database: Any) -> list[Signed]:
    """All that were ever signed, in order."""
    return [Signed(*row) for row in database.execute(ROWS).fetchall()]


def signed_problems(
    signed: Sequence[Signed], planned: Sequence[str], in_vain: Sequence[str] = (), *, rivals: bool
) -> Iterator[str]:
    """What is wrong with what was signed, in words, if `planned` are the steps that should have had an effect, and those
    `in_vain` should have failed in their block.

    With `rivals`, those that lost their nonce to another are no fault, nor those that did nothing in a call's place.
    """
    failed = [one for one in signed if one.step in in_vain and one.state == "failed"]
    others = [one for one in signed if one not in failed]
    effects = [one for one in others if one.landed and not one.does_nothing] if rivals else others
    for found, wanted in ((effects, planned), (failed, in_vain)):
        if sorted(one.step for one in found) != sorted(wanted):
            steps = sorted(one.step for one in found)
            yield f"sending: transactions were signed for {steps}, and {sorted(wanted)} was planned"
    for one in others:
        if not _is_settled(one, rivals):
            yield f"sending: {one}"
    taken = Counter((one.account, one.nonce) for one in signed if one.took_its_nonce or not rivals)
    if any(count > 1 for count in taken.values()):
        yield "sending: a nonce was signed for twice" if not rivals else "sending: a nonce was taken twice"
    untaken = {(one.account, one.nonce) for one in signed} - set(taken)
    if untaken:
        yield f"sending: nothing landed with the nonces {sorted(nonce for _, nonce in untaken)}"


def _is_settled(one: Signed, rivals: bool) -> bool:
    if not rivals or (one.landed and not one.does_nothing):
        return (one.state, one.intent) == ("succeeded", "done")
    return one.state == "replaced" or (one.landed and one.intent == "withdrawn")


def idle_by_chain(signed: Sequence[Signed]) -> Counter[str]:
    """How many landed on each chain that did nothing."""
    return Counter(one.chain for one in signed if one.landed and one.does_nothing)
