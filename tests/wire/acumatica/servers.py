"""Servers on raw sockets that misbehave below HTTP, plain or with TLS."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Act = Callable[[socket.socket, bytes], None]


@dataclass
class RawServer:
    """A server that hands each request to ``act``; ``requests`` counts them, ``connections`` the accepted sockets."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0


@contextmanager
def raw_server(act: Act, context: ssl.SSLContext | None = None, *, greeting: bytes = b"") -> Iterator[RawServer]:
    """One thread a connection, each greeted first; ends with the block."""
    listening = socket.create_server(("127.0.0.1", 0))
    seen = RawServer(listening.getsockname()[1])
    ending = threading.Event()

    def serve(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True) if context else connection as talking:
                talking.settimeout(5)
                talking.sendall(greeting)
                while request := _request(talking):
                    seen.requests.append(request)
                    act(talking, request)
        except (OSError, ssl.SSLError):
            return

    def accept() -> None:
        listening.settimeout(0.05)
        while not ending.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                continue
            seen.connections += 1
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        ending.set()
        thread.join(5)
        listening.close()


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65_536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < length:
        body += connection.recv(65_536)
    return data if len(data) > len(head) + 4 + length else head + b"\r\n\r\n" + body


def reply(connection: socket.socket, body: bytes = b"{}", headers: bytes = b"") -> None:
    """A whole answer that keeps the connection open."""
    kind = b"content-type: application/json\r\n"
    connection.sendall(b"HTTP/1.1 200 OK\r\n%b%bcontent-length: %d\r\n\r\n%b" % (kind, headers, len(body), body))


@dataclass(frozen=True, slots=True)
class Certificate:
    """A self-signed certificate and its key, in files."""

    path: Path
    context: ssl.SSLContext


def certificate(folder: Path, *, host: str = "127.0.0.1", days: int = 30) -> Certificate:
    """A certificate for that host; ended already where ``days`` is negative."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "twin")])
    now = datetime.now(UTC)
    try:
        shown: x509.GeneralName = x509.IPAddress(ip_address(host))
    except ValueError:
        shown = x509.DNSName(host)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([shown]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return Certificate(path, context)
