"""The way to a session: address, handshake, host key, sign-in, each refused for its own reason."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import asyncssh
import pytest

from ml_connector.errors import ConnectorError
from ml_connector.sftp.address import Deadlines, SftpAddress
from ml_connector.sftp.host_key_gate import is_whole_offer, judge_offer
from ml_connector.sftp.session import SftpSession
from tests.openssh import RunningSshd, running_sshd
from tests.wire.sftp.addresses import QUICK, address_of
from tests.wire.sftp.hostile import LaxConnection, MemoryServer, serving
from tests.wire.sftp.sockets import raw_server

CANARY = "canary-3b1f9c"
USERAUTH = "userauth-request for user"
GONE = "monitor_read_log: child log fd closed"
"""What the server's log says once it is through with a caller; nothing of that caller comes after it."""
WEAK = {
    "KexAlgorithms diffie-hellman-group14-sha1,diffie-hellman-group1-sha1": "key exchange",
    "KexAlgorithms diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha256": "key exchange",
    "Ciphers aes128-cbc,aes256-cbc,3des-cbc": "encryption",
    "Ciphers aes256-ctr\nMACs hmac-sha2-256,hmac-sha1,hmac-sha1-etm@openssh.com": "MAC",
}


def public_line(key: asyncssh.SSHKey) -> str:
    return " ".join(key.export_public_key().decode().split()[:2])


def refusal_of(address: SftpAddress, deadlines: Deadlines | None = None) -> ConnectorError:
    """What connecting raises."""
    with SftpSession(address, deadlines=deadlines) as session, pytest.raises(ConnectorError) as raised:
        session.connect()
    return raised.value


def facts(error: ConnectorError) -> tuple[str, str, str]:
    return error.family, error.code, error.stage


def test_the_pinned_key_and_the_right_credentials_open_a_session(sshd: RunningSshd, session: SftpSession) -> None:
    session.list_files(sshd.outbound)
    said = sshd.said(until="no-more-sessions@openssh.com")
    assert USERAUTH in said
    assert said.count("session_new: session 0") == 1
    assert [word for word in ("auth-agent-req", "x11-req", "tcpip-forward") if word in said] == []


def test_a_changed_host_key_is_refused_before_any_sign_in(sshd: RunningSshd) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519")
    error = refusal_of(address_of(sshd, host_keys=(public_line(other),), password=CANARY))
    assert facts(error) == ("configuration", "sftp.host_key_changed", "host_key")
    assert getattr(error, "at", "") == "system"
    shown = asyncssh.import_public_key(sshd.host_key).get_fingerprint()
    assert f"ssh-ed25519 {shown}" in error.message
    assert other.get_fingerprint() in error.message
    assert sshd.host_key in error.fix
    assert USERAUTH not in sshd.said(until=GONE)


def test_a_changed_host_key_of_another_type_is_refused_the_same_way(tmp_path: Path) -> None:
    with running_sshd(tmp_path, host_key_types=("ecdsa-sha2-nistp256",)) as server:
        pin = public_line(asyncssh.generate_private_key("ssh-ed25519"))
        error = refusal_of(address_of(server, host_keys=(pin,)))
        assert facts(error) == ("configuration", "sftp.host_key_changed", "host_key")
        assert USERAUTH not in server.said(until=GONE)


def test_no_sign_in_reaches_a_server_whose_key_is_not_pinned() -> None:
    other = public_line(asyncssh.generate_private_key("ssh-ed25519"))
    with serving() as (address, memory):
        right, wrong = address, SftpAddress("127.0.0.1", address.port, "harbor", (other,), CANARY, None, None)
        assert facts(refusal_of(wrong))[1] == "sftp.host_key_changed"
        assert memory.sign_ins == []
        with SftpSession(right) as session:
            session.connect()
        assert memory.sign_ins == ["harbor"]


def test_without_a_pin_nothing_is_sent(sshd: RunningSshd) -> None:
    error = refusal_of(address_of(sshd, host_keys=()))
    assert facts(error) == ("configuration", "sftp.host_key_not_pinned", "host_key")
    assert getattr(error, "at", "") == "settings"
    assert "Connection from" not in sshd.said()


def test_a_pin_that_is_no_key_is_named_by_its_line(sshd: RunningSshd) -> None:
    error = refusal_of(address_of(sshd, host_keys=(sshd.host_key, "ssh-ed25519 AAAA")))
    assert facts(error) == ("configuration", "sftp.pin_unreadable", "host_key")
    assert error.message.startswith("Line 2 of stampli.host_keys")


def test_the_old_pin_works_while_the_server_offers_a_second_key(tmp_path: Path) -> None:
    with running_sshd(tmp_path, host_key_types=("ssh-ed25519", "ecdsa-sha2-nistp256")) as server:
        for pins in (server.host_keys[:1], server.host_keys[1:], server.host_keys):
            with SftpSession(address_of(server, host_keys=pins)) as session:
                session.connect()


def test_one_of_two_pins_is_enough(sshd: RunningSshd) -> None:
    other = public_line(asyncssh.generate_private_key("ssh-ed25519"))
    with SftpSession(address_of(sshd, host_keys=(other, f"{sshd.host_key} a comment"))) as session:
        session.connect()


@pytest.mark.parametrize(("options", "what"), WEAK.items())
def test_a_server_with_outdated_encryption_only_is_refused(tmp_path: Path, options: str, what: str) -> None:
    with running_sshd(tmp_path, options=options.split("\n")) as server:
        error = refusal_of(address_of(server))
        assert facts(error) == ("configuration", "sftp.weak_algorithms", "handshake")
        assert error.message == (
            f"127.0.0.1 only offers outdated encryption (no {what} that is safe today); nothing was sent."
        )
        assert USERAUTH not in server.said(until=GONE)


def test_a_host_key_signed_with_sha1_only_is_refused(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-rsa", key_size=3072)
    with running_sshd(tmp_path, host_keys=[key], options=["HostKeyAlgorithms ssh-rsa"]) as server:
        assert facts(refusal_of(address_of(server))) == ("configuration", "sftp.weak_algorithms", "handshake")


def offer(*lists: str) -> bytes:
    """A server's greeting and first packet with these lists of names."""
    names = b"".join(len(one).to_bytes(4, "big") + one.encode() for one in lists)
    payload = b"\x14" + bytes(16) + names + bytes(13)
    return b"hello\r\nSSH-2.0-x\r\n" + (len(payload) + 5).to_bytes(4, "big") + b"\x04" + payload + bytes(4)


GOOD = ("curve25519-sha256", "ssh-ed25519", "aes256-gcm@openssh.com", "aes256-gcm@openssh.com", "", "")
CTR = ("curve25519-sha256", "ssh-ed25519", "aes256-ctr", "aes256-ctr", "hmac-sha1", "hmac-sha1")


@pytest.mark.parametrize(
    ("greeting", "wanting"),
    [
        (offer(*GOOD), ""),
        (offer("diffie-hellman-group14-sha1", *GOOD[1:]), "key exchange"),
        (offer(GOOD[0], "ssh-rsa,ssh-dss", *GOOD[2:]), "host key"),
        (offer(*GOOD[:2], "aes128-cbc", "aes128-cbc", *GOOD[4:]), "encryption"),
        (offer(*CTR), "MAC"),
        (offer(*CTR[:4], "hmac-sha2-256-etm@openssh.com", ""), ""),
        (b"", ""),
        (b"SSH-2.0-x\r\n", ""),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", ""),
        (b"SSH-2.0-x\r\n\xff\xff\xff\xff\x00\x01", ""),
    ],
)
def test_what_a_server_lacks_is_read_from_its_own_list(greeting: bytes, wanting: str) -> None:
    assert judge_offer(greeting) == wanting


def test_a_list_is_whole_only_when_its_packet_is() -> None:
    greeting = offer(*GOOD)
    assert [is_whole_offer(greeting[:end]) for end in (0, 5, 20, len(greeting) - 1)] == [False] * 4
    assert is_whole_offer(greeting)


def test_a_short_rsa_host_key_is_refused_though_it_is_pinned(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    with running_sshd(tmp_path, host_keys=[key]) as server:
        assert facts(refusal_of(address_of(server))) == ("configuration", "sftp.weak_host_key", "host_key")
        assert USERAUTH not in server.said(until=GONE)


def test_a_long_rsa_host_key_is_taken(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-rsa", key_size=3072)
    with running_sshd(tmp_path, host_keys=[key]) as server, SftpSession(address_of(server)) as session:
        session.connect()


@pytest.mark.parametrize("cipher", ["chacha20-poly1305@openssh.com", "aes256-ctr"])
def test_a_cipher_open_to_terrapin_needs_strict_key_exchange(cipher: str) -> None:
    with serving(ciphers=[cipher], strict=True) as (address, _), SftpSession(address) as session:
        session.connect()
    with serving(ciphers=[cipher], strict=False) as (address, memory):
        error = refusal_of(address)
    assert facts(error) == ("configuration", "sftp.weak_algorithms", "handshake")
    assert "no AES-GCM or strict key exchange" in error.message
    assert memory.sign_ins == []


def test_aes_gcm_is_taken_from_a_server_without_strict_key_exchange() -> None:
    assert LaxConnection is not None
    with serving(MemoryServer, strict=False) as (address, _), SftpSession(address) as session:
        session.connect()


def test_a_refused_key_is_named_by_its_fingerprint(sshd: RunningSshd) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519")
    pem = other.export_private_key("openssh").decode()
    error = refusal_of(address_of(sshd, private_key=pem))
    assert facts(error) == ("configuration", "sftp.sign_in_refused", "sign_in")
    assert error.message == (
        f"127.0.0.1 refused to sign in {sshd.username} with the key ssh-ed25519 {other.get_fingerprint()}."
    )


@pytest.mark.parametrize(
    ("form", "cipher"), [("openssh", "aes256-ctr"), ("pkcs8-pem", "aes256-cbc"), ("pkcs1-pem", "aes256-cbc")]
)
def test_a_key_with_a_passphrase_signs_in(sshd: RunningSshd, form: str, cipher: str) -> None:
    kind = "ecdsa-sha2-nistp256" if form == "pkcs1-pem" else "ssh-ed25519"
    key = asyncssh.generate_private_key(kind)
    authorized = sshd.root.parent / "authorized_keys"
    authorized.write_bytes(authorized.read_bytes() + key.export_public_key("openssh"))
    pem = key.export_private_key(form, passphrase=CANARY, cipher_name=cipher, rounds=50).decode()
    with SftpSession(address_of(sshd, private_key=pem, passphrase=CANARY)) as session:
        session.connect()
    for passphrase, why in (("wrong", "its passphrase is wrong"), (None, "stampli.passphrase is not set")):
        error = refusal_of(address_of(sshd, private_key=pem, passphrase=passphrase))
        assert facts(error) == ("configuration", "sftp.key_unreadable", "sign_in")
        assert why in error.message


def test_a_wrong_passphrase_that_opens_a_key_into_nonsense_is_told_as_wrong(sshd: RunningSshd) -> None:
    """One wrong passphrase in 256 leaves what looks like padding."""
    key = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    pem = key.export_private_key("pkcs1-pem", passphrase=CANARY, cipher_name="aes256-cbc").decode()
    for number in range(800):
        error = refusal_of(address_of(sshd, private_key=pem, passphrase=f"wrong {number}"))
        assert "its passphrase is wrong" in error.message


@pytest.mark.parametrize("text", ["nonsense", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", "PuTTY-User-Key-File-3:"])
def test_what_is_no_private_key_is_said_without_quoting_it(sshd: RunningSshd, text: str) -> None:
    error = refusal_of(address_of(sshd, private_key=text + CANARY))
    assert facts(error) == ("configuration", "sftp.key_unreadable", "sign_in")
    assert CANARY not in f"{error!r} {error.message} {error.fix}"


def test_without_any_secret_the_missing_one_is_named(sshd: RunningSshd) -> None:
    error = refusal_of(address_of(sshd, private_key=None))
    assert facts(error) == ("configuration", "sftp.no_credentials", "sign_in")


def test_a_password_signs_in_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    with running_sshd(tmp_path, password_user=True) as server:
        right = address_of(server, private_key=None, password=server.password)
        with SftpSession(right) as session:
            assert session.put_file(server.inbound, "a.csv", b"a\r\n").proof == "bytes"
        error = refusal_of(address_of(server, private_key=None, password=CANARY))
        assert facts(error) == ("configuration", "sftp.sign_in_refused", "sign_in")
        assert error.message == f"127.0.0.1 refused to sign in {server.username} with the password."
        assert CANARY not in server.said()


def test_a_key_and_a_password_are_both_given_where_the_server_wants_both(tmp_path: Path) -> None:
    options = ["AuthenticationMethods publickey,password"]
    with running_sshd(tmp_path, password_user=True, options=options) as server:
        with SftpSession(address_of(server, password=server.password)) as session:
            session.connect()
        error = refusal_of(address_of(server, password=CANARY))
        assert error.message.endswith("and the password.")


def test_an_account_without_sftp_is_named(tmp_path: Path) -> None:
    with running_sshd(tmp_path, options=["Subsystem other internal-sftp", "MaxSessions 0"]) as server:
        assert facts(refusal_of(address_of(server))) == ("configuration", "sftp.not_offered", "sign_in")


def test_nobody_listening_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = refusal_of(SftpAddress("127.0.0.1", port, "harbor", (_any_pin(),), CANARY, None, None))
    assert facts(error) == ("transient", "sftp.unreachable", "address")
    assert error.message == f"127.0.0.1 port {port} cannot be reached (connection refused); nothing was sent."


def test_a_name_that_does_not_exist_is_named() -> None:
    error = refusal_of(SftpAddress("sftp.invalid", 22, "harbor", (_any_pin(),), CANARY, None, None))
    assert facts(error) == ("transient", "sftp.name_not_found", "address")
    assert error.message == "The name sftp.invalid cannot be resolved; nothing was sent."


@pytest.mark.parametrize("host", ["127.1", "127.0.0.2", "0x7f000001", "2130706433", "0.0.0.0", "169.254.169.254"])
def test_an_inner_address_in_any_spelling_gets_no_packet(host: str) -> None:
    heard = threading.Event()
    with raw_server(lambda caller: heard.set()) as port:
        error = refusal_of(SftpAddress(host, port, "harbor", (_any_pin(),), CANARY, None, None, allow_private=True))
    assert facts(error) == ("configuration", "sftp.address_refused", "address")
    assert not heard.is_set()


def test_an_answer_that_is_not_ssh_is_named() -> None:
    def web(caller: socket.socket) -> None:
        caller.recv(100)
        caller.sendall(b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n")

    with raw_server(web) as port:
        error = refusal_of(SftpAddress("127.0.0.1", port, "harbor", (_any_pin(),), CANARY, None, None))
    assert facts(error) == ("configuration", "sftp.not_ssh", "handshake")


@pytest.mark.parametrize(
    "babble", [b"banner\r\n" * 2_000, b"x" * 100_000, b"SSH-1.5-old\r\n", b"SSH-2.0-" + b"x" * 300]
)
def test_a_flood_before_the_greeting_is_cut_off(babble: bytes) -> None:
    def flood(caller: socket.socket) -> None:
        while True:
            caller.sendall(babble)

    with raw_server(flood) as port:
        error = refusal_of(SftpAddress("127.0.0.1", port, "harbor", (_any_pin(),), CANARY, None, None))
    assert error.code in {"sftp.not_ssh", "sftp.handshake_failed"}
    assert error.stage == "handshake"


@pytest.mark.parametrize("noise", [b"\0" * 4096, b"\xff" * 4096, bytes(range(256)) * 16])
def test_noise_after_the_greeting_ends_the_attempt(noise: bytes) -> None:
    def talk(caller: socket.socket) -> None:
        caller.sendall(b"SSH-2.0-noise\r\n" + noise)
        caller.recv(100_000)

    with raw_server(talk) as port:
        error = refusal_of(SftpAddress("127.0.0.1", port, "harbor", (_any_pin(),), CANARY, None, None))
    assert (error.family, error.stage) == ("transient", "handshake")


@pytest.mark.parametrize("greeting", [b"", b"SSH-2.0-OpenSSH_9.9\r\n"])
def test_a_stall_before_or_in_the_key_exchange_ends_at_the_deadline(greeting: bytes) -> None:
    def stall(caller: socket.socket) -> None:
        caller.sendall(greeting)
        while caller.recv(4096):
            pass

    began = time.monotonic()
    with raw_server(stall) as port:
        error = refusal_of(SftpAddress("127.0.0.1", port, "harbor", (_any_pin(),), CANARY, None, None), QUICK)
    assert facts(error) == ("transient", "sftp.timed_out", "handshake")
    assert time.monotonic() - began >= QUICK.sign_in_seconds


def test_no_secret_shows_in_an_address() -> None:
    address = SftpAddress("h", 22, "u", (), CANARY, CANARY, CANARY)
    assert CANARY not in repr(address)


def _any_pin() -> str:
    return public_line(asyncssh.generate_private_key("ssh-ed25519"))
