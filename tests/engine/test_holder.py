"""Who holds a lease: a name no other process has, and whether that process still lives."""

from __future__ import annotations

import os
import subprocess
import sys

from ml_connector.engine.holder import holder_alive, machine_of, process_holder, process_of

NAME_OF_ANOTHER = "from ml_connector.engine.holder import process_holder; print(process_holder(), flush=True); input()"


def test_a_process_knows_itself_alive_and_has_a_new_name_each_time() -> None:
    first, second = process_holder(), process_holder()
    assert first != second
    assert holder_alive(first) is True
    assert first.split("/")[2] == str(os.getpid())


def test_another_process_is_alive_until_it_ends() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", NAME_OF_ANOTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        name = other.stdout.readline().strip()
        assert holder_alive(name) is True
        other.kill()
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        assert holder_alive(name) is False, "dead, though nobody has asked for its end yet"
        other.wait()
        assert holder_alive(name) is False


def test_a_reused_process_number_is_not_the_old_process() -> None:
    host, boot, pid, _, last = process_holder().split("/")
    assert holder_alive("/".join((host, boot, pid, "1", last))) is False


def test_a_process_of_an_earlier_start_of_this_machine_is_dead() -> None:
    host, _, pid, started, last = process_holder().split("/")
    assert holder_alive("/".join((host, "another-boot", pid, started, last))) is False


def test_of_another_machine_nothing_is_known() -> None:
    parts = process_holder().split("/")
    assert holder_alive("/".join(("elsewhere", *parts[1:]))) is None
    assert holder_alive("a name that is none of ours") is None


def test_a_machine_may_be_given_another_name() -> None:
    told = "from ml_connector.engine.holder import process_holder; print(process_holder())"
    environment = {**os.environ, "ML_CONNECTOR_MACHINE": "pier/one"}
    name = subprocess.run(
        [sys.executable, "-c", told], env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert (machine_of(name), len(name.split("/"))) == ("pier-one", 5)
    assert holder_alive(name.strip()) is None, "it might run elsewhere"


def test_all_names_of_one_process_begin_alike() -> None:
    assert process_of(process_holder()) == process_of(process_holder())
    assert machine_of(process_holder()) == process_of(process_holder()).split("/")[0]
