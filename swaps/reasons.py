"""Why a swap was given up, went back or failed: each code with what happened and what its maker should do. Data alone."""

from enum import StrEnum

from access.codes import Code


class Reason(StrEnum):
    """What `session.reason` may say: the machine's words."""

    CANCEL_REQUESTED = "cancel_requested"
    SESSION_EXPIRED = "session_expired"
    ORDER_NOT_FILLABLE = "order_not_fillable"
    SOURCE_REFUNDED = "source_refunded"
    SOURCE_LOCK_VANISHED = "source_lock_vanished"
    DESTINATION_LOCK_VANISHED = "destination_lock_vanished"
    DESTINATION_LOCK_FAILED = "destination_lock_failed"
    TOO_LATE_FOR_THE_DESTINATION_LOCK = "too_late_for_the_destination_lock"
    TOO_LATE_TO_REVEAL = "too_late_to_reveal"
    A_LOCK_IS_NOT_WHAT_WAS_AGREED = "a_lock_is_not_what_was_agreed"
    THE_SECRET_IS_PUBLIC = "the_secret_is_public"
    EXPIRED_AFTER_REVEAL = "expired_after_reveal"
    LATE_LOCK = "late_lock"
    SOURCE_REFUNDED_AFTER_DESTINATION_CLAIM = "source_refunded_after_destination_claim"
    DESTINATION_UNPAID_AFTER_SOURCE_CLAIM = "destination_unpaid_after_source_claim"


def _reason(reason: Reason, title: str, happened: str, todo: str) -> Code:
    return Code(reason.value, 0, title, happened, todo)


_R = Reason
# fmt: off
REASONS: dict[str, Code] = {code.name: code for code in (
    _reason(_R.CANCEL_REQUESTED, "Called off",
            "You or an operator called the swap off, or its lock came before execute and was not admitted.",
            "Nothing if nothing was locked. Otherwise wait: the source lock goes back at its `refundableAt`."),
    _reason(_R.SESSION_EXPIRED, "Expired",
            "No source lock was seen by `expiresAt`.", "Make a new session."),
    _reason(_R.ORDER_NOT_FILLABLE, "The order could not be filled",
            "The signed limit order reverted: too small an allowance or balance, expired, cancelled, or used before.",
            "Check allowance and balance of the maker, and sign the order of a new session. Nothing was locked."),
    _reason(_R.SOURCE_REFUNDED, "The source lock went back",
            "The source lock was refunded on chain before the swap went on.",
            "Nothing: our own lock goes back to us. Make a new session to try again."),
    _reason(_R.SOURCE_LOCK_VANISHED, "The source lock vanished",
            "A reorganisation of the source chain took your lock back, and it did not return in time.",
            "Check your balance on the source chain, and make a new session."),
    _reason(_R.DESTINATION_LOCK_VANISHED, "Our lock vanished",
            "A reorganisation of the destination chain took our lock back; it is made again while there is time.",
            "Wait. Do not hand over the secret before both locks are final."),
    _reason(_R.DESTINATION_LOCK_FAILED, "Our lock failed",
            "Our lock on the destination chain reverted; it is tried again while there is time.", "Wait."),
    _reason(_R.TOO_LATE_FOR_THE_DESTINATION_LOCK, "Too late to lock",
            "The source lock left too little time for a safe lock on the destination chain.",
            "Wait: the source lock goes back at its `refundableAt`. Lock sooner after execute the next time."),
    _reason(_R.TOO_LATE_TO_REVEAL, "Too late to reveal",
            "Both locks stood, and the secret did not come in time for safe claims.",
            "Do not publish the secret. Wait: both locks go back."),
    _reason(_R.A_LOCK_IS_NOT_WHAT_WAS_AGREED, "A lock is not what was agreed",
            "Re-read from its chain before the reveal, a lock had other terms, too little money, or the wrong code.",
            "Do not publish the secret. Wait: both locks go back. Tell the operator."),
    _reason(_R.THE_SECRET_IS_PUBLIC, "The secret is public",
            "A claim was seen on chain, so everybody knows the secret: both legs are claimed now.",
            "Wait; or claim the destination yourself by the calls of `rescueUrl`."),
    _reason(_R.EXPIRED_AFTER_REVEAL, "Expired after the reveal",
            "The secret was released, and the first lock expired before its claim was final.",
            "Wait: what can still be claimed is claimed, and the rest goes back. See `rescueUrl`."),
    _reason(_R.LATE_LOCK, "A lock came late",
            "Your lock landed after the session's end.", "Wait: it goes back at its `refundableAt`."),
    _reason(_R.SOURCE_REFUNDED_AFTER_DESTINATION_CLAIM, "Paid, and the source went back",
            "The destination was claimed, and the source lock was refunded before we claimed it: the loss is ours.",
            "Nothing."),
    _reason(_R.DESTINATION_UNPAID_AFTER_SOURCE_CLAIM, "Source claimed, destination unpaid",
            "The source was claimed, and the destination lock went back before it was claimed for you.",
            "Tell the operator: he owes the destination amount. The receipt and both chains prove it."),
)}
# fmt: on
