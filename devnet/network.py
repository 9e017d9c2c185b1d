"""The chains of the demo and of the tests: real nodes with our contracts, funded accounts, and the service's settings."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from devnet.evm.accounts import DevAccount, dev_account
from devnet.evm.anvil import Anvil
from devnet.evm.deploy import PRODUCTION, EvmDeployment, TokenSpec, deploy_suite
from devnet.evm.lop import ROUTER_DOMAIN, limit_order_protocol
from devnet.evm.rpc import Rpc

ARTIFACTS = Path(__file__).parents[1] / "contracts" / "near" / "artifacts"
NEAR = 10**24
ETHER = 10**18
USDC_ON_BASE = "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913"  # seed 000's token, put there by anvil_setCode
USDC_ON_ETHEREUM = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
EVM_IDS = {"base": 31337, "ethereum": 31338}
PRODUCTION_IDS = {"base": 8453, "ethereum": 1}
OPERATOR = dev_account(0)
MAKER = dev_account(5)
HTLC, USDT, US, ALICE, BOB = "htlc.near", "usdt.near", "orchestrator.near", "alice.near", "bob.near"
FIRST_MAKER = 10  # the development account of a network's first maker
STOCK = 10**13  # base units of each six-decimal token that we and the makers start with
STORAGE_FLOAT = 5 * NEAR


@dataclass(frozen=True)
class Figures:
    """What chains.toml says of a local chain, in seconds; small, because local chains are quick."""

    evm_block: float | None = 1.0
    near_block: float | None = 0.6
    near_final_lag: int = 2
    finality: int = 6
    inclusion: int = 4
    watcher_lag: int = 2
    destination: int = 120
    slack: int = 60
    clock_skew: int = 2
    reorg_allowance: int = 2
    public_stage: int = 30
    poll_ms: int = 60


@dataclass
class Network:
    """Starts the chains when entered, and stops them when left.

    `makers` funded accounts are made on each chain beside MAKER and ALICE: `maker_evm` and `maker_near` name them. With
    `persist`, a folder, every chain outlives a kill: `revive` it, and its final blocks are what they were.
    `as_production` is what 1inch's SDK takes for granted: the production chains' ids, and a variant of the order protocol at
    1inch's address, under its domain.
    """

    evm_names: tuple[str, ...] = ("base",)
    with_near: bool = True
    figures: Figures = field(default_factory=Figures)
    ports: dict[str, int] = field(default_factory=dict)
    hash_function: str = "sha256"
    log_dir: Path | None = None
    makers: int = 0
    persist: Path | None = None
    as_production: bool = False

    @property
    def evm_ids(self) -> dict[str, int]:
        """Chain ids by name."""
        return PRODUCTION_IDS if self.as_production else EVM_IDS

    def __enter__(self) -> Self:
        self.stack = ExitStack()
        self.evm: dict[str, Anvil] = {}
        self.deployments: dict[str, EvmDeployment] = {}
        try:
            for name in self.evm_names:
                self._start_evm(name)  # in this thread: a child is told to end when the thread that started it does
            if self.with_near:
                self._start_near()
            with ThreadPoolExecutor() as pool:
                ready = [pool.submit(self._set_up_evm, name) for name in self.evm_names]
                ready += [pool.submit(self._set_up_near)] if self.with_near else []
                for future in ready:
                    future.result()
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    # EVM

    def _start_evm(self, name: str) -> None:
        anvil = Anvil(
            chain_id=self.evm_ids[name],
            port=self.ports.get(name, 0),
            accounts=FIRST_MAKER + self.makers,
            persist=self.persist / name if self.persist else None,
        )
        self.stack.enter_context(anvil)
        self.evm[name] = anvil

    def _set_up_evm(self, name: str) -> None:
        anvil = self.evm[name]
        address = USDC_ON_BASE if name == "base" else USDC_ON_ETHEREUM
        deployed = deploy_suite(
            anvil,
            OPERATOR.key,
            self.hash_function,  # type: ignore[arg-type]
            tokens=(TokenSpec("USDC", 6, "USD Coin", address=address),),
            limit_order_protocol_artifact=limit_order_protocol(ROUTER_DOMAIN) if self.as_production else None,
            places=PRODUCTION if self.as_production else None,
        )
        self.deployments[name] = deployed
        self._fund_evm(anvil, deployed, [MAKER, *map(maker_evm, range(self.makers))])
        if self.persist is not None:
            anvil.keep(self.figures.evm_block)
        elif self.figures.evm_block is not None:
            interval = self.figures.evm_block
            anvil.rpc.call("evm_setAutomine", False)
            anvil.rpc.call("evm_setIntervalMining", max(1, round(interval)))

    @staticmethod
    def _fund_evm(anvil: Anvil, deployed: EvmDeployment, makers: list[DevAccount]) -> None:
        from chains.codec import calldata

        for holder in (deployed.resolver, *(maker.address for maker in makers)):
            mint = calldata.erc20_mint(holder.lower(), STOCK)
            _send(anvil.rpc, OPERATOR, deployed.tokens["USDC"], mint)
        _send(anvil.rpc, OPERATOR, deployed.resolver, b"", 100 * ETHER)
        anvil.mine(3)

    # NEAR

    def _start_near(self) -> None:
        from devnet.near.process import NearDevnet

        near = NearDevnet(
            port=self.ports.get("near", 0),
            block_time=None,
            final_lag=self.figures.near_final_lag,
            accounts=dict.fromkeys((HTLC, USDT, US, ALICE, BOB, *self._near_makers), 100000 * NEAR),
            persist=self.persist / "near" if self.persist else None,
        )
        self.stack.enter_context(near)
        self.near = near

    def _set_up_near(self) -> None:
        near = self.near
        near.deploy(
            HTLC,
            (ARTIFACTS / "htlc.wasm").read_bytes(),
            "new",
            {"hash_function": self.hash_function, "retention_seconds": 3600},
        )
        near.deploy(
            USDT,
            (ARTIFACTS / "token.wasm").read_bytes(),
            "new",
            {
                "owner_id": USDT,
                "total_supply": str((10 + self.makers) * STOCK),
                "metadata": {"spec": "ft-1.0.0", "name": "Tether USD", "symbol": "USDT", "decimals": 6},
            },
        )
        for account in (HTLC, US, ALICE, BOB, *self._near_makers):
            near.call(
                USDT, USDT, "storage_deposit", {"account_id": account, "registration_only": True}, deposit=NEAR // 100
            )
        for account in (US, ALICE, *self._near_makers):
            near.call(USDT, USDT, "ft_transfer", {"receiver_id": account, "amount": str(STOCK)}, deposit=1)
        near.call(US, HTLC, "storage_deposit", {}, deposit=STORAGE_FLOAT)
        if self.figures.near_block is not None:
            near.rpc("devnet_set_block_time", {"seconds": self.figures.near_block})

    @property
    def _near_makers(self) -> list[str]:
        return [maker_near(number) for number in range(self.makers)]

    def advance(self, seconds: int) -> None:
        """Move every chain's clock, so that nobody waits for a timelock."""
        for anvil in self.evm.values():
            anvil.advance_time(seconds)
        if self.with_near:
            self.near.advance_time(seconds)

    def complaint(self) -> str | None:
        """One sentence about a chain that has ended, or None."""
        for name, anvil in self.evm.items():
            if not anvil.is_running:
                return f"the local chain {name} (anvil) has ended"
        if self.with_near and not self.near.is_running:
            return "the local NEAR chain has ended"
        return None

    # The service's settings

    def environment(self, directory: Path) -> dict[str, str]:
        """Environment variables that point the service at these chains; writes the chains file into `directory`."""
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / "chains.toml"
        path.write_text(self.chains_toml())
        found = {"CHAINS_FILE": str(path), "ORCHESTRATOR_PRIVATE_KEY": OPERATOR.key}
        for name, anvil in self.evm.items():
            prefix, deployed = name.upper(), self.deployments[name]
            found |= {
                f"{prefix}_RPC_URL": anvil.url,
                f"{prefix}_ESCROW_FACTORY_ADDRESS": deployed.factory,
                f"{prefix}_RESOLVER_ADDRESS": deployed.resolver,
                f"{prefix}_LIMIT_ORDER_PROTOCOL_ADDRESS": deployed.limit_order_protocol,
                f"{prefix}_TRUE_TOKEN_ADDRESS": deployed.always_paid,
            }
        if self.with_near:
            found |= {
                "NEAR_RPC_URL": self.near.url,
                "NEAR_HTLC_CONTRACT": HTLC,
                "NEAR_ORCHESTRATOR_ACCOUNT_ID": US,
                "NEAR_PRIVATE_KEY": self.near.keys[US],
            }
        return found

    def chains_toml(self) -> str:
        """chains.toml for these chains, with their small figures."""
        figures = self.figures
        common = (
            f"finality_seconds = {figures.finality}\ninclusion_seconds = {figures.inclusion}\n"
            f"watcher_lag_seconds = {figures.watcher_lag}\npoll_ms = {figures.poll_ms}\n"
            "resend_seconds = 2.0\nstuck_seconds = 20.0\n"
        )
        parts = []
        for name in self.evm_names:
            usdc = USDC_ON_BASE if name == "base" else USDC_ON_ETHEREUM
            parts.append(
                f'[chains.{name}]\nfamily = "evm"\nnetwork_id = "{self.evm_ids[name]}"\nfinality = "finalized"\n'
                f"{self._genesis(name)}"
                f"block_seconds = {figures.evm_block or 0.1}\n{common}"
                + _token(name, "ETH", "0x" + "0" * 40, 18)
                + _token(name, "USDC", usdc, 6)
            )
        if self.with_near:
            parts.append(
                '[chains.near]\nfamily = "near"\nnetwork_id = "localnet"\nfinality = "final"\n'
                f"block_seconds = {figures.near_block or 0.1}\n{common}"
                + _token("near", "NEAR", "near", 24)
                + _token("near", "USDT", USDT, 6)
            )
        prices = '[prices]\nETH = "3200"\nNEAR = "2.50"\nUSDC = "1.00"\nUSDT = "0.999"\n'
        route = (
            f"[route]\ndestination_seconds = {figures.destination}\nslack_seconds = {figures.slack}\n"
            f"clock_skew_seconds = {figures.clock_skew}\nreorg_allowance_seconds = {figures.reorg_allowance}\n"
            f"public_stage_seconds = {figures.public_stage}\n"
        )
        return "\n".join([*parts, prices, route])

    def _genesis(self, name: str) -> str:
        """A line that tells it from the real chain whose id it has."""
        if not self.as_production:
            return ""
        block = self.evm[name].rpc.call("eth_getBlockByNumber", "0x0", False)
        return f'genesis_hash = "{block["hash"]}"\n'

    # Balances, as the chains tell them

    def evm_balance(self, name: str, token: str, account: str) -> int:
        """Base units at the newest block."""
        from chains.codec import calldata

        rpc = self.evm[name].rpc
        if int(token, 16) == 0:
            return int(rpc.call("eth_getBalance", account, "latest"), 16)
        data = "0x" + calldata.erc20_balance_of(account.lower()).hex()
        return int(rpc.call("eth_call", {"to": token, "data": data}, "latest"), 16)

    def near_balance(self, token: str, account: str) -> int:
        """Base units at the newest block."""
        if token == "near":
            return self.near.balance(account)
        return int(self.near.view(token, "ft_balance_of", {"account_id": account}))


def maker_evm(number: int) -> DevAccount:
    """One of a network's `makers`."""
    return dev_account(FIRST_MAKER + number)


def maker_near(number: int) -> str:
    """The same maker's NEAR account."""
    return f"maker-{number}.near"


def _token(chain: str, symbol: str, token_id: str, decimals: int) -> str:
    return f'\n[[chains.{chain}.tokens]]\nsymbol = "{symbol}"\nid = "{token_id}"\ndecimals = {decimals}\n'


def _send(rpc: Rpc, account: DevAccount, to: str, data: bytes, value: int = 0) -> str:
    """One transaction of a development account; returns its hash. The fee is generous: local coins cost nothing."""
    from eth_account import Account

    nonce = int(rpc.call("eth_getTransactionCount", account.address, "pending"), 16)
    signed = Account.sign_transaction(
        {
            "chainId": int(rpc.call("eth_chainId"), 16),
            "nonce": nonce,
            "to": bytes.fromhex(to[2:]),
            "data": "0x" + data.hex(),
            "value": value,
            "gas": 500_000,
            "maxFeePerGas": 20 * 10**9,
            "maxPriorityFeePerGas": 10**9,
        },
        account.key,
    )
    sent: str = rpc.call("eth_sendRawTransaction", "0x" + bytes(signed.raw_transaction).hex())
    return sent


send_evm = _send
