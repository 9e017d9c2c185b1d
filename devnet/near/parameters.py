"""Protocol parameters.

Source: nearcore `core/parameters`, the configuration of protocol version 84. Gas is in gas units, balances in yoctoNEAR.
"""

from typing import NamedTuple

PROTOCOL_VERSION = 84
CHAIN_ID = "localnet"

GAS_PRICE = 100_000_000
STORAGE_PRICE_PER_BYTE = 10**19
ACCOUNT_BYTES = 100
RECORD_EXTRA_BYTES = 40
# NEP-448: an account this small needs no balance
ZERO_BALANCE_BYTES = 770
# share of the gas that a contract call burns which its account earns
GAS_REWARD = (3, 10)
# Source: nearcore, `ACCESS_KEY_NONCE_RANGE_MULTIPLIER`
ACCESS_KEY_NONCE_RANGE = 1_000_000

TRANSACTION_VALIDITY_BLOCKS = 86_400
EPOCH_BLOCKS = 43_200
CHUNK_GAS_LIMIT = 1_000_000_000_000_000
VIEW_GAS_LIMIT = 300_000_000_000_000

MAX_TOTAL_PREPAID_GAS = 1_000_000_000_000_000
MAX_ACTIONS = 100
MAX_TRANSACTION_BYTES = 1_572_864
MAX_ARGUMENT_BYTES = 4_194_304
MAX_METHOD_NAME_BYTES = 256
MAX_KEY_METHOD_NAMES_BYTES = 2000
MAX_CONTRACT_BYTES = 4_194_304
MIN_TOP_LEVEL_ACCOUNT_LENGTH = 65
REGISTRAR = "registrar"
# an account with more state than this cannot be deleted
MAX_DELETABLE_STATE_BYTES = 10_000


class Fee(NamedTuple):
    """What one thing costs: to send to oneself, to send to another, to execute."""

    send_sir: int
    send_not_sir: int
    execution: int

    def send(self, sender_is_receiver: bool) -> int:
        return self.send_sir if sender_is_receiver else self.send_not_sir


def _flat(gas: int) -> Fee:
    return Fee(gas, gas, gas)


ACTION_RECEIPT = _flat(108_059_500_000)
DATA_RECEIPT = _flat(36_486_732_312)
DATA_RECEIPT_BYTE = Fee(17_212_011, 47_683_715, 17_212_011)
CREATE_ACCOUNT = _flat(3_850_000_000_000)
DEPLOY_CONTRACT = _flat(184_765_750_000)
DEPLOY_CONTRACT_BYTE = Fee(6_812_999, 47_683_715, 64_572_944)
FUNCTION_CALL = Fee(200_000_000_000, 200_000_000_000, 780_000_000_000)
FUNCTION_CALL_BYTE = Fee(2_235_934, 47_683_715, 2_235_934)
TRANSFER = _flat(115_123_062_500)
STAKE = Fee(141_715_687_500, 141_715_687_500, 102_217_625_000)
ADD_FULL_ACCESS_KEY = _flat(101_765_125_000)
ADD_FUNCTION_CALL_KEY = _flat(102_217_625_000)
ADD_FUNCTION_CALL_KEY_BYTE = Fee(1_925_331, 47_683_715, 1_925_331)
DELETE_KEY = _flat(94_946_625_000)
DELETE_ACCOUNT = _flat(147_489_000_000)
DELEGATE = _flat(200_000_000_000)
