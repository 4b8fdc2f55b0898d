"""The rehearsal as a process, with a product that does nothing in place of ours: its JSON, exit codes, clean end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.processes import running_process

IDLE_PRODUCT = """
    import json, sys, time
    words = sys.argv[1:]
    sys.stdin.read()
    answers = {"prove": [], "invoice": [], "file": [], "audit": {"ok": True, "entries": 1}}
    print(json.dumps(answers.get(words[0], {})))
"""
STUCK_PRODUCT = """
    import os, pathlib, sys, time
    if sys.argv[1] == "sync":
        pathlib.Path(os.environ["STUCK_FILE"]).write_text(str(os.getpid()))
        time.sleep(300)
"""
BROKEN_PRODUCT = """
    import sys
    sys.exit(70)
"""


def with_product(tmp_path: Path, program: str) -> dict[str, str]:
    package = tmp_path / "path" / "ml_connector"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(textwrap.dedent(program))
    return dict(os.environ) | {"PYTHONPATH": str(tmp_path / "path"), "STUCK_FILE": str(tmp_path / "stuck")}


def command(tmp_path: Path, *options: str) -> list[str]:
    head = [sys.executable, "-m", "ml_connector_twins", "rehearse", "--directory", str(tmp_path / "runs")]
    return [*head, "--days", "1", *options]


def rehearse(tmp_path: Path, program: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(tmp_path, *options),
        env=with_product(tmp_path, program),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def processes_of(tmp_path: Path) -> list[str]:
    """Live processes whose environment names this test's folder: the driver and all it started."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if str(tmp_path).encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


def test_a_product_that_does_nothing_fails_its_cases(tmp_path: Path) -> None:
    done = rehearse(tmp_path, IDLE_PRODUCT, "--json")
    shown = json.loads(done.stdout)
    assert done.returncode == 1
    assert [(day["date"], set(day)) for day in shown["days"]] == [
        ("2026-10-14", {"date", "sync", "prove", "reconcile"})
    ]
    verdicts = {case["case"]: case["ok"] for case in shown["cases"]}
    assert set(shown["cases"][0]) == {"case", "expected", "found", "ok"}
    assert not verdicts["day 1: an overhead invoice"]
    assert not verdicts["day 1: master data goes out"]
    assert not verdicts["day 1: a vendor on hold"]
    assert verdicts["the audit trail"]
    assert " NOT; days: 1" in done.stderr


def test_without_json_the_card_is_on_standard_output(tmp_path: Path) -> None:
    done = rehearse(tmp_path, IDLE_PRODUCT)
    assert "FAIL day 1: an overhead invoice: unknown to the connector" in done.stdout
    assert done.returncode == 1


def test_a_product_that_breaks_at_once_is_told(tmp_path: Path) -> None:
    done = rehearse(tmp_path, BROKEN_PRODUCT, "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"]["message"].startswith(
        "`secret set harbor acumatica.password` ended with 70"
    )


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes by /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_in_the_middle_leaves_no_process(tmp_path: Path, number: signal.Signals) -> None:
    environment = with_product(tmp_path, STUCK_PRODUCT)
    with running_process(
        command(tmp_path), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as driver:
        until = time.monotonic() + 60
        while not (tmp_path / "stuck").exists() and driver.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        assert len(processes_of(tmp_path)) == 4  # the driver, two twins, the product
        driver.send_signal(number)
        assert driver.wait(timeout=30) == (-9 if number == signal.SIGKILL else 128 + number)
    until = time.monotonic() + 10
    while processes_of(tmp_path) and time.monotonic() < until:
        time.sleep(0.02)
    assert processes_of(tmp_path) == []


@pytest.mark.parametrize("options", [["--days", "0"], ["--days", "21"], ["--faults", "none"], ["--serve"]])
def test_wrong_options_are_ours_to_mend(tmp_path: Path, options: list[str]) -> None:
    done = subprocess.run(command(tmp_path, *options), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
