"""Faults of the machine that `manage.py model` found, each as the facts that it had them in."""

from dataclasses import replace
from typing import Any

from swaps.machine import ClaimOrder, Facts, LegFacts, Payout, Sending, Status, Step, decide
from tests.unit.swaps.test_machine import DESTINATION, FINAL, MARGINS, NOW, SEEN, SOURCE, at, facts, later

HALTED = replace(at(), open=False)
CLAIMED = {"claim": FINAL, "payout": Payout.PAID}
REFUNDED = {"refund": FINAL, "payout": Payout.PAID}


class TestTheMakerPaysUsByHimself:
    """He claims the source for us before anything is locked or revealed: his secret is public, and he is owed."""

    def test_our_lock_is_made_before_it_is_claimed(self) -> None:
        owed = facts(Status.SOURCE_LOCKED, replace(SOURCE, claim=SEEN), secret_held=True, revealed=True)
        assert decide(owed).steps == (Step.DESTINATION_LOCK,)

    def test_our_lock_is_claimed_for_him(self) -> None:
        locked = facts(Status.BOTH_LOCKED, replace(SOURCE, **CLAIMED), DESTINATION, secret_held=True, revealed=True)
        decision = decide(locked)
        assert decision.status is Status.REVEALING_SECRET
        assert decide(replace(locked, status=decision.status)).steps == (Step.DESTINATION_CLAIM,)

    def test_called_off_it_ends_and_says_so(self) -> None:
        given = replace(SOURCE, **CLAIMED)
        assert decide(facts(Status.CANCELLING, given, revealed=True)).status is Status.REFUNDING
        end = decide(facts(Status.REFUNDING, given, revealed=True))
        assert (end.status, end.reason) == (Status.FAILED, "destination_unpaid_after_source_claim")

    def test_an_unfinal_destination_lock_is_not_claimed(self) -> None:
        unfinal = replace(DESTINATION, lock=SEEN)
        decision = decide(facts(Status.DESTINATION_LOCKING, replace(SOURCE, **CLAIMED), unfinal, revealed=True))
        assert (decision.status, decision.steps) == (Status.DESTINATION_LOCKING, ())


class TestAHaltedChain:
    """It proves nothing; but what its contract checks by itself goes on."""

    def test_nothing_is_locked_on_its_word(self) -> None:
        for name in ("source_now", "destination_now"):
            assert decide(facts(Status.SOURCE_LOCKED, SOURCE, **{name: HALTED})).steps == ()

    def test_no_second_claim_on_its_word(self) -> None:
        claimed = replace(DESTINATION, **CLAIMED)
        revealed = facts(Status.REVEALING_SECRET, SOURCE, claimed, revealed=True)
        assert decide(revealed).steps == (Step.SOURCE_CLAIM,)
        assert decide(replace(revealed, destination_now=HALTED)).steps == ()
        assert decide(replace(revealed, source_now=HALTED)).steps == (Step.SOURCE_CLAIM,)

    def test_the_first_claim_is_repeated_on_it(self) -> None:
        again = facts(
            Status.REVEALING_SECRET,
            SOURCE,
            DESTINATION,
            revealed=True,
            destination_now=HALTED,
            sending={Step.DESTINATION_CLAIM: Sending.REVERTED},
        )
        assert decide(again).steps == (Step.DESTINATION_CLAIM,)

    def test_a_claim_is_not_given_up_on_its_word(self) -> None:
        base = later(facts(Status.REVEALING_SECRET, SOURCE, DESTINATION, revealed=True), 200)
        assert decide(base).status is Status.TIMEOUT
        assert decide(replace(base, destination_now=replace(at(200), open=False))).status is Status.REVEALING_SECRET

    def test_no_end_on_its_word(self) -> None:
        back = facts(Status.REFUNDING, replace(SOURCE, **REFUNDED), replace(DESTINATION, **REFUNDED))
        assert decide(back).status is Status.REFUNDED
        assert decide(replace(back, source_now=HALTED)).status is Status.REFUNDING


class TestAfterTheReveal:
    def test_an_unfinal_refund_is_no_reason_to_give_the_claim_up(self) -> None:
        expired = DESTINATION.expires_at - NOW
        base = facts(Status.REVEALING_SECRET, SOURCE, replace(DESTINATION, refund=SEEN), revealed=True)
        assert decide(later(base, expired + 2)).status is Status.REVEALING_SECRET  # the final head is 3 s behind
        assert decide(later(base, expired + 3)).status is Status.TIMEOUT

    def test_a_source_that_expired_unclaimed_goes_back(self) -> None:
        base = facts(Status.REVEALING_SECRET, SOURCE, replace(DESTINATION, **CLAIMED), revealed=True)
        late = later(base, SOURCE.expires_at - NOW + 10)
        assert decide(late).steps == (Step.SOURCE_REFUND,)
        lost = decide(replace(late, source=replace(SOURCE, **REFUNDED)))
        assert (lost.status, lost.reason) == (Status.FAILED, "source_refunded_after_destination_claim")


class TestAVanishedLock:
    """Under `fast` confirmations a lock that was believed can be undone without a halt."""

    def test_without_its_source_our_lock_comes_home(self) -> None:
        base = facts(Status.BOTH_LOCKED, LegFacts(), DESTINATION)
        assert decide(base).status is Status.BOTH_LOCKED
        assert decide(later(base, DESTINATION.refund_from - NOW + 3)).status is Status.TIMEOUT

    def test_a_source_that_never_returns_ends_it(self) -> None:
        base = later(facts(Status.REFUNDING), 7200)
        assert decide(base).reason == "source_lock_vanished"
        assert decide(later(base, 7199)).status is Status.REFUNDING

    def test_our_lock_that_vanished_is_waited_for(self) -> None:
        sending = {Step.DESTINATION_LOCK: Sending.IN_FLIGHT}
        base = facts(Status.BOTH_LOCKED, SOURCE, sending=sending, secret_held=True)
        assert decide(base).status is Status.DESTINATION_LOCKING


class TestAfterTheEnd:
    def test_a_late_lock_whose_payout_failed_is_paid(self) -> None:
        unpaid = replace(SOURCE, refund=FINAL, payout=Payout.FAILED)
        assert decide(facts(Status.CANCELLED, unpaid)).status is Status.REFUNDING
        assert Step.SOURCE_PAY in decide(facts(Status.REFUNDING, unpaid)).steps

    def test_an_end_with_nothing_locked_is_left_alone(self) -> None:
        for status in (Status.CANCELLED, Status.FAILED):
            assert decide(facts(status, replace(SOURCE, **REFUNDED))).status is status


class TestSourceFirst:
    """The other order of claims: we are paid first, and the destination outlives the source."""

    LONG = replace(
        DESTINATION, expires_at=SOURCE.expires_at + MARGINS.tail, refund_from=SOURCE.expires_at + MARGINS.tail
    )

    def both(self, **changes: Any) -> Facts:
        source, destination = replace(SOURCE, verified=True), replace(self.LONG, verified=True)
        base = facts(Status.BOTH_LOCKED, source, destination, secret_held=True, claims=ClaimOrder.SOURCE_FIRST)
        return replace(base, **changes)

    def test_the_reveal_is_the_source_claim(self) -> None:
        decision = decide(self.both())
        assert (decision.status, decision.steps) == (Status.REVEALING_SECRET, (Step.SOURCE_CLAIM,))

    def test_a_destination_that_does_not_outlive_the_source_stops_the_reveal(self) -> None:
        short = replace(self.LONG, expires_at=self.LONG.expires_at - 1, verified=True)
        assert decide(self.both(destination=short)).status is Status.TIMEOUT

    def test_the_maker_is_paid_after_a_final_source_claim_only(self) -> None:
        base = self.both(status=Status.REVEALING_SECRET, revealed=True)
        seen = replace(base, source=replace(SOURCE, claim=SEEN))
        final = replace(base, source=replace(SOURCE, **CLAIMED))
        assert decide(seen).steps == ()
        assert decide(final).steps == (Step.DESTINATION_CLAIM,)

    def test_the_source_is_still_claimed_when_the_maker_was_quicker(self) -> None:
        quick = replace(self.LONG, **CLAIMED)
        base = self.both(status=Status.REVEALING_SECRET, revealed=True, destination=quick)
        assert decide(base).steps == (Step.SOURCE_CLAIM,)
