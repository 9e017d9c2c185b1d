"""WEBHOOK SSRF: nothing of our own house is reached by a webhook, whatever a name server says, and when."""

import datetime as dt
import ipaddress
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from access.webhooks import dialing, sending
from access.webhooks.models import Attempt, Delivery
from access.webhooks.sending import send
from tests.integration.webhooks.conftest import Owner, send_all
from tests.integration.webhooks.receiver import Answer, Receiver, receiving

HOST = "hooks.example.com"
HEADERS = {"webhook-id": "msg_x"}
Resolver = Callable[[str, int], list[str]]


class Liar:
    """A name server that gives the next of its answers each time, and the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


@pytest.fixture
def lie(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Liar]:
    def tell(*answers: list[str]) -> Liar:
        liar = Liar(*answers)
        monkeypatch.setattr(dialing, "system_resolve", liar)
        return liar

    return tell


@pytest.fixture
def strict(rules: dict[str, Any]) -> dict[str, Any]:
    """As in production, but for TLS: nothing private is allowed."""
    rules["allowed_networks"] = []
    return rules


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "::1",
        "10.0.0.5",
        "169.254.169.254",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "224.0.0.1",
        "0.0.0.0",
        "fe80::1",
    ],
)
def test_webhook_ssrf_blocking__a_name_that_leads_home_is_not_connected_to(
    strict: dict[str, Any], lie: Callable[..., Liar], address: str
) -> None:
    """The public address beside it does not help: no address of the host is connected to."""
    lie(["93.184.215.14", address])
    with receiving() as receiver:
        outcome = send(f"http://{HOST}:{receiver.port}/", HEADERS, b"{}")
        assert receiver.received == []
    assert outcome.status == 0
    assert "not public" in outcome.error
    assert outcome.address == ""


def test_webhook_ssrf_blocking__rebinding_after_the_check_reaches_nobody(
    strict: dict[str, Any], lie: Callable[..., Liar], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look-up is public, every later one 127.0.0.1: there is one look-up, and its address is connected to."""
    liar = lie(["93.184.215.14"], ["127.0.0.1"])
    asked: list[str] = []
    monkeypatch.setattr(
        socket,
        "create_connection",
        lambda address, *args, **kwargs: asked.append(address[0]) or (_ for _ in ()).throw(OSError("nobody")),
    )
    outcome = send(f"http://{HOST}/", HEADERS, b"{}")
    assert liar.asked == 1
    assert asked == ["93.184.215.14"]
    assert outcome.status == 0


def test_webhook_ssrf_blocking__a_name_that_turned_bad_after_it_was_taken(
    db: None, owner: Owner, rules: dict[str, Any], lie: Callable[..., Liar]
) -> None:
    """Public while the endpoint is made, private when it is sent to."""
    with receiving() as receiver:
        lie(["93.184.215.14"], ["127.0.0.1"])
        rules["allowed_networks"] = []
        owner.endpoint(f"http://{HOST}:{receiver.port}/")
        owner.publish("sess_1", 1)
        send_all()
        assert receiver.received == []
    assert "127.0.0.1 is loopback" in Attempt.objects.get().error
    assert Delivery.objects.get().state == "pending"


def test_webhook_ssrf_blocking__the_socket_has_the_last_word(
    strict: dict[str, Any], lie: Callable[..., Liar], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine whose network turns a public address into its own: the connection is closed before a byte is sent."""
    lie(["93.184.215.14"])
    with receiving() as receiver:
        home = ("127.0.0.1", receiver.port)
        real = socket.create_connection
        monkeypatch.setattr(socket, "create_connection", lambda address, *args, **kwargs: real(home, *args, **kwargs))
        outcome = send(f"http://{HOST}/", HEADERS, b"{}")
        assert receiver.received == []
    assert "reached a network that is not public" in outcome.error


def test_webhook_ssrf_blocking__a_redirect_is_not_followed(rules: dict[str, Any]) -> None:
    with receiving() as inner, receiving() as outer:
        outer.answer = lambda got: Answer(302, {"Location": inner.url})
        outcome = send(outer.url, HEADERS, b"{}")
        assert inner.received == []
        assert len(outer.received) == 1
    assert outcome.status == 302
    assert "not followed" in outcome.error
    assert not outcome.delivered


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
def test_webhook_ssrf_blocking__no_proxy_of_the_environment_is_used(
    rules: dict[str, Any], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with receiving() as proxy, receiving() as receiver:
        monkeypatch.setenv(name, proxy.url)
        assert send(receiver.url, HEADERS, b"{}").delivered
        assert proxy.received == []


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433:{port}/",
        "http://0x7f.1:{port}/",
        "http://127.1:{port}/",
        "http://localhost:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://127.0.0.1:{port}/",
        "http://0:{port}/",
    ],
)
def test_webhook_ssrf_blocking__no_spelling_of_this_machine_reaches_it(strict: dict[str, Any], url: str) -> None:
    with receiving() as receiver:
        outcome = send(url.format(port=receiver.port), HEADERS, b"{}")
        assert receiver.received == []
    assert outcome.status == 0
    assert outcome.error


def test_webhook_ssrf_blocking__a_name_server_that_never_answers(
    rules: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    never = threading.Event()
    monkeypatch.setattr(dialing, "system_resolve", lambda host, port: [str(never.wait(20))])
    outcome = send(f"http://{HOST}/", HEADERS, b"{}")
    never.set()
    assert "not resolved within" in outcome.error
    assert outcome.milliseconds < 3000


def test_a_socket_of_this_machine_is_not_connected_to() -> None:
    backend = dialing.PinnedBackend(resolve=Liar([]), allowed=(), deadline=dialing.Deadline(1))
    with pytest.raises(dialing.TargetRefused):
        backend.connect_unix_socket("/var/run/docker.sock")


def test_a_header_that_lies_about_its_length_is_no_fault_of_ours(rules: dict[str, Any]) -> None:
    with receiving() as receiver:
        receiver.answer = lambda got: Answer(200, {"Content-Length": "1000"}, b"short")
        outcome = send(receiver.url, HEADERS, b"{}")
    assert outcome.delivered
    assert outcome.body == "short"


def test_a_refused_connection_and_a_dropped_one_are_told(rules: dict[str, Any]) -> None:
    with receiving() as receiver:
        url = receiver.url
        receiver.answer = lambda got: (_ for _ in ()).throw(ConnectionError)
        assert send(url, HEADERS, b"{}").error
    outcome = send(url, HEADERS, b"{}")
    assert "Connect" in outcome.error


# TLS: the name is verified though the address is connected to


@pytest.fixture(scope="module")
def certificate() -> Iterator[tuple[Path, ssl.SSLContext]]:
    """A certificate for HOST, signed by itself, and a context that believes it and nothing else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address("127.0.0.2"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "both.pem"
        path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
        context = ssl.create_default_context(cafile=str(path))
        yield path, context


@pytest.fixture
def tls_receiver(certificate: tuple[Path, ssl.SSLContext]) -> Iterator[Receiver]:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate[0])
    with receiving(wrap=lambda sock: server.wrap_socket(sock, server_side=True)) as receiver:
        yield receiver


def test_tls_is_verified_against_the_name(
    rules: dict[str, Any],
    lie: Callable[..., Liar],
    tls_receiver: Receiver,
    certificate: tuple[Path, ssl.SSLContext],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rules["allow_http"] = False
    lie(["127.0.0.1"])
    url = f"https://{HOST}:{tls_receiver.port}/"
    outcome = send(url, HEADERS, b"{}")
    assert "CERTIFICATE_VERIFY_FAILED" in outcome.error.replace(" ", "_").upper(), outcome
    monkeypatch.setattr(sending, "ssl_context", lambda: certificate[1])
    assert send(url, HEADERS, b"{}").delivered
    assert tls_receiver.received[-1].headers["host"] == f"{HOST}:{tls_receiver.port}"
    other = send(f"https://other.example.com:{tls_receiver.port}/", HEADERS, b"{}")
    assert "hostname" in other.error.lower(), other
    assert len(tls_receiver.received) == 1


def test_errors_of_httpcore_are_all_caught() -> None:
    """Each of its errors is of one of the families that `send` turns into an outcome."""
    families = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError)
    # UnsupportedProtocol cannot come: the scheme was checked; ProxyError neither: there is none
    known = {httpcore.UnsupportedProtocol, httpcore.ProxyError, httpcore.ConnectionNotAvailable}
    errors = {found for found in vars(httpcore).values() if isinstance(found, type) and issubclass(found, Exception)}
    assert errors
    assert not [error for error in errors - known if not issubclass(error, families)]
