"""A call goes to the addresses that were checked and nowhere else, ends at its deadline, and reads no answer."""

import socket
import ssl
import tracemalloc
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from nuages.webhooks.addresses import Target, read_url
from nuages.webhooks.calling import Outcome, post
from tests.support.receiver import Receiver, make_certificate, receive

HERE = [ip_address("127.0.0.1")]
HUNG_S = 10.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """One without TLS."""
    with receive() as found:
        yield found


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of hooks.example."""
    return make_certificate(tmp_path_factory.mktemp("certificate") / "receiver.pem", "hooks.example")


def call(receiver: Receiver, path: str = "/told", host: str = "receiver.example", **terms: Any) -> Outcome:
    """Send something to it."""
    return post(read_url(receiver.url(path, host)), HERE, {"Webhook-Id": "msg_1"}, b'{"a":1}', **terms)


def test_what_is_sent_comes_in(receiver: Receiver) -> None:
    """Under the name that the URL has, whatever that leads to."""
    outcome = call(receiver, "/told?a=b")
    assert (outcome.status, outcome.error, outcome.is_success) == (204, "", True)
    [request] = receiver.received
    assert (request.path, request.body) == ("/told?a=b", b'{"a":1}')
    assert request.headers["Host"] == f"receiver.example:{receiver.port}"
    assert (request.headers["Webhook-Id"], request.headers["Content-Length"]) == ("msg_1", "7")


@pytest.mark.parametrize("status", [200, 201, 299, 300, 304, 400, 410, 500, 503, 999])
def test_a_status_counts(status: int, receiver: Receiver) -> None:
    """From 200 to 299, as taken."""
    receiver.answers[:] = [status]
    outcome = call(receiver)
    assert (outcome.status, outcome.is_success, outcome.error) == (
        status,
        status < 300,
        "" if status < 300 else "status",
    )


def test_o29_no_redirect_is_followed(receiver: Receiver) -> None:
    """Nowhere, and so not into a private network."""
    with receive() as inside:
        receiver.location = inside.url("/admin")
        outcome = call(receiver, "/redirect")
    assert (outcome.status, outcome.is_success) == (307, False)
    assert inside.received == []
    assert len(receiver.received) == 1


def test_no_proxy_of_the_environment_is_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look the name up by itself."""
    with receive() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url(""))
        assert call(receiver).is_success
    assert proxy.received == []


def test_no_name_is_looked_up_again(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked for it between the check and the connection."""

    def getaddrinfo(host: str, *_: Any, **__: Any) -> list[Any]:
        raise AssertionError(host)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert call(receiver, host="rebinds.example").is_success


@pytest.mark.parametrize("path", ["/drip", "/silence", "/continue"])
def test_who_is_slow_is_left_at_the_deadline(path: str, receiver: Receiver) -> None:
    """However busy they seem."""
    outcome = call(receiver, path, deadline_s=0.3)
    assert (outcome.status, outcome.error) == (None, "too-slow")
    assert 250 <= outcome.duration_ms < HUNG_S * 1000


def test_who_does_not_even_shake_hands_is_left_too(certificate: Path) -> None:
    """TLS is part of the exchange."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = Target(True, "hooks.example", silent.getsockname()[1], "/")
        outcome = post(target, HERE, {}, b"", deadline_s=0.3)
    assert (outcome.status, outcome.error) == (None, "too-slow")
    assert outcome.duration_ms < HUNG_S * 1000


def test_an_answer_of_10_mb_is_not_read(receiver: Receiver) -> None:
    """Neither its body, which may be what it likes, nor a header without an end."""
    tracemalloc.start()
    try:
        assert call(receiver, "/flood").is_success
        assert call(receiver, "/headers").error == "no-http"
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most_bytes < 4 << 20


@pytest.mark.parametrize(("path", "error"), [("/nonsense", "no-http"), ("/hang_up", "no-connection")])
def test_what_is_no_answer_is_none(path: str, error: str, receiver: Receiver) -> None:
    """And raises nothing."""
    assert (call(receiver, path).status, call(receiver, path).error) == (None, error)


def test_nobody_is_there() -> None:
    """At the one address or at the other."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    outcome = post(Target(False, "gone.example", port, "/"), [*HERE, *HERE], {}, b"")
    assert (outcome.status, outcome.error) == (None, "no-connection")


def test_the_next_address_is_tried(receiver: Receiver) -> None:
    """Where the first does not answer."""
    target = read_url(receiver.url(host="two.example"))
    assert post(target, [ip_address("127.0.0.2"), *HERE], {}, b"").is_success
    assert len(receiver.received) == 1


def test_tls_is_for_the_name_and_not_for_the_address(certificate: Path) -> None:
    """Whose certificate it is, is asked of the name that the URL has; who signed it, of those that are trusted."""
    trust = ssl.create_default_context(cafile=str(certificate))
    with receive(certificate) as receiver:
        assert call(receiver, host="hooks.example", trust=trust).is_success
        for host, trusted in (("other.example", trust), ("127.0.0.1", trust), ("hooks.example", None)):
            outcome = call(receiver, host=host, trust=trusted)
            assert (outcome.status, outcome.error) == (None, "no-certificate"), host
    assert len(receiver.received) == 1
