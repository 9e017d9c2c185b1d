"""1inch's interface in this process, on two real chains with production ids and keccak256 escrows."""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import environ
import pytest
from rest_framework.test import APIClient

from access.models import ActorKind
from access.services import api_key_create
from balancer.settings import chains as chain_settings
from chains.codec import calldata
from chains.codec.order import ROUTER
from chains.config import forget_clients
from chains.models import Chain
from chains.services.setup import chain_sync
from chains.watchers import watcher_for
from devnet.evm.accounts import DevAccount
from devnet.network import MAKER, OPERATOR, USDC_ON_BASE, USDC_ON_ETHEREUM, Figures, Network, send_evm
from tests.unit.fusion.wallet import SdkOrder, Wallet

Document = dict[str, Any]
BASE, ETHEREUM = (8453, USDC_ON_BASE), (1, USDC_ON_ETHEREUM)
QUOTE = "/quoter/v1.1/quote/receive/"
AMOUNT = 10_000_000
KNOWN: list[dict[str, Any]] = []  # what was read of the chains, once for all tests
FIGURES = Figures(evm_block=None, destination=900, slack=120)


@pytest.fixture(scope="package")
def fusion_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Network, Path]]:
    with Network(
        evm_names=("base", "ethereum"), with_near=False, figures=FIGURES, hash_function="keccak256", as_production=True
    ) as running:
        approve = calldata.erc20_approve(ROUTER, 2**255)
        send_evm(running.evm["base"].rpc, MAKER, USDC_ON_BASE, approve)
        running.evm["base"].mine(3)
        yield running, tmp_path_factory.mktemp("fusion")


class Environment(environ.Env):
    """Variables of our own instead of the process's."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__()
        self.ENVIRON = values


@pytest.fixture
def chains(fusion_network: tuple[Network, Path], db: None, settings: Any) -> Iterator[dict[str, Chain]]:
    """Both chains configured, and read up to their final blocks."""
    network, directory = fusion_network
    env = Environment(network.environment(directory))
    settings.CHAINS = chain_settings.load(env)
    settings.ROUTE_DEFAULTS, settings.ROUTES = chain_settings.route_defaults(env), chain_settings.routes(env)
    settings.PRICES_USD = chain_settings.prices(env)
    forget_clients()
    if KNOWN:
        Chain.objects.bulk_create(Chain(**row) for row in KNOWN)
    else:
        for name in ("base", "ethereum"):
            _read_chain(name)
        KNOWN.extend(dict(row) for row in Chain.objects.values())
    yield {row.name: row for row in Chain.objects.all()}
    forget_clients()


def _read_chain(name: str) -> None:
    chain_sync(name=name)
    watcher = watcher_for(name)
    while watcher.process_one():
        pass


@pytest.fixture
def new_client() -> Callable[..., APIClient]:
    """A client with a key of its own."""

    def make(*scopes: str) -> APIClient:
        wanted = scopes or ("quotes:read", "swaps:read", "swaps:write")
        _, key = api_key_create(name="fusion", scopes=wanted, actor_kind=ActorKind.SYSTEM, actor_id="test")
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        return client

    return make


@pytest.fixture
def api(chains: dict[str, Chain], new_client: Callable[..., APIClient]) -> APIClient:
    return new_client()


@pytest.fixture
def wallet() -> Wallet:
    """MAKER, who has tokens on BASE and allows the protocol to take them; his secret is new."""
    return Wallet(MAKER.key)


@pytest.fixture
def ask(api: APIClient, wallet: Wallet) -> Callable[..., Any]:
    """GET a quote as the SDK asks for it, with changes; a change to None leaves the field out."""

    def get(client: APIClient | None = None, **changes: Any) -> Any:
        query = {
            "srcChain": "8453",
            "dstChain": "1",
            "srcTokenAddress": USDC_ON_BASE,
            "dstTokenAddress": USDC_ON_ETHEREUM,
            "amount": str(AMOUNT),
            "walletAddress": wallet.address,
            "enableEstimate": "true",
            "source": "sdk",
        }
        kept = {name: value for name, value in {**query, **changes}.items() if value is not None}
        return (client or api).get(QUOTE, kept)

    return get


@pytest.fixture
def order(ask: Callable[..., Any], wallet: Wallet) -> SdkOrder:
    """An order that the SDK would submit."""
    answer = ask()
    assert answer.status_code == 200, answer.content
    return wallet.order(answer.json(), source=BASE, destination=ETHEREUM)


@pytest.fixture
def submit(api: APIClient) -> Callable[..., Any]:
    def post(body: Any, client: APIClient | None = None) -> Any:
        return (client or api).post("/relayer/v1.1/submit", body, format="json")

    return post


def named(answer: Any) -> dict[str, str]:
    """What 1inch's error says, by type; the shape is checked on the way."""
    body = answer.json()
    assert set(body) == {"error", "description", "statusCode", "meta"}, body
    assert body["statusCode"] == answer.status_code
    assert all(set(item) == {"type", "value"} and isinstance(item["value"], str) for item in body["meta"])
    return {item["type"]: item["value"] for item in body["meta"]}


def fund(network: Network, account: DevAccount, amount: int) -> None:
    """Give somebody tokens on BASE."""
    send_evm(network.evm["base"].rpc, OPERATOR, USDC_ON_BASE, calldata.erc20_mint(account.address.lower(), amount))


def without(document: Document, *path: str) -> Document:
    """A copy that lacks one member."""
    copied = copy.deepcopy(document)
    inner = copied
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return copied
