"""What the SFTP server refuses, or where it is not: stage, cause and fix, exit 3, no sign-in before the host key is
proven, nothing half done, and well again after the cure."""

from __future__ import annotations

import asyncssh
import pytest

from tests.cli.refusals import (
    MASTER_DATA_FILES,
    STAGES,
    Change,
    assert_checked,
    assert_cured,
    assert_nothing_half_done,
    assert_refused,
)
from tests.firm import CONNECTION
from tests.office import Office
from tests.papers import approved


def with_setting(**keys: object) -> Change:
    """Somebody writes other settings."""
    return lambda office: office.set_up(stampli=keys)


def another_key_pair(office: Office) -> None:
    """A key the server does not know."""
    strange = asyncssh.generate_private_key("ssh-ed25519").export_private_key("openssh").decode()
    office.set_secret("stampli.private_key", strange)


def own_key_pair(office: Office) -> None:
    """The key the server knows."""
    office.set_secret("stampli.private_key", office.sshd.private_key)


def another_host_key(office: Office) -> None:
    """The pin of another server."""
    office.set_up(stampli={"host_keys": [a_public_key()]})


def a_public_key() -> str:
    """A host key nobody has."""
    line = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    return " ".join(line.split()[:2])


REFUSALS: dict[str, tuple[Change, Change, str, str, tuple[str, ...]]] = {
    "changed host key": (
        another_host_key,
        with_setting(),
        "host_key",
        "sftp.host_key_changed",
        ("shows another host key", "no sign-in was tried", "stampli.host_keys"),
    ),
    "nobody listens": (
        with_setting(port=9),
        with_setting(),
        "address",
        "sftp.unreachable",
        ("127.0.0.1 port 9", "nothing was sent", "stampli.port"),
    ),
    "unknown name": (
        with_setting(host="no-such-host.invalid"),
        with_setting(),
        "address",
        "sftp.name_not_found",
        ("no-such-host.invalid cannot be resolved", "stampli.host"),
    ),
    "unknown user": (
        with_setting(username="nobody-here"),
        with_setting(),
        "sign_in",
        "sftp.sign_in_refused",
        ("nobody-here", "stampli.username"),
    ),
    "strange key": (
        another_key_pair,
        own_key_pair,
        "sign_in",
        "sftp.sign_in_refused",
        ("refused to sign in", "stampli.private_key"),
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_names_stage_cause_and_fix_and_leaves_nothing_half_done(office: Office, name: str) -> None:
    break_it, mend_it, stage, code, words = REFUSALS[name]
    office.drop_invoices(approved("INV-8841"))
    break_it(office)

    outcome = office.pass_of("all")

    told = assert_refused(outcome, stage, code)
    assert all(word in told for word in words)
    assert outcome.notes.count(outcome.document["error"]["message"]) == 1
    assert_nothing_half_done(office)
    assert_checked(office, "stampli", stage, code)
    assert_nothing_half_done(office)
    mend_it(office)
    assert_cured(office)


def test_a_wrong_password_is_refused_by_name_of_the_user(office_by_password: Office) -> None:
    office = office_by_password
    office.drop_invoices(approved("INV-8841"))
    office.set_secret("stampli.password", "wrong")

    told = assert_refused(office.pass_of("all"), "sign_in", "sftp.sign_in_refused")

    assert office.sshd.username in told and "the password" in told and "stampli.password" in told
    assert_nothing_half_done(office)
    assert_checked(office, "stampli", "sign_in", "sftp.sign_in_refused")
    office.set_secret("stampli.password", office.sshd.password or "")
    assert_cured(office)


def test_behind_a_changed_host_key_nobody_is_signed_in(office: Office) -> None:
    another_host_key(office)
    before = len(office.sshd.said())

    assert_refused(office.pass_of("all"), "host_key", "sftp.host_key_changed")
    assert_checked(office, "stampli", "host_key", "sftp.host_key_changed")

    said = office.sshd.said()[before:]
    assert "Connection from 127.0.0.1" in said
    assert "userauth" not in said
    assert "Accepted" not in said and "Failed publickey" not in said


def test_a_second_pinned_key_bridges_a_planned_change(office: Office) -> None:
    office.drop_invoices(approved("INV-8841"))
    office.set_up(stampli={"host_keys": [a_public_key(), office.sshd.host_key]})

    assert_cured(office)


def test_without_a_pinned_key_the_check_shows_the_keys_and_signs_in_nobody(office: Office) -> None:
    office.set_up(stampli={"host_keys": []})
    before = len(office.sshd.said())

    outcome = office.check()

    stages = {row["stage"]: row for row in outcome.document["stages"] if row["system"] == "stampli"}
    assert (outcome.exit_code, outcome.document["ok"]) == (3, False)
    assert office.sshd.host_key in stages["host_key"]["message"]
    assert [stages[stage]["result"] for system, stage in STAGES if system == "stampli"] == [
        *("pass", "pass", "fail"),
        *["skipped"] * 5,
    ]
    assert "userauth" not in office.sshd.said()[before:]


@pytest.mark.parametrize(
    "words",
    [
        ("sync", CONNECTION, "all"),
        ("prove", CONNECTION),
        ("reconcile", CONNECTION),
        ("invoice", "list", CONNECTION),
        ("file", "list", CONNECTION),
        ("worker",),
    ],
)
def test_without_a_pinned_key_everything_else_is_a_fault_of_the_settings(
    untouched_office: Office, words: tuple[str, ...]
) -> None:
    untouched_office.set_up(stampli={"host_keys": []})

    # A worker that is not refused would never end by itself: as a process it has a time limit.
    outcome = untouched_office.command(*words, "--json")

    error = outcome.document["error"]
    assert (outcome.exit_code, error["code"]) == (2, "settings.no_host_key")
    assert "stampli.host_keys" in error["message"] and f"connection check {CONNECTION}" in error["fix"]
    assert_nothing_half_done(untouched_office)


def test_a_missing_inbound_folder_is_named_and_invoices_are_booked_all_the_same(office: Office) -> None:
    office.drop_invoices(approved("INV-8841"))
    missing = f"{office.sshd.inbound}/nowhere"
    office.set_up(stampli={"inbound": missing})

    told = assert_refused(office.pass_of("all"), "inbound_write", "sftp.folder_missing")

    assert missing in told and "stampli.inbound" in told
    assert (office.bills(), office.sent_names(), office.leases_held()) == ([("INV-8841", "Open")], [], [])
    assert_checked(office, "stampli", "inbound_list", "sftp.folder_missing")
    office.set_up()
    assert_cured(office)


def test_a_missing_outbound_folder_is_named_and_master_data_is_sent_all_the_same(office: Office) -> None:
    office.drop_invoices(approved("INV-8841"))
    missing = f"{office.sshd.outbound}/nowhere"
    office.set_up(stampli={"outbound": missing})

    told = assert_refused(office.pass_of("all"), "outbound_list", "sftp.folder_missing")

    assert missing in told and "stampli.outbound" in told
    assert (office.bills(), len(office.sent_names()), office.leases_held()) == ([], MASTER_DATA_FILES, [])
    assert_checked(office, "stampli", "outbound_list", "sftp.folder_missing")
    office.set_up()
    assert_cured(office)


def test_a_stored_key_that_is_none_is_ours_to_mend(office: Office) -> None:
    office.set_secret("stampli.private_key", "no key at all")

    outcome = office.pass_of("master-data")

    error = outcome.document["error"]
    assert (outcome.exit_code, error["code"], error["stage"]) == (2, "sftp.key_unreadable", "sign_in")
    assert "secret set NAME stampli.private_key" in error["fix"]
    assert "no key at all" not in outcome.output + outcome.notes
    assert_nothing_half_done(office)
