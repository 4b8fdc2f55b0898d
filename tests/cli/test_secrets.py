"""Secrets come in by standard input alone and stand nowhere in clear: no output, log, database, file or argument."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.firm import CONNECTION
from tests.office import ACUMATICA_PASSWORD, CLIENT_SECRET, Office
from tests.papers import approved

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def test_secret_list_tells_names_and_dates_and_never_a_value(office: Office) -> None:
    listed = office.command("secret", "list", CONNECTION, "--json")

    assert (listed.exit_code, [row["key"] for row in listed.document]) == (
        0,
        ["acumatica.client_secret", "acumatica.password", "stampli.private_key"],
    )
    assert all(set(row) == {"key", "set_at", "set_by"} and INSTANT.fullmatch(row["set_at"]) for row in listed.document)
    in_words = office.command("secret", "list", CONNECTION)
    assert "acumatica.password" in in_words.output
    for outcome in (listed, in_words):
        assert secrets_in(office, (outcome.output + outcome.notes).encode()) == []


def test_secret_set_reads_standard_input_without_the_line_end_of_the_shell(office: Office) -> None:
    done = office.command("secret", "set", CONNECTION, "acumatica.password", "--json", stdin=f"{ACUMATICA_PASSWORD}\n")

    assert (done.exit_code, done.document) == (
        0,
        {"connection": CONNECTION, "key": "acumatica.password", "stored": True},
    )
    assert office.run("connection", "check", CONNECTION).exit_code == 0


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("acumatica.pasword", "x", "vault.unknown_key"),
        ("acumatica.password", "", "vault.empty_secret"),
        ("acumatica.password", "\n", "vault.empty_secret"),
    ],
)
def test_a_secret_nobody_knows_or_without_a_value_is_refused(office: Office, key: str, value: str, code: str) -> None:
    outcome = office.run("secret", "set", CONNECTION, key, "--json", stdin=value)

    assert (outcome.exit_code, outcome.document["error"]["code"]) == (2, code)
    assert len(office.run("secret", "list", CONNECTION, "--json").document) == 3


def test_a_value_on_the_command_line_is_no_argument_of_ours(office: Office) -> None:
    outcome = office.run("secret", "set", CONNECTION, "acumatica.password", "on-the-command-line")

    assert outcome.exit_code == 2


def test_no_secret_stands_in_clear_anywhere_after_all_commands(office: Office) -> None:
    office.drop_invoices(approved("INV-8841"))
    said = []
    for words in (
        ("connection", "check", CONNECTION),
        ("sync", CONNECTION, "all", "--json"),
        ("prove", CONNECTION, "--json"),
        ("invoice", "show", CONNECTION, "INV-8841", "--json"),
        ("secret", "list", CONNECTION, "--json"),
        ("audit", "verify", CONNECTION),
    ):
        outcome = office.command(*words)
        said.append(outcome.output + outcome.notes)
    office.set_secret("acumatica.password", "canary-7143-wrong-password")
    refused = office.command("sync", CONNECTION, "all", "--json")
    said.append(refused.output + refused.notes)

    assert refused.exit_code == 3
    assert secrets_in(office, "\n".join(said).encode()) == []
    files = [path for path in office.folder.rglob("*") if path.is_file()]
    assert {"ml-connector.db", "master.key", "ml-connector.toml"} <= {path.name for path in files}
    assert [path for path in files if secrets_in(office, path.read_bytes())] == []


def test_what_we_keep_is_for_its_owner_alone(office: Office) -> None:
    office.drop_invoices(approved("INV-8841"))
    office.run("sync", CONNECTION, "all")

    kept = list((office.folder / "var").rglob("*"))

    assert [path for path in (office.folder / "var", *kept) if path.stat().st_mode & 0o077] == []


def test_no_secret_stands_in_the_arguments_of_a_running_command(office: Office) -> None:
    office.fault("delay", path="/identity/connect/token", seconds=2.0)
    with office.start("sync", CONNECTION, "all", "--json") as process:
        seen = set[bytes]()
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            seen |= arguments_below(process)
            time.sleep(0.05)
        process.communicate()

    assert process.returncode == 0
    assert any(b"ml_connector" in arguments for arguments in seen)
    assert secrets_in(office, b"\n".join(seen)) == []


def secrets_in(office: Office, content: bytes) -> list[str]:
    """Names of the secrets that stand in these bytes, whole or a telling piece of them."""
    key_lines = [line for line in office.sshd.private_key.splitlines() if line and not line.startswith("-")]
    pieces = {
        "password": ACUMATICA_PASSWORD,
        "client secret": CLIENT_SECRET,
        "wrong password": "canary-7143",
        "private key": key_lines[1],
    }
    return [name for name, piece in pieces.items() if piece.encode() in content]


def arguments_below(process: subprocess.Popen[str]) -> set[bytes]:
    """The command line and environment of a process and its threads, as others on the machine may see them."""
    found = set[bytes]()
    for name in ("cmdline", "environ"):
        try:
            found.add(Path(f"/proc/{process.pid}/{name}").read_bytes())
        except OSError:
            continue
    return found


def test_another_master_key_opens_the_same_secrets(office: Office) -> None:
    rotated = office.run("vault", "rotate", "--json")
    assert (rotated.exit_code, rotated.document["rewrapped"], rotated.document["resumed"]) == (0, 3, False)
    in_words = office.run("vault", "rotate")
    assert in_words.exit_code == 0 and in_words.output.startswith("3 secrets are under the master key ")
    assert rotated.document["key_id"] not in in_words.output
    assert secrets_in(office, (rotated.output + in_words.output + in_words.notes).encode()) == []
    assert office.run("connection", "check", CONNECTION).exit_code == 0
    assert office.run("vault", "rotate", "--json", stdin="no key\n").document["error"]["code"] == "vault.bad_master_key"
    assert office.run("audit", "verify", CONNECTION).exit_code == 0
