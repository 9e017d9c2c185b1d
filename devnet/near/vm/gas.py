"""Gas of host functions and operations, and the counter that stops a call which has used its own up.

Source: nearcore `core/parameters`, `ext_costs` of protocol version 84. WASM operations are counted by wasmtime's fuel, one
unit an operation, which comes close to nearcore's own instrumentation but is not the same.
"""

from devnet.near.vm.errors import HostError

OPERATION = 822_756

BASE = 264_768_111
CONTRACT_LOADING = (35_445_963, 1_089_295)
READ_MEMORY = (2_609_863_200, 3_801_333)
WRITE_MEMORY = (2_803_794_861, 2_723_772)
READ_REGISTER = (2_517_165_186, 98_562)
WRITE_REGISTER = (2_865_522_486, 3_801_564)
UTF8_DECODING = (3_111_779_061, 291_580_479)
UTF16_DECODING = (3_543_313_050, 163_577_493)
SHA256 = (4_540_970_250, 24_117_351)
KECCAK256 = (5_879_491_275, 21_471_105)
KECCAK512 = (5_811_388_236, 36_649_701)
RIPEMD160 = (853_675_086, 680_107_584)
RIPEMD160_BLOCK_BYTES = 64
ED25519_VERIFY = (210_000_000_000, 9_000_000)
ECRECOVER = 278_821_988_457
LOG = (3_543_313_050, 13_198_791)
STORAGE_WRITE = 64_196_736_000
STORAGE_WRITE_KEY_BYTE = 70_482_867
STORAGE_WRITE_VALUE_BYTE = 31_018_539
STORAGE_WRITE_EVICTED_BYTE = 32_117_307
STORAGE_READ = 56_356_845_749
STORAGE_READ_KEY_BYTE = 30_952_533
STORAGE_READ_VALUE_BYTE = 5_611_004
STORAGE_REMOVE = 53_473_030_500
STORAGE_REMOVE_KEY_BYTE = 38_220_384
STORAGE_REMOVE_VALUE_BYTE = 11_531_556
STORAGE_HAS_KEY = (54_039_896_625, 30_790_845)
PROMISE_AND = (1_465_013_400, 5_452_176)
PROMISE_RETURN = 560_152_386
VALIDATOR_STAKE = 911_834_726_400


class GasCounter:
    """Exact gas of one call. `limit` is what was prepaid.

    `burnt` is gone; `promised` goes with the receipts that the call makes. Operations are counted by the engine, in fuel:
    `resume` says how much of it the limit allows, `pause` takes over what was used.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.burnt = 0
        self.promised = 0
        self._fuel_given = 0

    @property
    def used(self) -> int:
        return self.burnt + self.promised

    @property
    def left(self) -> int:
        return self.limit - self.used

    def pause(self, fuel_left: int) -> None:
        """The code has stopped with this much fuel left."""
        self.burnt += (self._fuel_given - fuel_left) * OPERATION
        self._fuel_given = 0

    def resume(self) -> int:
        """Fuel to go on with."""
        self._fuel_given = max(0, self.left // OPERATION)
        return self._fuel_given

    def burn(self, amount: int) -> None:
        """Use gas. Raises `HostError` when there is not so much left; then all is used."""
        if amount > self.left:
            self.exhaust()
            raise HostError("GasExceeded", "Exceeded the prepaid gas.")
        self.burnt += amount

    def burn_sized(self, cost: tuple[int, int], size: int) -> None:
        """Use a fixed amount and one for each byte or item."""
        self.burn(cost[0] + cost[1] * size)

    def promise(self, amount: int) -> None:
        """Set gas aside for a receipt. Raises `HostError` like `burn`."""
        if amount > self.left:
            self.exhaust()
            raise HostError("GasExceeded", "Exceeded the prepaid gas.")
        self.promised += amount

    def exhaust(self) -> None:
        """All that was prepaid is burnt."""
        self.burnt = self.limit - self.promised
