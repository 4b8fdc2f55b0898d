"""From a configured host to a signed-in connection, in stages: address, handshake, host key, sign-in.

Each resolved address is judged before it is connected to, and the host key is compared with the pins before anything
that could sign anyone in leaves this machine. No configuration file, agent, forwarding or default key of the machine
is used.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Sequence
from typing import Any

import asyncssh

from ml_connector.addresses import check_resolved
from ml_connector.errors import ConnectorError
from ml_connector.sftp.address import Deadlines, SftpAddress, parse_client_key
from ml_connector.sftp.algorithms import (
    CIPHERS,
    KEY_EXCHANGE,
    MACS,
    SIGNATURES,
    fingerprint,
    is_weak,
    parse_pins,
    public_line,
    require_safe_library,
    signatures_first,
)
from ml_connector.sftp.faults import (
    AddressRefused,
    ConnectionDropped,
    HandshakeFailed,
    HostKeyChanged,
    HostKeyNotPinned,
    NameNotFound,
    NotSsh,
    SftpNotOffered,
    SignInRefused,
    SignInUnprepared,
    TimedOut,
    Unreachable,
    WeakAlgorithms,
)
from ml_connector.sftp.folder_faults import FOREIGN, server_words
from ml_connector.sftp.host_key_gate import OFFER_BYTES_MAX, HostKeyGate, is_whole_offer, judge_offer, spoke_no_ssh

_log = logging.getLogger(__name__)
_Target = tuple[socket.AddressFamily, tuple[Any, ...]]


async def open_socket(address: SftpAddress, deadlines: Deadlines) -> socket.socket:
    """A connected socket to the first allowed address that answers.

    Raises ``NameNotFound``, ``AddressRefused`` (nothing was sent anywhere), ``Unreachable`` or ``TimedOut``.
    """
    require_safe_library(asyncssh.__version__)
    try:
        async with asyncio.timeout(deadlines.connect_seconds):
            return await _connect_first(address, await _resolve(address))
    except TimeoutError:
        raise TimedOut(address.host, stage="address", seconds=deadlines.connect_seconds) from None


async def _resolve(address: SftpAddress) -> list[_Target]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise NameNotFound(address.host) from None
    reasons: list[str] = []
    targets: list[_Target] = []
    for family, _, _, _, target in found:
        reason = check_resolved(address.host, str(target[0]), allow_private=address.allow_private)
        if reason is None:
            targets.append((family, target))
        else:
            reasons.append(reason)
    if not targets:
        raise AddressRefused(reasons[0]) if reasons else NameNotFound(address.host)
    return targets


async def _connect_first(address: SftpAddress, targets: list[_Target]) -> socket.socket:
    loop = asyncio.get_running_loop()
    why = ""
    for family, target in targets:
        opened = socket.socket(family, socket.SOCK_STREAM)
        try:
            opened.setblocking(False)
            await loop.sock_connect(opened, target)
        except OSError as error:
            opened.close()
            why = os.strerror(error.errno) if error.errno else "no answer"
        except BaseException:
            opened.close()
            raise
        else:
            return opened
    raise Unreachable(address.host, address.port, why.lower())


async def open_connection(address: SftpAddress, deadlines: Deadlines) -> asyncssh.SSHClientConnection:
    """A signed-in connection to the server whose key is pinned; raises a fault whose ``stage`` says how far it came."""
    if not address.host_keys:
        raise HostKeyNotPinned(address.host)
    pins = parse_pins(address.host_keys)
    key = parse_client_key(address)
    gate = HostKeyGate(address.host, pins)
    options = _options(
        address,
        gate,
        server_host_key_algs=signatures_first(pins),
        password=address.password,
        client_keys=None if key is None else [key],
        preferred_auth=("publickey", "password", "keyboard-interactive"),
        server_host_keys_handler=lambda shown, *_: _tell_other_keys(address, pins, shown),
    )
    try:
        return await _negotiate(address, gate, options, deadlines)
    except asyncssh.PermissionDenied:
        raise SignInRefused(address.host, address.username, _credentials(address, key)) from None


async def see_host_key(
    address: SftpAddress, deadlines: Deadlines, algorithms: tuple[str, ...] = SIGNATURES
) -> asyncssh.SSHKey:
    """The host key the server shows for these algorithms; the connection ends there, before any sign-in."""
    gate = HostKeyGate(address.host, ())
    options = _options(address, gate, server_host_key_algs=algorithms, client_keys=None)
    try:
        connection = await _negotiate(address, gate, options, deadlines)
    except HostKeyChanged:
        if gate.offered is not None:
            return gate.offered
        raise
    connection.abort()
    raise HandshakeFailed(address.host, "a refused key was taken all the same")


async def start_sftp(
    address: SftpAddress, connection: asyncssh.SSHClientConnection, deadlines: Deadlines
) -> asyncssh.SFTPClient:
    """The one session of a connection: the SFTP subsystem, version 3, paths as bytes."""
    try:
        async with asyncio.timeout(deadlines.sign_in_seconds):
            sftp = await connection.start_sftp_client(env={}, send_env=[], path_encoding=None, sftp_version=3)
    except TimeoutError:
        raise TimedOut(address.host, stage="sign_in", seconds=deadlines.sign_in_seconds) from None
    except FOREIGN:
        # Both look alike to the library; only after a refusal is the connection still there.
        if connection.is_closed():
            raise ConnectionDropped(address.host, stage="sign_in") from None
        raise SftpNotOffered(address.host, address.username) from None
    _close_the_door(connection)
    return sftp


def _close_the_door(connection: asyncssh.SSHClientConnection) -> None:
    # OpenSSH then refuses any further session on this connection (its PROTOCOL, 2.2); others ignore the request.
    send = getattr(connection, "_send_global_request", None)
    if send is not None and "OpenSSH" in str(connection.get_extra_info("server_version", "")):
        send(b"no-more-sessions@openssh.com")


def _tell_other_keys(address: SftpAddress, pins: tuple[asyncssh.SSHKey, ...], shown: Sequence[asyncssh.SSHKey]) -> None:
    """The server proved, once signed in, that it holds these keys too: one of them may be what it shows next year."""
    pinned = {pin.public_data for pin in pins}
    others = [key for key in shown if key.public_data not in pinned and not is_weak(key)]
    if others:
        _log.warning(
            "A second key is offered by %s: %s. Compare it with what its owner says, then add it to stampli.host_keys.",
            address.host,
            "; ".join(f"{fingerprint(key)} ({public_line(key)})" for key in others),
        )


def _options(address: SftpAddress, gate: HostKeyGate, **more: Any) -> asyncssh.SSHClientConnectionOptions:
    try:
        return asyncssh.SSHClientConnectionOptions(
            config=None,
            client_factory=lambda: gate,
            # No key is known to the library: every one goes through the gate, which knows the pins.
            known_hosts=([], [], []),
            username=address.username,
            agent_path=None,
            agent_forwarding=False,
            x11_forwarding=False,
            pkcs11_provider=None,
            host_based_auth=False,
            gss_host=None,
            gss_kex=False,
            gss_auth=False,
            x509_trusted_certs=None,
            x509_trusted_cert_paths=[],
            kex_algs=KEY_EXCHANGE,
            encryption_algs=CIPHERS,
            mac_algs=MACS,
            signature_algs=SIGNATURES,
            compression_algs=("none",),
            utf8_decode_errors="replace",
            login_timeout=0,
            keepalive_interval=15,
            keepalive_count_max=4,
            **more,
        )
    except ValueError as error:
        raise SignInUnprepared(str(error)) from None


async def _negotiate(
    address: SftpAddress, gate: HostKeyGate, options: asyncssh.SSHClientConnectionOptions, deadlines: Deadlines
) -> asyncssh.SSHClientConnection:
    try:
        return await _negotiate_once(address, gate, options, deadlines)
    except ConnectionDropped as dropped:
        wanting = await _look_at_offer(address, deadlines) if dropped.stage == "handshake" else ""
        raise (WeakAlgorithms(address.host, wanting) if wanting else dropped) from None


async def _look_at_offer(address: SftpAddress, deadlines: Deadlines) -> str:
    """Why the server hung up in the handshake, if it was for want of a common algorithm; empty otherwise.

    Such a server hangs up so fast that the end of the connection overtakes its own list. Here we greet and say no more,
    so it has nothing to hang up for.
    """
    loop = asyncio.get_running_loop()
    greeting = b""
    opened = await open_socket(address, deadlines)
    try:
        async with asyncio.timeout(deadlines.sign_in_seconds):
            await loop.sock_sendall(opened, b"SSH-2.0-ml_connector\r\n")
            while not is_whole_offer(greeting) and len(greeting) < OFFER_BYTES_MAX:
                piece = await loop.sock_recv(opened, 4096)
                greeting += piece
                if not piece:
                    break
    except (TimeoutError, OSError):
        return ""
    finally:
        opened.close()
    return judge_offer(greeting)


async def _negotiate_once(
    address: SftpAddress, gate: HostKeyGate, options: asyncssh.SSHClientConnectionOptions, deadlines: Deadlines
) -> asyncssh.SSHClientConnection:
    opened = await open_socket(address, deadlines)
    try:
        async with asyncio.timeout(deadlines.sign_in_seconds):
            return await asyncssh.connect(sock=opened, options=options, config=None)
    except TimeoutError:
        raise TimedOut(address.host, stage=gate.stage, seconds=deadlines.sign_in_seconds) from None
    except asyncssh.PermissionDenied:
        raise
    except FOREIGN as error:
        raise (gate.refusal or _handshake_fault(address, gate, error)) from None
    finally:
        if gate.connection is None:
            opened.close()


def _handshake_fault(address: SftpAddress, gate: HostKeyGate, error: Exception) -> ConnectorError:
    words = server_words(error)
    if gate.stage == "sign_in":
        return ConnectionDropped(address.host, stage=gate.stage)
    if isinstance(error, asyncssh.KeyExchangeFailed) and words.startswith("No matching"):
        return WeakAlgorithms(address.host, words.removeprefix("No matching ").partition(" algorithm")[0])
    if spoke_no_ssh(gate.connection, error):
        return NotSsh(address.host, address.port)
    if isinstance(error, asyncssh.ConnectionLost | OSError):
        return ConnectionDropped(address.host, stage=gate.stage)
    return HandshakeFailed(address.host, words)


def _credentials(address: SftpAddress, key: asyncssh.SSHKey | None) -> str:
    names = [f"the key {fingerprint(key)}"] if key is not None else []
    if address.password is not None:
        names.append("the password")
    return " and ".join(names)
