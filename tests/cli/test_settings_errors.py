"""A settings file that is wrong ends in exit 2 and says which key, what is wrong with it and what to write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.firm import CONNECTION, Outcome
from tests.office import Office

Edit = tuple[str, str]
POLICY = f"connections.{CONNECTION}.policy"

FAULTS: dict[str, tuple[Edit, str, tuple[str, ...]]] = {
    "unknown key": ((r"finish =", "finsh ="), "settings.unknown_key", (f"{POLICY}.finsh", f"{POLICY}.finish")),
    "unknown table": ((r"harbor\.policy\]", "harbor.polcy]"), "settings.unknown_key", ("polcy", POLICY)),
    "unknown feed": (
        (r"feeds\.vendors\]", "feeds.vendor]"),
        "settings.unknown_key",
        ("feeds.vendor:", "feeds.vendors"),
    ),
    "no url": ((r'\nurl = "http[^\n]*', ""), "settings.missing_key", ("acumatica.url", "Add url")),
    "no version": ((r"\nversion = [^\n]*", ""), "settings.missing_key", ("acumatica.version",)),
    "no auth": ((r"\nauth = [^\n]*", ""), "settings.missing_key", ("acumatica.auth", "password")),
    "no user": ((r"\nusername = \"connector\"", ""), "settings.missing_key", ("acumatica.username",)),
    "no host": ((r"\nhost = [^\n]*", ""), "settings.missing_key", ("stampli.host",)),
    "no host keys": ((r"\nhost_keys = [^\n]*", ""), "settings.missing_key", ("stampli.host_keys",)),
    "no tenant": (
        (r'\ntenant = [^\n]*|@HRB(?=")', ""),
        "settings.missing_key",
        ("acumatica.tenant", "client_id"),
    ),
    "two tenants": ((r'tenant = "HRB"', 'tenant = "OTHER"'), "settings.tenant_mismatch", ('"OTHER"', '"HRB"')),
    "no such choice": ((r'"release"', '"relase"'), "settings.bad_value", (f"{POLICY}.finish", "nearest: release")),
    "another type": ((r"settle_seconds = 0", 'settle_seconds = "soon"'), "settings.wrong_type", ("settle_seconds",)),
    "no time zone": ((r"America/New_York", "America/New_Yrok"), "settings.bad_value", ("time_zone", "New_York")),
    "http over the network": (
        (r"http://127\.0\.0\.1:\d+", "http://erp.example.com"),
        "settings.bad_value",
        ("acumatica.url", "https://"),
    ),
    "a secret": ((r"\nauth =", '\npassword = "hunter2"\nauth ='), "settings.secret_in_file", ("acumatica.password",)),
    "a cron line": (
        (r"\Z", f'\n[connections.{CONNECTION}.schedule]\ninvoices = "every hour"\n'),
        "settings.bad_value",
        ("schedule.invoices", "five fields"),
    ),
    "not TOML": ((r"\Z", "\n[broken"), "settings.not_toml", ("is not TOML",)),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_wrong_setting_is_named_with_what_to_write(untouched_office: Office, name: str) -> None:
    (pattern, text), code, words = FAULTS[name]
    edit(untouched_office, pattern, text)

    error = refused(untouched_office.run("sync", CONNECTION, "all", "--json"), code)

    assert all(word in error["message"] + error["fix"] for word in words)
    assert str(untouched_office.settings) in error["message"]
    assert "hunter2" not in error["message"] + error["fix"]
    assert untouched_office.truth().requests == []


def test_every_command_refuses_a_wrong_file_alike(untouched_office: Office) -> None:
    edit(untouched_office, "finish =", "finsh =")

    for words in (
        ("connection", "list"),
        ("connection", "check", CONNECTION),
        ("secret", "list", CONNECTION),
        ("invoice", "list", CONNECTION),
        ("file", "list", CONNECTION),
        ("prove", CONNECTION),
        ("audit", "verify", CONNECTION),
    ):
        refused(untouched_office.run(*words, "--json"), "settings.unknown_key")
    refused(untouched_office.command("worker", "--json"), "settings.unknown_key")


def test_all_faults_of_a_file_are_told_at_once(untouched_office: Office) -> None:
    edit(untouched_office, "finish =", "finsh =")
    edit(untouched_office, "settle_seconds = 0", 'settle_seconds = "soon"')

    outcome = untouched_office.command("connection", "list")

    assert (outcome.exit_code, outcome.output) == (2, "")
    assert "2 settings are wrong" in outcome.notes
    assert f"{POLICY}.finsh" in outcome.notes and "stampli.settle_seconds" in outcome.notes


def test_an_unknown_connection_is_told_with_the_nearest(untouched_office: Office) -> None:
    error = refused(untouched_office.command("sync", "harbour", "all", "--json"), "settings.unknown_connection")

    assert '"harbour"' in error["message"] and f"the nearest is {CONNECTION}" in error["message"]


@pytest.mark.parametrize(
    ("layout", "code", "words"),
    [
        ("standard-cvs", "layout.unknown_name", "standard-csv"),
        ("layouts/missing.toml", "settings.layout_unreadable", "layouts/missing.toml"),
    ],
)
def test_a_layout_that_is_not_there_is_named(office: Office, layout: str, code: str, words: str) -> None:
    office.set_up(**{"feeds.vendors": {"layout": layout}})

    error = refused(office.run("sync", CONNECTION, "master-data", "--json"), code)

    assert words in error["message"] + error["fix"]


@pytest.mark.parametrize(
    ("url", "words"),
    [("oracle://user@host/db", "postgresql://"), ("sqlite:///", "store.url"), ("mysql://x/y", "sqlite:///")],
)
def test_a_store_that_cannot_be_used_is_a_fault_of_the_settings(untouched_office: Office, url: str, words: str) -> None:
    outcome = untouched_office.command(
        "connection",
        "list",
        "--json",
        "--config",
        str(untouched_office.settings),
        variables={"ML_CONNECTOR_STORE_URL": url},
    )

    assert outcome.exit_code == 2
    assert words in outcome.document["error"]["message"] + outcome.document["error"]["fix"]


def test_the_settings_file_is_found_by_option_variable_and_name(office: Office, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other = elsewhere / "other.toml"
    other.write_text(office.settings.read_text().replace("Harbor Ridge Builders", "Another Firm"))
    variables = {"ML_CONNECTOR_CONFIG": str(other)}

    by_name = office.command("connection", "list", "--json", folder=office.folder)
    by_variable = office.command("connection", "list", "--json", variables=variables, folder=office.folder)
    by_option = office.command(
        "--config", str(office.settings), "connection", "list", "--json", variables=variables, folder=elsewhere
    )
    missing = office.command("connection", "list", "--json", folder=tmp_path)
    wrong_option = office.command("connection", "list", "--json", "--config=nowhere.toml", folder=office.folder)

    assert [label_of(found) for found in (by_name, by_variable, by_option)] == [
        "Harbor Ridge Builders",
        "Another Firm",
        "Harbor Ridge Builders",
    ]
    assert (elsewhere / "var" / "ml-connector.db").exists() and not (tmp_path / "var").exists()
    assert "ml-connector.toml" in refused(missing, "settings.file_missing")["message"]
    assert "nowhere.toml" in refused(wrong_option, "settings.file_missing")["message"]


def edit(office: Office, pattern: str, text: str) -> None:
    """Change the settings file where the pattern matches, once at least."""
    before = office.settings.read_text(encoding="utf-8")
    after = re.sub(pattern, text, before)
    assert after != before
    office.settings.write_text(after, encoding="utf-8")


def refused(outcome: Outcome, code: str) -> Mapping[str, Any]:
    """Exit 2 and one error; it comes back."""
    assert (outcome.exit_code, list(outcome.document)) == (2, ["error"])
    error: Mapping[str, Any] = outcome.document["error"]
    assert (error["family"], error["code"]) == ("configuration", code)
    assert error["message"] in outcome.notes and error["fix"] in outcome.notes
    return error


def label_of(outcome: Outcome) -> str:
    """The label of the one connection listed."""
    (row,) = outcome.document
    assert (outcome.exit_code, row["source"]) == (0, "file")
    return str(row["label"])
