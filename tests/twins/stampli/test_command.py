"""The Stampli twin as a process: its one line, its control file, its end."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from ml_connector_twins.stampli.faults import FaultBook, parse_fault_plan

PASSWORD = "correct horse"


@contextmanager
def running(tmp_path: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    command = [sys.executable, "-m", "ml_connector_twins", "stampli", "--root", str(tmp_path / "root")]
    command += ["--username", "harbor", "--password-env", "TWIN_PASSWORD", *options]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | {"TWIN_PASSWORD": PASSWORD}
    ) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.terminate()


async def list_outbound(line: dict[str, Any]) -> list[str]:
    async with (
        asyncssh.connect(
            line["host"],
            line["port"],
            username="harbor",
            password=PASSWORD,
            client_keys=None,
            known_hosts=([asyncssh.import_public_key(line["host_key"])], [], []),
            config=None,
            agent_path=None,
        ) as connection,
        connection.start_sftp_client() as sftp,
    ):
        names = [str(name) for name in await sftp.listdir("/outbound")]
    return sorted(names)


def test_it_prints_where_it_listens_serves_and_ends_with_its_input(tmp_path: Path) -> None:
    with running(tmp_path, "--exit-with-stdin") as (process, line):
        assert set(line) == {"host", "port", "host_key", "root"}
        assert line["root"] == str((tmp_path / "root").resolve())
        assert asyncio.run(list_outbound(line)) == [".", "..", "done"]
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=20) == 0


def test_it_ends_on_terminate(tmp_path: Path) -> None:
    with running(tmp_path) as (process, _):
        process.terminate()
        assert process.wait(timeout=20) == 0


def test_a_control_file_plants_faults_while_it_runs(tmp_path: Path) -> None:
    control = tmp_path / "control.json"
    with running(tmp_path, "--control", str(control), "--journal", str(tmp_path / "journal")) as (_, line):
        assert asyncio.run(list_outbound(line)) == [".", "..", "done"]
        control.write_text(json.dumps({"faults": [{"operation": "list", "action": "fail", "status": "no_such_file"}]}))
        with pytest.raises(asyncssh.SFTPNoSuchFile):
            asyncio.run(list_outbound(line))
        assert asyncio.run(list_outbound(line)) == [".", "..", "done"]
        control.write_text(json.dumps({"other_host_key": True}))
        with pytest.raises(asyncssh.HostKeyNotVerifiable):
            asyncio.run(list_outbound(line))
    events = [json.loads(row)["event"] for row in (tmp_path / "journal").read_text().splitlines()]
    assert events.count("signed_in") == 3
    assert PASSWORD not in (tmp_path / "journal").read_text()


def test_without_any_way_to_sign_in_it_does_not_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ml_connector_twins", "stampli", "--root", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize(
    "text",
    ['{"faults": [{"operation": "raed", "action": "drop"}]}', '{"fautls": []}', '{"faults": [{"nht": 1}]}', "[]"],
)
def test_a_misspelt_fault_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"none of|unknown key|one JSON object"):
        parse_fault_plan(text)


def test_no_control_file_means_no_faults(tmp_path: Path) -> None:
    book = FaultBook(control=tmp_path / "missing.json")
    assert book.strike("read", ["/outbound/a"]) is None
