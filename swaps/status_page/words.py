"""What the page says, as data: plain words for statuses, actions, reasons and steps. They speak to the maker."""

from dataclasses import dataclass
from typing import Literal

from swaps.reasons import Reason
from swaps.shapes.words import LegState, NextAction, SecretState, StepName, StepStatus
from swaps.statuses import Status

Tone = Literal["going", "act", "good", "back", "bad"]
"""The colour of a thing; every thing says the same in words."""


@dataclass(frozen=True)
class Words:
    """A heading, and what it means."""

    title: str
    text: str
    tone: Tone = "going"


STATUSES: dict[Status, Words] = {
    Status.INITIALIZED: Words("Ready when you are", "The swap is agreed. Nothing is locked yet.", "act"),
    Status.EXECUTING: Words("Waiting for your tokens", "The swap has begun. Your tokens are not locked yet."),
    Status.SOURCE_LOCKING: Words("Your lock is being confirmed", "We saw it, and wait until its chain cannot undo it."),
    Status.SOURCE_LOCKED: Words("Your tokens are locked", "They are safe in the contract. We lock ours next."),
    Status.DESTINATION_LOCKING: Words("Locking the tokens for you", "Our side waits for its chain to confirm it."),
    Status.BOTH_LOCKED: Words("Both sides are locked", "Each side can be claimed with one and the same secret."),
    Status.REVEALING_SECRET: Words("You are being paid", "The secret is out, and both sides are being claimed."),
    Status.COMPLETED: Words("Swap complete", "Your tokens have arrived.", "good"),
    Status.CANCELLED: Words("Swap called off", "Nothing was locked, and nothing has moved.", "back"),
    Status.CANCELLING: Words("Calling the swap off", "Your lock goes back as soon as its contract allows it.", "back"),
    Status.TIMEOUT: Words(
        "Too late to go on safely", "What is locked goes back as soon as its contract allows it.", "back"
    ),
    Status.REFUNDING: Words("Your tokens are on their way back", "Every lock that stands is being returned.", "back"),
    Status.REFUNDED: Words("Your tokens are back", "Every lock went back to whom it came from.", "back"),
    Status.FAILED: Words("The swap has ended", "It was not completed, and nothing is locked any more.", "bad"),
}

ACTIONS: dict[NextAction, Words] = {
    "sign_order": Words(
        "Sign the swap in your app",
        "Your wallet shows the order: check amount, token and receiver before you sign. Nothing moves until you do.",
        "act",
    ),
    "execute": Words(
        "Start the swap in your app",
        "It shows you the transactions that lock your tokens in the contract, where they can go back to you alone if the "
        "swap does not happen.",
        "act",
    ),
    "send_calls": Words(
        "Lock your tokens",
        "Confirm the transactions that your app shows, in their order. If you did already, their chain has to confirm them.",
        "act",
    ),
    "hand_over_secret": Words(
        "Release the secret in your app",
        "Both locks are final. Compare amount and receiver below with what you agreed to, then let your app release the "
        "secret: you are paid with it.",
        "act",
    ),
    "wait": Words("Nothing to do", "We go on as soon as the chains allow it. You can close this page and come back."),
    "rescue": Words(
        "You may act yourself",
        "We are about to do it for you. If you would rather not wait, one call does it: see “Without us” below.",
        "act",
    ),
    "none": Words("Nothing more to do", "The swap is at its end."),
}

REASONS: dict[Reason, Words] = {
    Reason.CANCEL_REQUESTED: Words(
        "It was called off",
        "You or the operator called the swap off. What you had locked, if anything, comes back by itself.",
    ),
    Reason.SESSION_EXPIRED: Words(
        "It was not started in time", "We saw no lock of yours before the swap expired. Make a new swap to try again."
    ),
    Reason.ORDER_NOT_FILLABLE: Words(
        "Your order could not be filled",
        "The balance or the allowance was too small, or the order was used, cancelled or expired. Nothing was locked. "
        "Check both, and make a new swap.",
    ),
    Reason.SOURCE_REFUNDED: Words(
        "Your lock went back early",
        "It was returned on its chain before the swap went on. Make a new swap to try again.",
    ),
    Reason.SOURCE_LOCK_VANISHED: Words(
        "Your lock disappeared from its chain",
        "The chain undid the block it was in, and it did not come back in time. Check your balance, and make a new swap.",
    ),
    Reason.DESTINATION_LOCK_VANISHED: Words(
        "Our lock disappeared from its chain",
        "The chain undid the block it was in. We make it again while there is time. Do not release the secret before both "
        "sides are locked.",
    ),
    Reason.DESTINATION_LOCK_FAILED: Words(
        "Our lock failed", "We try again while there is time; otherwise your tokens come back to you."
    ),
    Reason.TOO_LATE_FOR_THE_DESTINATION_LOCK: Words(
        "Too little time was left",
        "Your lock came too late for a safe one on the other chain. Your tokens come back by themselves.",
    ),
    Reason.TOO_LATE_TO_REVEAL: Words(
        "The secret did not come in time",
        "Too little time was left to claim safely. Do not publish the secret: both sides go back.",
    ),
    Reason.A_LOCK_IS_NOT_WHAT_WAS_AGREED: Words(
        "A lock was not what was agreed",
        "We checked both locks again on their chains, and one differed. Do not publish the secret: both sides go back.",
        "bad",
    ),
    Reason.THE_SECRET_IS_PUBLIC: Words(
        "The secret is known", "A claim on chain shows it. We claim both sides now, yours for you first."
    ),
    Reason.EXPIRED_AFTER_REVEAL: Words(
        "A lock expired after the secret was released",
        "What can still be claimed is claimed, and the rest goes back. “Without us” says what you can do yourself.",
        "bad",
    ),
    Reason.LATE_LOCK: Words(
        "Your lock came after the end", "The swap was over by then. Your tokens come back by themselves."
    ),
    Reason.SOURCE_REFUNDED_AFTER_DESTINATION_CLAIM: Words(
        "You were paid, and your lock went back as well", "There is nothing that you need to do."
    ),
    Reason.DESTINATION_UNPAID_AFTER_SOURCE_CLAIM: Words(
        "You were not paid",
        "Your side was claimed, and the other went back before it was claimed for you. Send the operator the reference "
        "below: he owes you the amount, and your receipt and both chains prove it.",
        "bad",
    ),
}

STEPS: dict[StepName, str] = {
    "initialize": "Agreed",
    "source_lock": "Your tokens locked",
    "destination_lock": "Tokens locked for you",
    "reveal_secret": "Secret revealed",
    "complete": "Paid",
}
STEP_STATES: dict[StepStatus, str] = {
    "completed": "done",
    "pending": "under way",
    "waiting": "to come",
    "failed": "not reached",
}

SOURCE_STATES: dict[LegState, Words] = {
    "absent": Words("Not locked yet", "", "going"),
    "seen": Words("Locked, being confirmed", "", "going"),
    "locked": Words("Locked in the contract", "", "going"),
    "claimed": Words("Exchanged", "", "good"),
    "refunded": Words("Returned to you", "", "back"),
}
DESTINATION_STATES: dict[LegState, Words] = {
    "absent": Words("Not locked yet", "", "going"),
    "seen": Words("Locked for you, being confirmed", "", "going"),
    "locked": Words("Locked for you", "", "going"),
    "claimed": Words("Paid to you", "", "good"),
    "refunded": Words("Returned to us", "", "back"),
}
EVENTS = {"locked": "Locked", "claimed": "Claimed", "refunded": "Returned"}

CUSTODY = {
    "maker": Words(
        "You hold the secret",
        "Your app made it. Nobody can take your tokens before you release it, and you are paid with it.",
    ),
    "service": Words(
        "We hold the secret",
        "We made it for you. From your lock until you are paid, you trust us not to use it against you.",
    ),
}
SECRETS: dict[SecretState, str] = {
    "none": "We do not have it.",
    "held": "We keep it sealed; it has not left us.",
    "revealed": "It was released into the first claim.",
    "public": "It is public on its chain by now.",
    "purged": "It was used, or is of no use any more, and we have deleted our copy.",
}

TRANSACTIONS = {
    "source_lock": "Lock your tokens",
    "destination_lock": "Lock the tokens for you",
    "source_claim": "Claim your lock",
    "destination_claim": "Pay you",
    "source_refund": "Return your tokens",
    "destination_refund": "Return ours",
    "source_pay": "Pay out your lock again",
    "destination_pay": "Pay you again",
}
TRANSACTION_STATES = {
    "signed": "about to be sent",
    "broadcast": "sent, not in a block yet",
    "included": "in a block, being confirmed",
    "succeeded": "done",
    "failed": "did not work",
    "replaced": "replaced by another",
}
