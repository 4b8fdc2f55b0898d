"""A store on a PostgreSQL server: what is refused, what a lost connection does, and who waits for whom."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import insert, select, text, update

from ml_connector.clock import SimulatedClock, SystemClock
from ml_connector.errors import ConfigurationError, TransientError, UncertainError
from ml_connector.store.audit import AuditRepository
from ml_connector.store.database import Database, open_database
from ml_connector.store.kinds.server_faults import ServerName, translate_server_error
from ml_connector.store.rows.tables import lease
from ml_connector.store.running.leases import LeaseRepository
from tests.databases import Kind
from tests.postgres import PASSWORD, USER, running_postgres, shared_postgres
from tests.store.records import NAME, NOW, a_note
from tests.store.severing import severed

SERVER = ServerName("host/db", ())


@pytest.fixture
def kind() -> Kind:
    return "postgresql"


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def a_lease(flow: str, epoch: int = 1) -> dict[str, object]:
    until = datetime(2026, 1, 1, tzinfo=UTC)
    return {"connection": NAME, "flow": flow, "holder": "one", "epoch": epoch, "until": until}


def flows_of(database: Database) -> list[str]:
    with database.transaction() as connection:
        return list(connection.execute(select(lease.c.flow).order_by(lease.c.flow)).scalars())


def test_what_it_is_and_how_it_commits_is_told(database: Database) -> None:
    facts = database.describe()
    assert (facts.library.split()[0], facts.journal_mode, facts.path) == ("PostgreSQL", "synchronous_commit on", "")
    assert database.check_pages() == ()


def test_an_index_that_the_server_gave_up_is_found(url: str) -> None:
    statement = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_request_invoice_id'::regclass"
    shared_postgres().execute(statement, database=name_of(url))
    database = open_database(url)
    assert database.check_pages() == ("ix_request_invoice_id: the index is not valid",)
    database.close()
    shared_postgres().execute("UPDATE pg_index SET indisvalid = true", database=name_of(url))


def test_a_server_that_answers_before_a_row_is_safe_is_refused(url: str) -> None:
    server, name = shared_postgres(), name_of(url)
    server.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with pytest.raises(ConfigurationError) as caught:
        open_database(url)
    server.execute(f"ALTER DATABASE {name} RESET synchronous_commit")
    assert (caught.value.code, caught.value.at) == ("store.unsafe_setting", "system")
    assert caught.value.message == "Unsafe database setting; posting is off (synchronous_commit is off)"
    open_database(url).close()


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (("a%20password", "not%20the%20password"), "store.sign_in_refused", "password authentication failed"),
        ((USER + ":", "nobody-known:"), "store.sign_in_refused", "password authentication failed"),
        (("/t", "/missing"), "store.sign_in_refused", "does not exist"),
    ],
)
def test_who_may_not_sign_in_is_told_without_the_password(
    url: str, change: tuple[str, str], code: str, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        open_database(url.replace(*change))
    assert (caught.value.code, caught.value.at) == (code, "settings")
    assert "password of tests" not in caught.value.message + caught.value.fix
    assert "not the password" not in caught.value.message + caught.value.fix


def test_a_server_that_is_not_there_is_told_by_its_name(url: str) -> None:
    with running_postgres() as server:
        gone = server.url()
    with pytest.raises(TransientError) as caught:
        open_database(gone)
    assert caught.value.code == "store.not_reachable"
    assert caught.value.message.startswith(f"Database not reachable: 127.0.0.1:{server.port}/postgres (")
    assert PASSWORD not in caught.value.message


def test_a_password_that_the_driver_repeats_is_masked() -> None:
    name = ServerName("host/db", ("pa ss",))
    told = translate_server_error(psycopg.OperationalError('connecting with "pa ss"\nfailed'), name, lost=True)
    assert told.message == 'Database not reachable: host/db (connecting with "***" failed)'


def test_a_connection_that_was_ended_between_two_transactions_is_replaced_unseen(database: Database, url: str) -> None:
    AuditRepository(database, NAME, SystemClock()).record_note(a_note())
    assert shared_postgres().terminate_connections(name_of(url)) == 1
    AuditRepository(database, NAME, SystemClock()).record_note(a_note())
    assert AuditRepository(database, NAME, SystemClock()).verify().entries == 2


def test_a_connection_lost_in_the_middle_leaves_nothing_and_the_step_can_be_repeated(
    database: Database, url: str
) -> None:
    def step(*, broken: bool) -> None:
        with database.scoped(NAME).transaction() as connection:
            connection.execute(insert(lease).values(**a_lease("invoices")))
            if broken:
                shared_postgres().terminate_connections(name_of(url))
            connection.execute(insert(lease).values(**a_lease("payments")))

    with pytest.raises(TransientError) as caught:
        step(broken=True)
    assert caught.value.code == "store.not_reachable"
    assert flows_of(database) == []
    step(broken=False)
    assert flows_of(database) == ["invoices", "payments"]


@pytest.mark.parametrize("kept", [True, False])
def test_a_commit_without_an_answer_is_looked_up(url: str, kept: bool) -> None:
    with severed(url, at=b"COMMIT\0", deliver=kept) as (through, sever):
        database = open_database(through)
        trail = AuditRepository(database, NAME, SystemClock())
        sever.set()
        if kept:
            trail.record_note(a_note())
        else:
            with pytest.raises(TransientError) as caught:
                trail.record_note(a_note())
            assert caught.value.code == "store.not_reachable"
        assert trail.verify().entries == int(kept)
        database.close()


def test_a_commit_that_nobody_can_tell_of_is_uncertain(url: str) -> None:
    with severed(url, at=b"COMMIT\0", deliver=True, for_good=True) as (through, sever):
        with closing(open_database(through, busy_timeout_seconds=0.2)) as database:
            sever.set()
            with pytest.raises(UncertainError) as caught:
                AuditRepository(database, NAME, SystemClock()).record_note(a_note())
        assert caught.value.code == "store.commit_unknown"


def test_a_server_that_is_restarted_is_waited_for() -> None:
    with running_postgres() as server:
        database = open_database(server.create_database(), busy_timeout_seconds=120)
        trail = AuditRepository(database, NAME, SystemClock())
        trail.record_note(a_note())
        server.stop("immediate")
        again = threading.Thread(target=server.start)
        again.start()
        trail.record_note(a_note())
        again.join()
        assert trail.verify().entries == 2
        database.close()


@pytest.fixture
def two(url: str) -> Iterator[tuple[Database, Database]]:
    """The same database opened by two that do not wait long."""
    one, other = (open_database(url, busy_timeout_seconds=0.1) for _ in range(2))
    yield one, other
    one.close()
    other.close()


def test_transactions_of_one_scope_wait_for_each_other_and_others_do_not(two: tuple[Database, Database]) -> None:
    one, other = two
    with one.scoped("harbor").transaction():
        with other.scoped("pier").transaction() as connection:
            assert connection.execute(text("SELECT 1")).scalar() == 1
        for waiting in (other.scoped("harbor"), other):
            with pytest.raises(TransientError) as caught, waiting.transaction():
                pass
            assert (caught.value.code, caught.value.message) == ("store.busy", "Database busy")
    with one.transaction(), pytest.raises(TransientError), other.scoped("pier").transaction():
        pass


def test_a_snapshot_keeps_nobody_out_and_shows_one_state(two: tuple[Database, Database]) -> None:
    one, other = two
    with one.snapshot() as reading:
        assert reading.execute(select(lease.c.flow)).all() == []
        with other.transaction() as connection:
            connection.execute(insert(lease).values(**a_lease("invoices")))
        assert reading.execute(select(lease.c.flow)).all() == []
        with pytest.raises(ConfigurationError, match="read-only"), one.snapshot() as wrong:
            wrong.execute(update(lease).values(epoch=2))
    assert flows_of(other) == ["invoices"]


def test_the_row_lock_of_another_program_is_told_as_busy(two: tuple[Database, Database], url: str) -> None:
    leases = LeaseRepository(two[0], NAME, SimulatedClock(NOW), holder_alive=lambda _: None)
    assert leases.claim("invoices", "one", 60)
    with closing(psycopg.connect(url)) as stranger:
        stranger.execute("SELECT * FROM lease FOR UPDATE")
        with pytest.raises(TransientError) as caught:
            leases.claim("invoices", "one", 60)
    assert caught.value.code == "store.busy"
    assert leases.claim("invoices", "one", 60)


@pytest.mark.parametrize(
    ("error", "family", "code"),
    [
        (psycopg.errors.SerializationFailure(), "transient", "store.conflict"),
        (psycopg.errors.DeadlockDetected(), "transient", "store.conflict"),
        (psycopg.errors.TooManyConnections(), "transient", "store.busy"),
        (psycopg.errors.DiskFull(), "transient", "store.disk_full"),
        (psycopg.errors.IoError(), "transient", "store.disk_error"),
        (psycopg.errors.AdminShutdown(), "transient", "store.not_reachable"),
        (psycopg.errors.CannotConnectNow(), "transient", "store.not_reachable"),
        (psycopg.errors.IdleInTransactionSessionTimeout(), "transient", "store.not_reachable"),
        (psycopg.errors.ReadOnlySqlTransaction(), "configuration", "store.read_only"),
        (psycopg.errors.InsufficientPrivilege(), "configuration", "store.not_permitted"),
        (psycopg.errors.DataCorrupted(), "integrity", "store.damaged"),
        (psycopg.errors.SyntaxError(), "uncertain", "store.unknown"),
    ],
)
def test_what_the_server_says_is_told_in_our_words(error: Exception, family: str, code: str) -> None:
    told = translate_server_error(error, SERVER, lost=False)
    assert (told.family, told.code) == (family, code)


def test_processes_that_open_an_empty_database_at_once_all_succeed() -> None:
    url = shared_postgres().create_database()
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
    verdict = AuditRepository(database, NAME, SimulatedClock(NOW)).verify()
    assert (verdict.ok, verdict.entries) == (True, 60)
    database.close()


def test_a_newer_schema_and_another_programs_database_are_refused() -> None:
    server = shared_postgres()
    url = server.create_database()
    server.execute("CREATE TABLE cookies (host text)", database=name_of(url))
    with pytest.raises(ConfigurationError) as caught:
        open_database(url)
    assert caught.value.code == "store.foreign_database"
    server.execute("DROP TABLE cookies", database=name_of(url))
    open_database(url).close()
    server.execute("UPDATE alembic_version SET version_num = '0999'", database=name_of(url))
    with pytest.raises(ConfigurationError) as caught:
        open_database(url)
    assert caught.value.code == "store.newer_schema"
