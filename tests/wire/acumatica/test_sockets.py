"""Below HTTP: connections, deadlines, certificates, addresses (fault_catalogue.md B, security_checklist.md 24-28)."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from ml_connector.acumatica.erp import open_acumatica
from ml_connector.acumatica.ports import Deadlines
from ml_connector.acumatica.wire.limiter import SharedBudget
from ml_connector.acumatica.wire.memory_book import MemoryBook
from ml_connector.acumatica.wire.origin import split_url
from ml_connector.acumatica.wire.self_test import count_requests, prove_single_send
from ml_connector.acumatica.wire.sockets import Flight, Flights, Sockets, SocketTransport, tls_context
from ml_connector.acumatica.wire.transport import Call, Transport
from ml_connector.clock import SystemClock
from ml_connector.errors import ConfigurationError, ConnectorError, TransientError, UncertainError
from tests.wire.acumatica.servers import certificate, raw_server, reply
from tests.wire.acumatica.stub import SETTINGS, Drawer

PUT = Call("PUT", "Bill", content=b'{"a":1}', kind="write")
GET = Call("GET", "Bill")


@contextmanager
def transport_to(url: str, ca_file: Path | None = None, **deadlines: Any) -> Iterator[Transport]:
    limits = replace(Deadlines(connect_seconds=1), **deadlines)
    clock, flights = SystemClock(), Flights()
    origin = httpx2.URL(split_url(url)[0])
    context = tls_context(ca_file) if origin.scheme == "https" else None
    http = SocketTransport(Sockets(origin, allow_private=False, flights=flights), context, limits.connect_seconds)
    drawer = Drawer()
    transport = Transport(
        url,
        http,
        flights,
        budget=SharedBudget(MemoryBook(clock), 1000, 4, clock),
        log=drawer,
        clock=clock,
        deadlines=limits,
    )
    try:
        yield transport
    finally:
        transport.close()


def local(port: int, scheme: str = "http") -> str:
    return f"{scheme}://127.0.0.1:{port}"


def answer_all(connection: socket.socket, _: bytes) -> None:
    reply(connection)


def error_of(transport: Transport, call: Call, seconds: float = 5) -> ConnectorError:
    with pytest.raises(ConnectorError) as raised:
        transport.send(call, seconds)
    return raised.value


def test_one_write_reaches_the_network_once() -> None:
    assert count_requests() == 1
    prove_single_send()


def test_the_first_byte_of_a_request_is_noted_by_the_socket_itself() -> None:
    with raw_server(answer_all) as server:
        flights = Flights()
        flight = flights.current = Flight(SystemClock(), 5)
        stream = Sockets(httpx2.URL(local(server.port)), allow_private=False, flights=flights).connect(1)
        before = flight.first_byte_sent
        stream.write(b"GET / HTTP/1.1\r\n\r\n")
        stream.close()

    assert (before, flight.first_byte_sent) == (False, True)


def test_reads_share_a_connection_and_every_write_has_its_own() -> None:
    with raw_server(answer_all) as server, transport_to(local(server.port)) as transport:
        for call in (GET, GET, PUT, PUT, GET):
            assert transport.send(call, 5).status == 200
        assert (len(server.requests), server.connections) == (5, 3)


def test_the_request_is_whole_and_carries_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with raw_server(answer_all) as server, transport_to(local(server.port) + "/Acu mä") as transport:
        transport.send(replace(PUT, query="%24filter=a%20eq%20%27b%27"), 5)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")

    assert head.split(b"\r\n")[0] == b"PUT /Acu%20m%C3%A4/Bill?%24filter=a%20eq%20%27b%27 HTTP/1.1"
    assert body == b'{"a":1}'
    assert b"cookie" not in head.lower()


def hang_up(connection: socket.socket, _: bytes) -> None:
    connection.close()


def say_nothing(connection: socket.socket, _: bytes) -> None:
    time.sleep(3)


def drip_headers(connection: socket.socket, _: bytes) -> None:
    for letter in b"HTTP/1.1 200 OK\r\nx-slow: " + b"a" * 1000:
        connection.sendall(bytes([letter]))
        time.sleep(0.05)


def cut_short(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
    connection.close()


def broken_chunks(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")
    connection.close()


def not_http(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")
    connection.close()


@pytest.mark.parametrize("act", [hang_up, say_nothing, drip_headers, cut_short, broken_chunks, not_http])
def test_whatever_goes_wrong_after_the_first_byte_is_uncertain_and_not_repeated(act: Any) -> None:
    with raw_server(act) as server, transport_to(local(server.port)) as transport:
        began = time.monotonic()
        error = error_of(transport, PUT, 0.6)

        assert (type(error), error.code) == (UncertainError, "acumatica.answer_lost")
        assert time.monotonic() - began < 2
        assert len(server.requests) == 1


def endless(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
    while True:
        connection.sendall(b" " * 65_536)


def bomb(connection: socket.socket, _: bytes) -> None:
    reply(connection, gzip.compress(b"0" * 50_000_000), b"content-encoding: gzip\r\n")


@pytest.mark.parametrize("act", [endless, bomb])
def test_an_answer_larger_than_the_cap_is_cut(act: Any) -> None:
    with raw_server(act) as server, transport_to(local(server.port), body_bytes_max=1_000_000) as transport:
        error = error_of(transport, PUT)

        assert (type(error), error.code) == (UncertainError, "acumatica.answer_too_large")


def test_nothing_is_sent_where_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with transport_to(local(port)) as transport:
        error = error_of(transport, PUT)

    assert (type(error), error.code, error.stage) == (TransientError, "acumatica.not_sent", "address")
    assert error.message == "The Acumatica host refuses the connection. Nothing was sent."


def test_nothing_is_sent_to_a_name_that_does_not_exist() -> None:
    with transport_to("https://no-such-host.invalid") as transport:
        error = error_of(transport, PUT)

    assert (type(error), error.code) == (TransientError, "acumatica.not_sent")
    assert error.message == "The name of the Acumatica host cannot be resolved. Nothing was sent."


def test_a_handshake_that_never_ends_has_sent_nothing() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        transport_to(local(silent.getsockname()[1], "https"), connect_seconds=0.3) as transport,
    ):
        error = error_of(transport, PUT)

    assert (type(error), error.code) == (TransientError, "acumatica.not_sent")


@pytest.mark.parametrize(
    ("host", "days", "trusted", "why"),
    [
        ("127.0.0.1", 30, False, "self-signed certificate"),
        ("127.0.0.1", -1, True, "certificate has expired"),
        ("erp.example.com", 30, True, "IP address mismatch"),
    ],
)
def test_a_bad_certificate_rests_the_connection_before_a_byte_is_sent(
    tmp_path: Path, host: str, days: int, trusted: bool, why: str
) -> None:
    made = certificate(tmp_path, host=host, days=days)
    with raw_server(answer_all, made.context) as server:
        with transport_to(local(server.port, "https"), made.path if trusted else None) as transport:
            error = error_of(transport, PUT)
        assert server.requests == []

    assert isinstance(error, ConfigurationError)
    assert (error.code, error.stage, error.at) == ("acumatica.certificate", "tls", "system")
    assert why in error.message


def test_a_certificate_of_ones_own_authority_is_trusted_where_it_is_named(tmp_path: Path) -> None:
    made = certificate(tmp_path)
    with (
        raw_server(answer_all, made.context) as server,
        transport_to(local(server.port, "https"), made.path) as transport,
    ):
        assert transport.send(PUT, 5).status == 200


def test_tls_older_than_1_2_is_refused(tmp_path: Path) -> None:
    assert tls_context(None).minimum_version == ssl.TLSVersion.TLSv1_2
    assert tls_context(None).check_hostname
    plain = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    with raw_server(answer_all, greeting=plain) as server, transport_to(local(server.port, "https")) as transport:
        error = error_of(transport, PUT)

    assert (type(error), error.code) == (ConfigurationError, "acumatica.tls_refused")


def test_a_ca_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("no certificate")
    for path in (tmp_path / "empty.pem", tmp_path / "missing.pem"):
        with pytest.raises(ConfigurationError) as raised:
            tls_context(path)
        assert (raised.value.code, raised.value.at) == ("acumatica.ca_file", "settings")
        assert path.name in raised.value.message


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.2",
        "https://127.1",
        "https://2130706433",
        "https://0x7f000001",
        "https://169.254.169.254",
        "https://10.0.0.1",
        "https://192.168.1.1",
        "https://100.64.0.1",
        "https://0.0.0.0",
        "https://224.0.0.1",
        "https://[::ffff:127.0.0.1]",
        "https://[::]",
        "https://[fe80::1]",
        "https://[fd00::1]",
        "https://[64:ff9b::7f00:1]",
    ],
)
def test_an_address_inside_is_judged_when_it_is_connected_to(url: str) -> None:
    with transport_to(url) as transport:
        error = error_of(transport, PUT)

    assert isinstance(error, ConfigurationError)
    assert (error.code, error.stage) == ("acumatica.address_refused", "address")
    assert "Nothing was sent" in error.message


@pytest.mark.parametrize(
    "url",
    [
        "http://erp.example.com",
        "http://127.0.0.2",
        "http://localhost.example.com",
        "ftp://127.0.0.1",
        "https://user:pw@erp.example.com",
        "https://erp.example.com/Acu#x",
        "https://erp.example.com/Acu?x=1",
        "https://",
        "erp.example.com",
        "https://erp.example.com\r\nHost: evil",
    ],
)
def test_a_url_that_is_more_or_less_than_an_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        split_url(url)
    assert (raised.value.code, raised.value.at) == ("acumatica.url", "settings")
    assert "pw" not in raised.value.message


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://erp.example.com/AcumaticaERP/", ("https://erp.example.com", "/AcumaticaERP")),
        ("https://ERP.example.com:8443", ("https://erp.example.com:8443", "")),
        ("http://[::1]:80/x", ("http://[::1]", "/x")),
        ("http://localhost:8081", ("http://localhost:8081", "")),
    ],
)
def test_a_url_is_parsed_once_and_rebuilt(url: str, parts: tuple[str, str]) -> None:
    assert split_url(url) == parts


def test_places_for_concurrent_requests_are_kept() -> None:
    """acumatica_api.md 3."""
    at_once, most, lock = 0, 0, threading.Lock()

    def slowly(connection: socket.socket, _: bytes) -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.05)
        with lock:
            at_once -= 1
        reply(connection)

    with raw_server(slowly) as server, transport_to(local(server.port)) as transport:
        threads = [threading.Thread(target=transport.send, args=(GET, 5)) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert (most, transport.counts().sent) == (4, 12)


def test_an_unreachable_host_ends_a_run_with_stage_cause_and_fix() -> None:
    drawer = Drawer()
    settings = replace(SETTINGS, url="http://127.0.0.1:9")
    quick = Deadlines(connect_seconds=0.5, backoff_first_seconds=0.01)
    erp = open_acumatica(settings, secrets=drawer, canary=drawer, log=drawer, clock=SystemClock(), deadlines=quick)
    with pytest.raises(TransientError) as raised:
        erp.fetch_vendors()
    erp.close()

    assert (raised.value.stage, raised.value.code) == ("address", "acumatica.not_sent")
    assert raised.value.fix
