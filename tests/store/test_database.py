"""Opening a database safely, and what its transactions promise."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from ml_connector.clock import SimulatedClock
from ml_connector.errors import ConfigurationError, IntegrityError, TransientError
from ml_connector.store.audit import AuditRepository
from ml_connector.store.connections import RunRepository
from ml_connector.store.database import Database, open_database
from ml_connector.store.disk.folders import open_lock
from ml_connector.store.rows.tables import audit_head
from tests.databases import database_url, fresh_database
from tests.store.drivers import a_driver_on_a_failing_disk, a_loose_driver
from tests.store.records import NOW, a_note

ON_SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def pragma(database: Database, name: str) -> object:
    with database.transaction() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_a_new_database_and_its_folder_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "var"
    database = open_database(f"sqlite:///{folder}/c.db")
    files = sorted(path.name for path in folder.iterdir())
    assert files == ["c.db", "c.db-shm", "c.db-wal", "c.db.lock"]
    assert {mode_of(path) for path in folder.iterdir()} == {0o600}
    assert (mode_of(folder), mode_of(folder.parent)) == (0o700, 0o700)
    database.close()


def test_a_database_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    fresh_database(tmp_path).close()
    path = tmp_path / "ml-connector.db"
    path.chmod(0o644)
    open_database(database_url(tmp_path)).close()
    assert mode_of(path) == 0o600


@ON_SQLITE
def test_the_settings_that_keep_a_committed_row_are_on(database: Database) -> None:
    found = {name: pragma(database, name) for name in ("synchronous", "foreign_keys", "busy_timeout", "journal_mode")}
    assert found == {"synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000, "journal_mode": "wal"}
    facts = database.describe()
    assert (facts.journal_mode, facts.library.split()[0]) == ("wal", "SQLite")
    assert Path(facts.path).name == "ml-connector.db"


@pytest.mark.skipif(sqlite3.sqlite_version_info >= (3, 51, 3), reason="the standard library's SQLite is new enough")
def test_an_older_library_keeps_no_write_ahead_log_even_where_a_newer_one_did(tmp_path: Path) -> None:
    newer = fresh_database(tmp_path)
    assert newer.describe().journal_mode == "wal"
    newer.close()
    database = open_database(database_url(tmp_path), library=sqlite3)
    assert (database.describe().journal_mode, pragma(database, "journal_mode")) == ("delete", "delete")
    database.close()


def test_a_database_that_ignores_the_safe_setting_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_database(database_url(tmp_path), library=a_loose_driver())
    told = caught.value
    assert (told.code, told.at, told.stage) == ("store.unsafe_setting", "system", "store")
    assert told.message == "Unsafe database setting; posting is off (synchronous is 1)"


def test_what_a_block_wrote_is_gone_when_it_raises(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as connection:
        connection.execute(insert(audit_head).values(connection="c", sequence=1, hash="h"))
        raise RuntimeError
    with database.transaction() as connection:
        assert connection.execute(select(audit_head)).all() == []


def test_a_second_writer_is_told_that_the_database_is_busy(tmp_path: Path) -> None:
    first = fresh_database(tmp_path)
    second = open_database(database_url(tmp_path), busy_timeout_seconds=0.05)
    with first.transaction(), pytest.raises(TransientError) as caught, second.transaction():
        pass
    assert (caught.value.code, caught.value.message) == ("store.busy", "Database busy")
    with second.transaction():
        pass
    first.close()
    second.close()


@ON_SQLITE
def test_a_full_disk_is_told_as_one_and_leaves_nothing_half_done(database: Database, clock: SimulatedClock) -> None:
    runs = RunRepository(database, "harbor", clock)
    run_id = runs.record_start("invoices")
    with database.transaction() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(TransientError) as caught:
        runs.record_end(run_id, "done", {"text": "x" * 100_000})
    told = caught.value
    assert (told.code, told.stage, told.message) == ("store.disk_full", "store", "Disk full: posting is off")
    assert "Make room" in told.fix
    assert runs.load_runs()[0].outcome is None
    with database.transaction() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    runs.record_end(run_id, "done", {})
    assert runs.load_runs()[0].outcome == "done"


@ON_SQLITE
def test_a_read_only_database_is_told_as_one(database: Database, clock: SimulatedClock) -> None:
    with database.transaction() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
    with pytest.raises(ConfigurationError) as caught:
        RunRepository(database, "harbor", clock).record_start("invoices")
    assert (caught.value.code, caught.value.at) == ("store.read_only", "system")
    assert caught.value.message == "Data folder is read-only"


def test_after_a_failed_write_to_the_disk_nothing_more_is_tried(tmp_path: Path, clock: SimulatedClock) -> None:
    failing: set[str] = set()
    fresh_database(tmp_path).close()
    database = open_database(database_url(tmp_path), library=a_driver_on_a_failing_disk(failing))
    trail = AuditRepository(database, "harbor", clock)
    trail.record_note(a_note())
    failing.add("INSERT")
    for _ in range(2):
        with pytest.raises(TransientError) as caught:
            trail.record_note(a_note())
        assert caught.value.code == "store.disk_error"
        failing.clear()
    database.close()
    reopened = open_database(database_url(tmp_path))
    assert AuditRepository(reopened, "harbor", clock).verify().entries == 1
    reopened.close()


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to look like one" * 100, b"SQLite format 3\0" * 400]
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "c.db"
    path.write_bytes(content)
    with pytest.raises(IntegrityError) as caught:
        open_database(f"sqlite:///{path}")
    assert caught.value.code == "store.damaged"
    assert path.read_bytes() == content


def test_damaged_pages_are_found_when_asked_for(tmp_path: Path, clock: SimulatedClock) -> None:
    database = fresh_database(tmp_path)
    trail = AuditRepository(database, "harbor", clock)
    for number in range(200):
        trail.record_note(a_note(note=f"note {number} " * 20))
    assert database.check_pages() == ()
    database.close()
    path = tmp_path / "ml-connector.db"
    content = bytearray(path.read_bytes())
    content[-9000:-5000] = b"\xff" * 4000
    path.write_bytes(content)
    reopened = open_database(database_url(tmp_path))
    try:
        assert reopened.check_pages() != ()
    except IntegrityError as error:
        assert error.code == "store.damaged"
    reopened.close()


@pytest.mark.parametrize(
    ("url", "code", "at"),
    [
        ("sqlite://", "store.bad_url", "settings"),
        ("sqlite:///:memory:", "store.bad_url", "settings"),
        ("sqlite:////tmp/x.db?mode=memory&uri=true", "store.bad_url", "settings"),
        ("sqlite+pysqlcipher:////tmp/x.db", "store.bad_url", "settings"),
        ("mysql://u:secret@host/db", "store.bad_url", "settings"),
        ("words", "store.bad_url", "settings"),
        ("postgresql+asyncpg://u:secret@host/db", "store.bad_url", "settings"),
        ("postgresql://u:secret@host/db?options=-csynchronous_commit=off", "store.bad_url", "settings"),
        ("sqlite:////dev/null/var/x.db", "store.cannot_open", "system"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_its_password(url: str, code: str, at: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_database(url)
    assert (caught.value.code, caught.value.at) == (code, at)
    assert "secret" not in caught.value.message + caught.value.fix


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigurationError) as caught:
        open_database(f"sqlite:///{tmp_path}/file/var/c.db")
    assert caught.value.code == "store.cannot_open"
    assert str(tmp_path / "file" / "var") in caught.value.message


def test_another_process_that_opens_for_too_long_is_told_as_busy(tmp_path: Path) -> None:
    fresh_database(tmp_path).close()
    with open_lock(tmp_path / "ml-connector.db.lock", 1), pytest.raises(TransientError) as caught:
        open_database(database_url(tmp_path), busy_timeout_seconds=0.1)
    assert caught.value.code == "store.busy"
    assert "opening or updating" in caught.value.message


def test_processes_that_open_a_new_database_at_once_all_succeed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/var/c.db"
    program = (
        "import sys; from ml_connector.clock import SystemClock\n"
        "from ml_connector.store.database import open_database\n"
        "from ml_connector.store.audit import AuditRepository\n"
        "from ml_connector.audit.entry import AuditNote\n"
        "trail = AuditRepository(open_database(sys.argv[1]), 'harbor', SystemClock())\n"
        "[trail.record_note(AuditNote('e', 's', str(n))) for n in range(20)]\n"
    )
    children = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(3)]
    assert [child.wait(60) for child in children] == [0, 0, 0]
    database = open_database(url)
    verdict = AuditRepository(database, "harbor", SimulatedClock(NOW)).verify()
    assert (verdict.ok, verdict.entries) == (True, 60)
    database.close()


def test_errors_tell_no_value_of_a_statement(database: Database) -> None:
    with pytest.raises(Exception, match="(?i)not.null") as caught, database.transaction() as connection:
        connection.execute(text("INSERT INTO audit_head VALUES (:secret, NULL, 'h')"), {"secret": "canary-77"})
    assert "canary-77" not in str(caught.value)
