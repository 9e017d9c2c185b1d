"""Delegate actions (NEP-366): a relayer's transaction carries another account's signed actions, and pays for them."""

import hashlib
from dataclasses import replace

from devnet.near.accounts import Account
from devnet.near.actions import Delegate
from devnet.near.admission import permission_problem
from devnet.near.errors import ActionFailed
from devnet.near.execution.runs import ReceiptRun
from devnet.near.fees import execution_fees, prepaid_gas, prepaid_send_fees
from devnet.near.keys import is_valid_signature
from devnet.near.parameters import ACCESS_KEY_NONCE_RANGE, ACTION_RECEIPT
from devnet.near.receipts import ActionReceipt
from devnet.near.state import ACCESS_KEY, Key

# NEP-461: 2^30 + the number of the NEP
_SIGNED_PREFIX = ((1 << 30) + 366).to_bytes(4, "little")


def run_delegate(run: ReceiptRun, account: Account, action: Delegate) -> None:
    """Check the inner signature, key and nonce, and send the inner actions on as their signer's own. Raises `ActionFailed`."""
    digest = hashlib.sha256(_SIGNED_PREFIX + action.signed_bytes).digest()
    if not is_valid_signature(action.public_key, digest, action.signature):
        raise ActionFailed("DelegateActionInvalidSignature")
    if run.block.block.height > action.max_block_height:
        raise ActionFailed("DelegateActionExpired")
    if action.sender_id != run.receipt.receiver_id:
        who = {"sender_id": action.sender_id, "receiver_id": run.receipt.receiver_id}
        raise ActionFailed({"DelegateActionSenderDoesNotMatchTxReceiver": who})
    _use_key(run, action)
    outer = run.receipt
    run.new_receipts.append(
        ActionReceipt(
            action.sender_id,
            action.receiver_id,
            # the relayer stays the signer, so unused gas goes back to him
            outer.signer_id,
            outer.signer_public_key,
            outer.gas_price,
            action.actions,
        )
    )
    run.gas_used += prepaid_gas(action.actions) + execution_fees(action.actions) + ACTION_RECEIPT.execution
    run.burn(prepaid_send_fees((action,)))


def _use_key(run: ReceiptRun, action: Delegate) -> None:
    key = run.state.access_key(action.sender_id, action.public_key)
    if key is None:
        missing = {"account_id": action.sender_id, "public_key": action.public_key}
        raise ActionFailed({"DelegateActionAccessKeyError": {"AccessKeyNotFound": missing}})
    if action.nonce <= key.nonce:
        nonces = {"delegate_nonce": action.nonce, "ak_nonce": key.nonce}
        raise ActionFailed({"DelegateActionInvalidNonce": nonces})
    bound = run.block.block.height * ACCESS_KEY_NONCE_RANGE
    if action.nonce >= bound:
        raise ActionFailed({"DelegateActionNonceTooLarge": {"delegate_nonce": action.nonce, "upper_bound": bound}})
    problem = permission_problem(key, action.receiver_id, action.actions)
    if problem is not None:
        raise ActionFailed({"DelegateActionAccessKeyError": problem})
    run.state.set(Key(ACCESS_KEY, action.sender_id, action.public_key), replace(key, nonce=action.nonce))
