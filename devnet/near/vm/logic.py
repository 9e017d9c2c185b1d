"""One contract call in progress: memory, registers, and what it has done so far. Host functions work on this."""

import wasmtime

from devnet.near.vm import gas, limits
from devnet.near.vm.context import CallContext, PromisedReceipt, ReceiptIndex, Storage
from devnet.near.vm.errors import HostError, memory_violation, prohibited_in_view

U64_MAX = (1 << 64) - 1


class Logic:
    """The state of a call. Pointers, lengths and register ids are unsigned 64-bit integers."""

    def __init__(self, context: CallContext, storage: Storage) -> None:
        self.context = context
        self.storage = storage
        self.gas = gas.GasCounter(context.prepaid_gas)
        self.balance = context.account_balance + context.attached_deposit
        self.storage_usage = context.storage_usage
        self.logs: list[str] = []
        self.log_bytes = 0
        self.returned: bytes | ReceiptIndex = b""
        self.receipts: list[PromisedReceipt] = []
        # a promise is a receipt, or several joined ones
        self.promises: list[int | list[int]] = []
        self._registers: dict[int, bytes] = {}
        self._registers_size = 0
        self._store: wasmtime.Store | None = None
        self._memory: wasmtime.Memory | None = None

    def attach(self, store: wasmtime.Store, memory: wasmtime.Memory | None) -> None:
        """Say where the contract's memory is."""
        self._store = store
        self._memory = memory

    @property
    def has_memory(self) -> bool:
        return self._memory is not None

    def forbid_in_view(self, function: str) -> None:
        """Raise `HostError` in a view call."""
        if self.context.is_view:
            raise prohibited_in_view(function)

    # memory

    def read_memory(self, pointer: int, length: int) -> bytes:
        self.gas.burn_sized(gas.READ_MEMORY, length)
        store, memory = self._bounds(pointer, length)
        return bytes(memory.read(store, pointer, pointer + length))

    def write_memory(self, pointer: int, data: bytes) -> None:
        self.gas.burn_sized(gas.WRITE_MEMORY, len(data))
        store, memory = self._bounds(pointer, len(data))
        memory.write(store, data, pointer)

    def read_u128(self, pointer: int) -> int:
        return int.from_bytes(self.read_memory(pointer, 16), "little")

    def write_u128(self, pointer: int, value: int) -> None:
        self.write_memory(pointer, value.to_bytes(16, "little"))

    def _bounds(self, pointer: int, length: int) -> tuple[wasmtime.Store, wasmtime.Memory]:
        if self._store is None or self._memory is None:
            raise memory_violation()
        if pointer + length > self._memory.data_len(self._store):
            raise memory_violation()
        return self._store, self._memory

    # registers

    def register_length(self, register: int) -> int:
        data = self._registers.get(register)
        return U64_MAX if data is None else len(data)

    def read_register(self, register: int) -> bytes:
        data = self._registers.get(register)
        if data is None:
            raise HostError(
                "InvalidRegisterId", f"Accessed invalid register id: {register}", f"register_id: {register}"
            )
        self.gas.burn_sized(gas.READ_REGISTER, len(data))
        return data

    def write_register(self, register: int, data: bytes) -> None:
        self.gas.burn_sized(gas.WRITE_REGISTER, len(data))
        size = self._registers_size - len(self._registers.get(register, b"")) + len(data)
        full = register not in self._registers and len(self._registers) >= limits.REGISTERS
        if len(data) > limits.REGISTER_BYTES or full or size > limits.REGISTERS_TOTAL_BYTES:
            raise memory_violation()
        self._registers[register] = data
        self._registers_size = size

    # arguments

    def read_bytes(self, length: int, pointer: int) -> bytes:
        """Bytes in memory, or in the register `pointer` when `length` is 2^64 - 1."""
        if length == U64_MAX:
            return self.read_register(pointer)
        return self.read_memory(pointer, length)

    def read_text(self, length: int, pointer: int) -> str:
        """UTF-8 in memory, up to a zero byte when `length` is 2^64 - 1."""
        data = self._read_until_zero(pointer) if length == U64_MAX else self._read_log_bytes(length, pointer)
        self.gas.burn_sized(gas.UTF8_DECODING, len(data))
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise HostError("BadUTF8", "String encoding is bad UTF-8 sequence.") from None

    def read_account_id(self, length: int, pointer: int) -> str:
        """An account's name, from memory or a register; whether it is valid is judged with the receipt."""
        data = self.read_bytes(length, pointer)
        self.gas.burn_sized(gas.UTF8_DECODING, len(data))
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise HostError("BadUTF8", "String encoding is bad UTF-8 sequence.") from None

    def read_text_utf16(self, length: int, pointer: int) -> str:
        """UTF-16 of `length` bytes, or up to a zero unit when `length` is 2^64 - 1."""
        data = self._read_until_zero(pointer, 2) if length == U64_MAX else self._read_log_bytes(length, pointer)
        self.gas.burn_sized(gas.UTF16_DECODING, len(data))
        try:
            return data.decode("utf-16-le")
        except UnicodeDecodeError:
            raise HostError("BadUTF16", "String encoding is bad UTF-16 sequence.") from None

    def _read_log_bytes(self, length: int, pointer: int) -> bytes:
        self.check_log_length(length)
        return self.read_memory(pointer, length)

    def _read_until_zero(self, pointer: int, unit: int = 1) -> bytes:
        data = b""
        while (read := self.read_memory(pointer + len(data), unit)) != bytes(unit):
            data += read
            self.check_log_length(len(data))
        return data

    # logs

    def check_log_length(self, length: int) -> None:
        """Raise `HostError` when this much more text is too much."""
        if self.log_bytes + length > limits.TOTAL_LOG_BYTES:
            total = self.log_bytes + length
            raise HostError(
                "TotalLogLengthExceeded",
                f"The length of a log message {total} exceeds the limit {limits.TOTAL_LOG_BYTES}",
                f"length: {total}, limit: {limits.TOTAL_LOG_BYTES}",
            )

    def log(self, message: str) -> None:
        """Keep a log line."""
        size = len(message.encode())
        self.gas.burn_sized(gas.LOG, size)
        if len(self.logs) >= limits.LOGS:
            raise HostError(
                "NumberOfLogsExceeded",
                f"The number of logs will exceed the limit {limits.LOGS}",
                f"limit: {limits.LOGS}",
            )
        self.check_log_length(size)
        self.log_bytes += size
        self.logs.append(message)

    # money

    def spend(self, amount: int) -> None:
        """Take a deposit from the account. Raises `HostError` when it has not so much."""
        if amount > self.balance:
            raise HostError("BalanceExceeded", "Exceeded the account balance.")
        self.balance -= amount
