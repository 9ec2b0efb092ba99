"""A receiver of webhooks on 127.0.0.1, in threads of its own, which behaves as the path that it is asked for says."""

import datetime as dt
import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_LONGEST_S = 20.0  # then even the slowest path gives up
_WAVE, _FLOOD = b"x" * 65_536, 160


@dataclass(frozen=True)
class Received:
    """A request that came in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What has come in, and what is to be answered.

    Shapes: `answers` are the statuses of the next requests to /told; after them it is 204. It waits while it
        `holds`. /redirect leads to `location`.
    """

    port: int
    scheme: str
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    location: str = ""
    holds: bool = False
    has_ended: bool = False

    def url(self, path: str = "/told", host: str = "127.0.0.1") -> str:
        """The address of a path."""
        return f"{self.scheme}://{host}:{self.port}{path}"


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.receiver.received.append(Received(self.path, dict(self.headers.items()), body))
        with suppress(OSError):  # whoever asked may have gone
            getattr(self, f"_{self.path.strip('/').partition('?')[0]}")()

    def do_GET(self) -> None:
        self.receiver.received.append(Received(f"GET {self.path}", dict(self.headers.items()), b""))
        self._say(200)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _told(self) -> None:
        while self.receiver.holds and not self.receiver.has_ended:
            time.sleep(0.02)
        self._say(self.receiver.answers.pop(0) if self.receiver.answers else 204)

    def _redirect(self) -> None:
        self.send_response(307)
        self.send_header("Location", self.receiver.location)
        self.end_headers()

    def _drip(self) -> None:
        """A byte now and then, of a header that never ends."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        self._go_on(b"x", every_s=0.05)

    def _silence(self) -> None:
        self._go_on(b"", every_s=0.05)

    def _continue(self) -> None:
        """Not yet, for ever."""
        self._go_on(b"HTTP/1.1 100 Continue\r\n\r\n", every_s=0.01)

    def _flood(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(_FLOOD * len(_WAVE)))
        self.end_headers()
        self._pour()

    def _headers(self) -> None:
        """A header of 10 MB."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        self._pour()

    def _pour(self) -> None:
        for _ in range(_FLOOD):
            self.wfile.write(_WAVE)

    def _nonsense(self) -> None:
        self.wfile.write(b"\0\xff no HTTP \r\n\r\n")

    def _hang_up(self) -> None:
        self.connection.close()

    def _say(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _go_on(self, piece: bytes, *, every_s: float) -> None:
        ends_s = time.monotonic() + _LONGEST_S
        while not self.receiver.has_ended and time.monotonic() < ends_s:
            self.wfile.write(piece)
            time.sleep(every_s)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that do not trust us, or have gone."""


@contextmanager
def receive(certificate: Path | None = None) -> Iterator[Receiver]:
    """Receive, with TLS where there is a certificate, until the block ends."""
    handler = type("Handler", (_Handler,), {})
    with _Server(("127.0.0.1", 0), handler) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        receiver = handler.receiver = Receiver(server.server_address[1], "http" if certificate is None else "https")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.has_ended = True
            server.shutdown()
            thread.join()


def make_certificate(path: Path, *names: str) -> Path:
    """Write a certificate that signs itself, for some names and addresses, and its key behind it."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "receiver of the tests")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
    signed = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(
        key, hashes.SHA256()
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + private)
    return path


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
