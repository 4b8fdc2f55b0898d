"""The servers that tests of PostgreSQL run against: shared by a run, or a test's own to break."""

from __future__ import annotations

from contextlib import closing

import psycopg
import pytest

from tests.postgres import running_postgres, shared_postgres


def test_a_shared_server_gives_each_test_a_database_of_its_own() -> None:
    server = shared_postgres()
    one, other = server.create_database(), server.create_database()
    server.execute("CREATE TABLE t (n int)", database=one.rpartition("/")[2])

    assert shared_postgres() == server
    assert server.execute("SELECT to_regclass('t')", database=other.rpartition("/")[2]) == [(None,)]
    server.drop_database(one)
    server.drop_database(other)


def test_a_server_of_its_own_can_be_broken_and_comes_back_on_the_same_address() -> None:
    with running_postgres() as server:
        with closing(psycopg.connect(server.url())) as client:
            assert server.terminate_connections() == 1
            with pytest.raises(psycopg.OperationalError):
                client.execute("SELECT 1")
        server.stop("immediate")
        assert not server.is_running()
        server.start()
        assert server.execute("SELECT 1") == [(1,)]
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.url())
