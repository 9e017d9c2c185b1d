"""What actions cost, as nearcore's `runtime/src/config.rs` adds it up."""

from collections.abc import Sequence

from devnet.near.actions import (
    Action,
    AddKey,
    CreateAccount,
    Delegate,
    DeleteAccount,
    DeleteKey,
    DeployContract,
    FunctionCall,
    Stake,
    Transfer,
)
from devnet.near.parameters import (
    ACTION_RECEIPT,
    ADD_FULL_ACCESS_KEY,
    ADD_FUNCTION_CALL_KEY,
    ADD_FUNCTION_CALL_KEY_BYTE,
    CREATE_ACCOUNT,
    DELEGATE,
    DELETE_ACCOUNT,
    DELETE_KEY,
    DEPLOY_CONTRACT,
    DEPLOY_CONTRACT_BYTE,
    FUNCTION_CALL,
    FUNCTION_CALL_BYTE,
    STAKE,
    TRANSFER,
    Fee,
)

_SIMPLE: dict[type, Fee] = {
    CreateAccount: CREATE_ACCOUNT,
    Transfer: TRANSFER,
    Stake: STAKE,
    DeleteKey: DELETE_KEY,
    DeleteAccount: DELETE_ACCOUNT,
    Delegate: DELEGATE,
}


def action_fee(action: Action) -> Fee:
    """The fee of one action by itself, without what a delegate action holds."""
    if isinstance(action, FunctionCall):
        return _with_bytes(FUNCTION_CALL, FUNCTION_CALL_BYTE, len(action.method_name.encode()) + len(action.args))
    if isinstance(action, DeployContract):
        return _with_bytes(DEPLOY_CONTRACT, DEPLOY_CONTRACT_BYTE, len(action.code))
    if isinstance(action, AddKey):
        return _add_key_fee(action)
    return _SIMPLE[type(action)]


def send_fees(actions: Sequence[Action], sender_is_receiver: bool) -> int:
    """Gas burnt at once by the sender of these actions, the inner ones of a delegate included."""
    total = 0
    for action in actions:
        total += action_fee(action).send(sender_is_receiver)
        if isinstance(action, Delegate):
            total += send_fees(action.actions, sender_is_receiver)
    return total


def prepaid_send_fees(actions: Sequence[Action]) -> int:
    """Gas that delegate actions among these will burn when their inner receipt is sent."""
    return sum(
        ACTION_RECEIPT.send(_to_itself(action)) + send_fees(action.actions, _to_itself(action))
        for action in actions
        if isinstance(action, Delegate)
    )


def execution_fees(actions: Sequence[Action]) -> int:
    """Gas for executing these actions, the inner ones of a delegate included, without contract code."""
    total = 0
    for action in actions:
        total += action_fee(action).execution
        if isinstance(action, Delegate):
            total += ACTION_RECEIPT.execution + execution_fees(action.actions)
    return total


def prepaid_gas(actions: Sequence[Action]) -> int:
    """Gas attached to function calls, the inner ones of a delegate included."""
    total = 0
    for action in actions:
        if isinstance(action, FunctionCall):
            total += action.gas
        elif isinstance(action, Delegate):
            total += prepaid_gas(action.actions)
    return total


def deposits(actions: Sequence[Action]) -> int:
    """YoctoNEAR that these actions carry, the inner ones of a delegate included."""
    total = 0
    for action in actions:
        if isinstance(action, FunctionCall | Transfer):
            total += action.deposit
        elif isinstance(action, Delegate):
            total += deposits(action.actions)
    return total


def _with_bytes(base: Fee, per_byte: Fee, count: int) -> Fee:
    return Fee(*(fixed + each * count for fixed, each in zip(base, per_byte, strict=True)))


def _add_key_fee(action: AddKey) -> Fee:
    permission = action.access_key.permission
    if permission is None:
        return ADD_FULL_ACCESS_KEY
    names = sum(len(name.encode()) + 1 for name in permission.method_names)
    return _with_bytes(ADD_FUNCTION_CALL_KEY, ADD_FUNCTION_CALL_KEY_BYTE, names + len(permission.receiver_id))


def _to_itself(delegate: Delegate) -> bool:
    return delegate.sender_id == delegate.receiver_id
