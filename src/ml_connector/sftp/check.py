"""The SFTP half of ``connection check``: stage by stage, each with its result, its time and, where it failed, the fix.

It reads only, and writes one small hidden file (removed again) where ``probe`` is asked for. With no host key pinned it
shows the keys it sees and stops before any sign-in.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import asyncssh

from ml_connector.clock import Clock
from ml_connector.errors import ConnectorError
from ml_connector.sftp.address import Deadlines, SftpAddress
from ml_connector.sftp.algorithms import (
    HOST_KEY_FAMILIES,
    fingerprint,
    is_weak,
    parse_pins,
    public_line,
    signatures_first,
)
from ml_connector.sftp.connecting import open_socket, see_host_key
from ml_connector.sftp.faults import HostKeyChanged, HostKeyNotPinned, WeakHostKey
from ml_connector.sftp.files import FetchedFile, RemoteFile
from ml_connector.sftp.folder_faults import NoPermission, Place
from ml_connector.sftp.loop import LoopThread
from ml_connector.sftp.session import SftpSession

Result = Literal["pass", "fail", "skipped"]

SIZE_BYTES_MAX = 100 * 1024 * 1024
NAMES_MAX = 2_000_000


@dataclass(frozen=True, slots=True)
class CheckStage:
    """One stage of ``operator_contract.md`` 5; ``host_keys`` are the lines seen at ``host_key``, ``cause`` is why it
    failed."""

    stage: str
    result: Result
    seconds: float
    message: str
    fix: str = ""
    host_keys: tuple[str, ...] = ()
    cause: ConnectorError | None = None

    @property
    def code(self) -> str:
        """The code of what went wrong, empty where nothing did."""
        return self.cause.code if self.cause else ""


class _Skipped(Exception):
    """A stage has nothing to try; its text says why."""


def check_sftp(
    address: SftpAddress,
    *,
    inbound: str,
    outbound: str,
    clock: Clock,
    probe: bool = False,
    deadlines: Deadlines | None = None,
) -> list[CheckStage]:
    """All eight stages in order; one whose ground failed is skipped. Never raises a fault of the server."""
    thread = LoopThread(f"sftp check {address.host}")
    try:
        with SftpSession(address, deadlines=deadlines) as session:
            check = _Check(address, session, thread, clock=clock, deadlines=deadlines or Deadlines())
            return check.run(inbound, outbound, probe=probe)
    finally:
        thread.close()


class _Check:
    def __init__(
        self, address: SftpAddress, session: SftpSession, thread: LoopThread, *, clock: Clock, deadlines: Deadlines
    ) -> None:
        self._address = address
        self._session = session
        self._thread = thread
        self._clock = clock
        self._deadlines = deadlines
        self._stages: list[CheckStage] = []
        self._keys: dict[str, asyncssh.SSHKey] = {}
        self._readable: list[RemoteFile] = []

    def run(self, inbound: str, outbound: str, *, probe: bool) -> list[CheckStage]:
        """Go through the stages."""
        self._stage("address", self._reach)
        self._stage("handshake", self._shake_hands, needs="address")
        self._stage("host_key", self._compare_keys, needs="handshake")
        self._stage("sign_in", self._sign_in, needs="host_key")
        self._stage("inbound_list", lambda: self._list(inbound, "inbound_list"), needs="sign_in")
        self._stage("inbound_write", lambda: self._write(inbound, probe=probe), needs="inbound_list")
        self._stage("outbound_list", lambda: self._list(outbound, "outbound_list"), needs="sign_in")
        self._stage("outbound_read", self._read, needs="outbound_list")
        return self._stages

    def _stage(self, name: str, action: Callable[[], str], *, needs: str = "") -> None:
        start = self._clock.monotonic()
        result: Result = "pass"
        cause: ConnectorError | None = None
        try:
            if any(one.stage == needs and one.result != "pass" for one in self._stages):
                raise _Skipped(f"Not tried: {needs.replace('_', ' ')} comes first.")
            message = action()
        except _Skipped as skipped:
            result, message = "skipped", str(skipped)
        except ConnectorError as error:
            result, message, cause = "fail", error.message, error
        seen = tuple(self._keys) if name == "host_key" else ()
        fix = cause.fix if cause else ""
        self._stages.append(CheckStage(name, result, self._clock.monotonic() - start, message, fix, seen, cause))

    def _reach(self) -> str:
        opened = self._thread.run(open_socket(self._address, self._deadlines))
        try:
            reached = opened.getpeername()[0]
        finally:
            opened.close()
        return f"{self._address.host} answers at {reached} port {self._address.port}."

    def _shake_hands(self) -> str:
        key = self._see(signatures_first(parse_pins(self._address.host_keys)))
        return f"The key exchange works; host key {fingerprint(key)}."

    def _see(self, algorithms: tuple[str, ...]) -> asyncssh.SSHKey:
        key = self._thread.run(see_host_key(self._address, self._deadlines, algorithms))
        self._keys[public_line(key)] = key
        return key

    def _compare_keys(self) -> str:
        seen = next(iter(self._keys.values()))
        for family in HOST_KEY_FAMILIES:
            if not any(name.decode("ascii") in family for name in seen.sig_algorithms):
                self._see_another(family)
        if not self._address.host_keys:
            raise HostKeyNotPinned(self._address.host, tuple(self._keys))
        pins = parse_pins(self._address.host_keys)
        pinned = {public_line(pin) for pin in pins}
        if public_line(seen) not in pinned:
            names = [fingerprint(pin) for pin in pins]
            raise HostKeyChanged(self._address.host, pinned=names, shown=fingerprint(seen), offered=public_line(seen))
        if is_weak(seen):
            raise WeakHostKey(self._address.host, fingerprint(seen))
        more = [fingerprint(key) for line, key in self._keys.items() if line not in pinned]
        return f"The pinned key is shown: {fingerprint(seen)}." + (f" Also offered: {', '.join(more)}." if more else "")

    def _see_another(self, family: tuple[str, ...]) -> None:
        try:
            self._see(family)
        except ConnectorError:
            # Most servers have no key of every kind; what matters is what they do show.
            return

    def _sign_in(self) -> str:
        self._session.connect()
        return f"{self._address.username} is signed in."

    def _list(self, folder: str, stage: str) -> str:
        smallest: list[RemoteFile] = []

        def keep(file: RemoteFile) -> bool:
            if file.kind == "file" and not file.unsafe and (not smallest or file.size_bytes < smallest[0].size_bytes):
                smallest[:] = [file]
            return False

        self._session.list_files(folder, names_max=NAMES_MAX, keep=keep, stage=stage)
        if stage == "outbound_list":
            self._readable = smallest
        return f"{folder} can be listed."

    def _write(self, folder: str, *, probe: bool) -> str:
        if not probe:
            raise _Skipped("Only tried with --probe.")
        name = f".ml-connector-probe-{secrets.token_hex(4)}"
        receipt = self._session.put_file(folder, name, b"ml-connector probe\r\n")
        self._session.delete_file(receipt.path, stage="inbound_write")
        return f"A file can be written, renamed, read back and deleted in {folder}."

    def _read(self) -> str:
        if not self._readable:
            raise _Skipped("There is no file to read.")
        path = self._readable[0].path
        fetched = self._session.fetch_file(path, size_bytes_max=SIZE_BYTES_MAX)
        if isinstance(fetched, FetchedFile):
            return f"{path} was read: {fetched.size_bytes:,} bytes."
        if fetched.code == NoPermission.code:
            raise NoPermission(Place(self._address.host, "outbound_read", path))
        raise _Skipped(f"{fetched.message}.")
