"""What a proof says of the transactions that were signed for a swap."""

from dataclasses import replace

from devnet.proofs.crashmatrix.signed import Signed, idle_by_chain, signed_problems

LOCK = Signed("destination_lock", "near", 1, 3, "call", "succeeded", "done")
CLAIM = Signed("destination_claim", "near", 1, 4, "call", "succeeded", "done")
PLANNED = ["destination_lock", "destination_claim"]
UNWANTED = replace(LOCK, state="replaced", intent="withdrawn")
IN_ITS_PLACE = replace(LOCK, kind="cancellation", intent="withdrawn")
DEARER = replace(LOCK, state="replaced")


def told(signed: list[Signed], planned: list[str], *, rivals: bool = True) -> list[str]:
    return list(signed_problems(signed, planned, rivals=rivals))


def test_each_step_once_is_right() -> None:
    assert told([LOCK, CLAIM], PLANNED, rivals=False) == told([LOCK, CLAIM], PLANNED) == []


def test_a_rival_is_right_only_where_it_is_allowed() -> None:
    assert told([DEARER, LOCK, CLAIM], PLANNED) == []
    assert len(told([DEARER, LOCK, CLAIM], PLANNED, rivals=False)) == 3


def test_a_call_that_nobody_wanted_gave_its_nonce_away() -> None:
    assert told([UNWANTED, IN_ITS_PLACE], []) == []
    assert idle_by_chain([UNWANTED, IN_ITS_PLACE, CLAIM]) == {"near": 1}
    assert told([UNWANTED], []) == ["sending: nothing landed with the nonces [3]"]


def test_two_effects_of_a_step_are_found() -> None:
    again = replace(LOCK, nonce=5)
    assert "signed for" in told([LOCK, again, CLAIM], PLANNED)[0]


def test_a_nonce_that_was_taken_twice_is_found() -> None:
    assert "sending: a nonce was taken twice" in told([LOCK, replace(LOCK, state="succeeded")], PLANNED)


def test_what_is_not_final_is_found() -> None:
    assert told([LOCK, replace(CLAIM, state="broadcast", intent="sent")], PLANNED)[1] == (
        "sending: destination_claim with nonce 4 is broadcast, its intent sent"
    )
