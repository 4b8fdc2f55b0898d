"""What Acumatica refuses, or where it is not: stage, cause and fix, exit 3, nothing half done, and well again after the
cure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.refusals import Change, assert_checked, assert_cured, assert_nothing_half_done, assert_refused
from tests.office import ACUMATICA_PASSWORD, CLIENT_SECRET, Office
from tests.papers import approved

REFUSED_PORT = 9


def with_secret(key: str, value: str) -> Change:
    """Somebody stores another secret."""
    return lambda office: office.set_secret(f"acumatica.{key}", value)


def with_setting(**keys: object) -> Change:
    """Somebody writes other settings."""
    return lambda office: office.set_up(acumatica=keys)


REFUSALS: dict[str, tuple[Change, Change, str, str, tuple[str, ...]]] = {
    "wrong password": (
        with_secret("password", "wrong"),
        with_secret("password", ACUMATICA_PASSWORD),
        "sign_in",
        "acumatica.sign_in_refused",
        ("user name or password is wrong", "set the password"),
    ),
    "wrong client secret": (
        with_secret("client_secret", "wrong"),
        with_secret("client_secret", CLIENT_SECRET),
        "sign_in",
        "acumatica.sign_in_refused",
        ("the client secret is wrong", "the client secret again"),
    ),
    "version gone": (
        with_setting(version="99.200.001"),
        with_setting(),
        "endpoint_version",
        "acumatica.endpoint_version_missing",
        ("Default/99.200.001", "22.200.001", "23.200.001", "24.200.001", "acumatica.version"),
    ),
    "version older than any we know": (
        with_setting(version="18.200.001"),
        with_setting(),
        "endpoint_version",
        "acumatica.endpoint_version_missing",
        ("Default/18.200.001", "24.200.001"),
    ),
    "no such endpoint": (
        with_setting(endpoint="Deflaut"),
        with_setting(),
        "endpoint_version",
        "acumatica.endpoint_version_missing",
        ("Deflaut/24.200.001", "no endpoint of that name"),
    ),
    "nobody listens": (
        with_setting(url=f"http://127.0.0.1:{REFUSED_PORT}"),
        with_setting(),
        "address",
        "acumatica.not_sent",
        ("refuses the connection", "Nothing was sent", "url"),
    ),
    "unknown name": (
        with_setting(url="https://no-such-host.invalid/AcumaticaERP"),
        with_setting(),
        "address",
        "acumatica.not_sent",
        ("cannot be resolved", "Nothing was sent"),
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_names_stage_cause_and_fix_and_leaves_nothing_half_done(office: Office, name: str) -> None:
    break_it, mend_it, stage, code, words = REFUSALS[name]
    office.drop_invoices(approved("INV-8841"))
    break_it(office)

    told = assert_refused(office.pass_of("all"), stage, code)

    assert all(word in told for word in words)
    assert_nothing_half_done(office)
    assert_checked(office, "acumatica", stage, code)
    assert_nothing_half_done(office)
    mend_it(office)
    assert_cured(office)


def test_a_refused_sign_in_still_prints_the_document_of_sync(office: Office) -> None:
    office.set_secret("acumatica.password", "wrong")

    document = office.pass_of("all").document

    assert (document["connection"], document["flow"], document["feeds"], document["invoices"]) == (
        "harbor",
        "all",
        [],
        [],
    )
    assert document["started_at"] <= document["ended_at"]
    assert office.run("connection", "list", "--json").document[0]["state"] == "failed"


def test_a_refused_password_is_tried_once_a_command_and_no_old_token_gets_round_it(office: Office) -> None:
    assert office.run("sync", "harbor", "all").exit_code == 0
    office.set_secret("acumatica.password", "wrong")
    office.twins.erp.control.call("DELETE", "requests")

    assert_refused(office.pass_of("all"), "sign_in", "acumatica.sign_in_refused")

    asked = [(request["path"], request["status"]) for request in office.truth().requests]
    assert asked == [("/identity/connect/token", 400)]


def test_a_version_that_went_with_an_upgrade_is_told_with_those_that_came(office: Office) -> None:
    office.drop_invoices(approved("INV-8841"))
    assert office.run("sync", "harbor", "master-data").exit_code == 0
    office.switch(versions=["23.200.001", "25.200.001"])

    told = assert_refused(office.pass_of("all"), "endpoint_version", "acumatica.endpoint_version_missing")

    assert "Default/24.200.001" in told and "23.200.001, 25.200.001" in told
    assert (office.bills(), office.leases_held()) == ([], [])


def test_a_secret_that_was_never_set_is_ours_to_mend(tmp_path: Path, office: Office) -> None:
    desk = tmp_path / "another desk"
    desk.mkdir()
    unfurnished = replace(office, settings=desk / "ml-connector.toml")
    unfurnished.set_up()

    outcome = unfurnished.pass_of("all")

    error = outcome.document["error"]
    assert (outcome.exit_code, error["code"], error["stage"]) == (2, "acumatica.secret_missing", "sign_in")
    assert "acumatica.password" in error["message"] and "secret set" in error["fix"]
    assert office.truth().requests == []
