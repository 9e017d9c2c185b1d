"""About the node and the network."""

import time
from typing import Any

from devnet.near import parameters
from devnet.near.blocks import ZERO_HASH, Block
from devnet.near.keys import EMPTY_PUBLIC_KEY
from devnet.near.rpc.params import fields, heads
from devnet.near.rpc.registry import Call, method
from devnet.near.views import Json
from devnet.near.vm import gas, limits

_VERSION = {"version": "devnet", "build": "devnet", "commit": "devnet", "rustc_version": "none"}


@method("status")
def status(call: Call) -> Json:
    chain = call.chain
    now, first = heads(call).optimistic, chain.blocks.earliest
    return {
        "version": _VERSION,
        "chain_id": parameters.CHAIN_ID,
        "protocol_version": parameters.PROTOCOL_VERSION,
        "latest_protocol_version": parameters.PROTOCOL_VERSION,
        "rpc_addr": call.node.url.removeprefix("http://"),
        "validators": [],
        "sync_info": {
            "latest_block_hash": now.hash,
            "latest_block_height": now.height,
            "latest_state_root": ZERO_HASH,
            "latest_block_time": _iso(now),
            "syncing": False,
            "earliest_block_hash": first.hash,
            "earliest_block_height": first.height,
            "earliest_block_time": _iso(first),
            "epoch_id": ZERO_HASH,
            "epoch_start_height": chain.blocks.genesis.height,
        },
        "validator_account_id": None,
        "validator_public_key": None,
        "node_public_key": EMPTY_PUBLIC_KEY,
        "node_key": None,
        "uptime_sec": int(time.time() - chain.started),
        "genesis_hash": chain.blocks.genesis.hash,
        "detailed_debug_status": None,
    }


@method("health")
def health(call: Call) -> None:
    return None


@method("network_info")
def network_info(call: Call) -> Json:
    return {
        "active_peers": [],
        "num_active_peers": 0,
        "peer_max_count": 0,
        "sent_bytes_per_sec": 0,
        "received_bytes_per_sec": 0,
        "known_producers": [],
    }


@method("validators")
def validators(call: Call) -> Json:
    return {
        "current_validators": [],
        "next_validators": [],
        "current_fishermen": [],
        "next_fishermen": [],
        "current_proposals": [],
        "prev_epoch_kickout": [],
        "epoch_start_height": call.chain.blocks.genesis.height,
        "epoch_height": 1,
    }


@method("EXPERIMENTAL_validators_ordered")
def validators_ordered(call: Call) -> list[Any]:
    return []


@method("genesis_config", "EXPERIMENTAL_genesis_config")
def genesis_config(call: Call) -> Json:
    genesis = call.chain.blocks.genesis
    return _shared_config(call) | {
        "protocol_version": parameters.PROTOCOL_VERSION,
        "genesis_time": _iso(genesis),
        "validators": [],
        "total_supply": str(genesis.total_supply),
        "num_block_producer_seats_per_shard": [1],
        "avg_hidden_validator_seats_per_shard": [0],
    }


@method("EXPERIMENTAL_protocol_config")
def protocol_config(call: Call) -> Json:
    fields(call)
    return _shared_config(call) | {
        "protocol_version": parameters.PROTOCOL_VERSION,
        "genesis_time": _iso(call.chain.blocks.genesis),
        "runtime_config": {
            "storage_amount_per_byte": str(parameters.STORAGE_PRICE_PER_BYTE),
            "transaction_costs": _transaction_costs(),
            "wasm_config": _wasm_config(),
            "account_creation_config": {
                "min_allowed_top_level_account_length": parameters.MIN_TOP_LEVEL_ACCOUNT_LENGTH,
                "registrar_account_id": parameters.REGISTRAR,
            },
        },
    }


def _shared_config(call: Call) -> Json:
    layout = {"V0": {"num_shards": 1, "version": 0}}
    return {
        "chain_id": parameters.CHAIN_ID,
        "genesis_height": call.chain.blocks.genesis.height,
        "epoch_length": parameters.EPOCH_BLOCKS,
        "transaction_validity_period": parameters.TRANSACTION_VALIDITY_BLOCKS,
        "gas_limit": parameters.CHUNK_GAS_LIMIT,
        "min_gas_price": str(parameters.GAS_PRICE),
        "max_gas_price": str(parameters.GAS_PRICE),
        "gas_price_adjustment_rate": [0, 1],
        "num_block_producer_seats": 1,
        "num_blocks_per_year": 31_536_000,
        "block_producer_kickout_threshold": 0,
        "chunk_producer_kickout_threshold": 0,
        "chunk_validator_only_kickout_threshold": 0,
        "online_min_threshold": [9, 10],
        "online_max_threshold": [99, 100],
        "max_inflation_rate": [0, 1],
        "protocol_reward_rate": [0, 1],
        "protocol_treasury_account": "treasury.near",
        "protocol_upgrade_stake_threshold": [4, 5],
        "fishermen_threshold": "0",
        "minimum_stake_divisor": 10,
        "minimum_stake_ratio": [1, 6250],
        "minimum_validators_per_shard": 1,
        "max_kickout_stake_perc": 100,
        "dynamic_resharding": False,
        "shuffle_shard_assignment_for_chunk_producers": False,
        "target_validator_mandates_per_shard": 1,
        "shard_layout": layout,
    }


def _fee(fee: parameters.Fee) -> Json:
    return {"send_sir": fee.send_sir, "send_not_sir": fee.send_not_sir, "execution": fee.execution}


def _transaction_costs() -> Json:
    p = parameters
    return {
        "action_receipt_creation_config": _fee(p.ACTION_RECEIPT),
        "data_receipt_creation_config": {
            "base_cost": _fee(p.DATA_RECEIPT),
            "cost_per_byte": _fee(p.DATA_RECEIPT_BYTE),
        },
        "action_creation_config": {
            "create_account_cost": _fee(p.CREATE_ACCOUNT),
            "deploy_contract_cost": _fee(p.DEPLOY_CONTRACT),
            "deploy_contract_cost_per_byte": _fee(p.DEPLOY_CONTRACT_BYTE),
            "function_call_cost": _fee(p.FUNCTION_CALL),
            "function_call_cost_per_byte": _fee(p.FUNCTION_CALL_BYTE),
            "transfer_cost": _fee(p.TRANSFER),
            "stake_cost": _fee(p.STAKE),
            "add_key_cost": {
                "full_access_cost": _fee(p.ADD_FULL_ACCESS_KEY),
                "function_call_cost": _fee(p.ADD_FUNCTION_CALL_KEY),
                "function_call_cost_per_byte": _fee(p.ADD_FUNCTION_CALL_KEY_BYTE),
            },
            "delete_key_cost": _fee(p.DELETE_KEY),
            "delete_account_cost": _fee(p.DELETE_ACCOUNT),
            "delegate_cost": _fee(p.DELEGATE),
        },
        "storage_usage_config": {
            "num_bytes_account": p.ACCOUNT_BYTES,
            "num_extra_bytes_record": p.RECORD_EXTRA_BYTES,
        },
        "burnt_gas_reward": list(p.GAS_REWARD),
        "pessimistic_gas_price_inflation_ratio": [1, 1],
    }


def _wasm_config() -> Json:
    return {
        "regular_op_cost": gas.OPERATION,
        "limit_config": {
            "max_gas_burnt": parameters.MAX_TOTAL_PREPAID_GAS,
            "max_memory_pages": limits.MEMORY_PAGES,
            "max_number_registers": limits.REGISTERS,
            "max_number_logs": limits.LOGS,
            "max_total_log_length": limits.TOTAL_LOG_BYTES,
            "max_total_prepaid_gas": parameters.MAX_TOTAL_PREPAID_GAS,
            "max_actions_per_receipt": parameters.MAX_ACTIONS,
            "max_length_storage_key": limits.STORAGE_KEY_BYTES,
            "max_length_storage_value": limits.STORAGE_VALUE_BYTES,
            "max_promises_per_function_call_action": limits.PROMISES,
            "max_number_input_data_dependencies": limits.INPUT_DEPENDENCIES,
            "max_transaction_size": parameters.MAX_TRANSACTION_BYTES,
            "max_contract_size": parameters.MAX_CONTRACT_BYTES,
        },
    }


def _iso(block: Block) -> str:
    seconds, rest = divmod(block.timestamp, 10**9)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest:09d}Z"
