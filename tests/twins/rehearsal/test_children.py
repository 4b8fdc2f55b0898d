"""Children of a rehearsal: they start, answer, and are gone when we are, however we went."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from ml_connector_twins.rehearsal.children import ChildFailed, Children
from ml_connector_twins.rehearsal.driver import acumatica_arguments
from tests.processes import running_process

GONE_SECONDS = 10.0


def is_alive(process_id: int) -> bool:
    """A zombie that its new parent has not collected yet counts as gone."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(process_id: int) -> bool:
    until = time.monotonic() + GONE_SECONDS
    while is_alive(process_id) and time.monotonic() < until:
        time.sleep(0.02)
    return not is_alive(process_id)


def environment(tmp_path: Path) -> dict[str, str]:
    """A module that prints its number and sleeps, deaf to SIGTERM, with a child of its own."""
    (tmp_path / "deaf.py").write_text(
        textwrap.dedent(
            """
            import json, os, signal, subprocess, sys, time
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
            print(json.dumps({"pid": os.getpid(), "grandchild": grandchild.pid}), flush=True)
            time.sleep(300)
            """
        )
    )
    (tmp_path / "echo.py").write_text("import sys; print(sys.stdin.read()[::-1], end=''); sys.exit(3)")
    return dict(os.environ) | {"PYTHONPATH": str(tmp_path)}


def test_a_command_gives_its_exit_code_and_output(tmp_path: Path) -> None:
    with Children(environment(tmp_path), tmp_path / "log") as children:
        assert children.run(["echo"], stdin=b"abc", timeout_seconds=30) == (3, b"cba")


def test_a_server_that_says_nothing_has_failed(tmp_path: Path) -> None:
    with (
        Children(environment(tmp_path), tmp_path / "log") as children,
        pytest.raises(ChildFailed, match="did not start"),
    ):
        children.start_server(["no_such_module"], name="it")
    assert b"no_such_module" in (tmp_path / "log").read_bytes()


def test_a_password_that_begins_with_a_dash_is_no_option(tmp_path: Path) -> None:
    with Children(dict(os.environ), tmp_path / "log") as children:
        started = children.start_server(acumatica_arguments("-secret"), name="the twin")
    assert str(started["url"]).startswith("http://127.0.0.1:")


def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    with Children(environment(tmp_path), tmp_path / "log") as children, pytest.raises(ChildFailed, match="within"):
        children.run(["deaf"], stdin=b"", timeout_seconds=0.3)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes by /proc")
def test_leaving_the_block_ends_a_deaf_child_and_its_own_children(tmp_path: Path) -> None:
    with Children(environment(tmp_path), tmp_path / "log", grace_seconds=0.2) as children:
        started = children.start_server(["deaf"], name="it")
    assert gone(started["pid"])
    assert gone(started["grandchild"])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_killed_driver_leaves_no_child(tmp_path: Path) -> None:
    program = textwrap.dedent(
        f"""
        import os, time
        from pathlib import Path
        from ml_connector_twins.rehearsal.children import Children
        children = Children(dict(os.environ), Path({str(tmp_path / "log")!r}))
        print(children.start_server(["deaf"], name="it")["pid"], flush=True)
        time.sleep(300)
        """
    )
    with running_process([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment(tmp_path)) as driver:
        assert driver.stdout is not None
        child = int(driver.stdout.readline())
        driver.send_signal(signal.SIGKILL)
    assert gone(child)
