"""Start nginx with the configuration of examples/deploy, its paths and ports exchanged. No test lives here."""

import contextlib
import datetime
import getpass
import http.client
import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.live.processes import LIMIT_S, ROOT, SHOP, Server, children_of, held_port, started, wait_for

CONFIGURATION = ROOT / "examples" / "deploy" / "nginx.conf"
# Debian puts it where only root looks.
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
HOST = "shop.example"

behind_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed: `make system` says how")


@dataclass(frozen=True, slots=True)
class Front:
    """An nginx with its two ports."""

    directory: Path
    plain_port: int
    tls_port: int

    def connect(self, source: str = "127.0.0.1") -> http.client.HTTPSConnection:
        """Open a connection by TLS, from an address of this machine."""
        trusted = ssl.create_default_context(cafile=str(self.directory / "tls" / "fullchain.pem"))
        trusted.check_hostname = False  # it is asked by address
        address = ("127.0.0.1", self.tls_port)
        return http.client.HTTPSConnection(*address, timeout=LIMIT_S, context=trusted, source_address=(source, 0))

    def said(self) -> str:
        """What nginx has written about errors."""
        return (self.directory / "error.log").read_text(errors="replace")


@contextlib.contextmanager
def fronted(directory: Path, sockets: list[Path]) -> Iterator[Front]:
    """Start nginx before two servers for the length of the block."""
    assert NGINX is not None
    directory.mkdir()
    _make_certificate(directory / "tls")
    (directory / "static").mkdir()
    (directory / "static" / "page.css").write_text("body {}")
    with held_port() as plain_port, held_port() as tls_port:
        front = Front(directory, plain_port, tls_port)
        written = directory / "nginx.conf"
        written.write_text(_configuration(front, sockets))
        command = [NGINX, "-p", str(directory), "-c", str(written), "-e", str(directory / "error.log")]
        process = subprocess.Popen([*command, "-g", "daemon off;"], stdin=subprocess.DEVNULL)
        try:
            wait_for(lambda: process.poll() is not None or _answers(plain_port), front.said)
            assert process.poll() is None, front.said()
            yield front
        finally:
            process.terminate()
            process.wait(LIMIT_S)


def _configuration(front: Front, sockets: list[Path]) -> str:
    """Exchange what belongs to a machine, and see that each was there."""
    here = {
        "user www-data;": f"user {getpass.getuser()};",
        "worker_processes auto;": "worker_processes 1;",
        "/run/nginx.pid": f"{front.directory}/nginx.pid",
        "/var/log/nginx/error.log": f"{front.directory}/error.log",
        "/var/log/nginx/access.log": f"{front.directory}/access.log",
        "/run/shop/1/http.sock": str(sockets[0]),
        "/run/shop/2/http.sock": str(sockets[1]),
        "listen 80;": f"listen 127.0.0.1:{front.plain_port};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{front.tls_port} ssl http2;",
        "/etc/ssl/shop/": f"{front.directory}/tls/",
        "/srv/shop/static/": f"{front.directory}/static/",
        "server_tokens off;": "\n".join(
            ["server_tokens off;"]
            + [
                f"{kind}_temp_path {front.directory}/{kind};"
                for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            ]
        ),
    }
    text = CONFIGURATION.read_text()
    for there, ours in here.items():
        assert there in text, f"{there} is not in {CONFIGURATION}"
        text = text.replace(there, ours)
    return text


def _make_certificate(directory: Path) -> None:
    """Make a certificate of our own."""
    directory.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (directory / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (directory / "key.pem").write_bytes(pem)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def started_on(path: Path, directory: Path, *arguments: str, **environment: str) -> Iterator[Server]:
    """Start a server on a Unix socket, and wait until somebody listens there."""
    command = [sys.executable, str(SHOP / "manage.py"), "serve", "--quiet", "--socket", str(path), *arguments]
    # Its log is named by the port, which it has none of.
    with started(command, directory, port=int(path.stem), environment=environment) as server:
        server.wait_for(lambda: listens(path))
        server.workers = children_of(server.process.pid)
        yield server


def listens(path: Path) -> bool:
    """Tell whether somebody listens at a Unix socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
