"""What people look up: invoices, files, connections and the trail; and how wrong arguments are told."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest

from tests.firm import CONNECTION
from tests.office import Office
from tests.papers import approved

PARTS = {"id", "external_id", "vendor_id", "invoice_number", "total", "state", "bill", "findings"}
STORY = PARTS | {"document", "history", "requests", "file", "payments"}


def test_an_invoice_is_listed_by_state_and_shown_by_any_of_its_names(office: Office) -> None:
    office.drop_invoices(approved("INV-8841"), approved("INV-8842", vendor="V99999"))
    synced = office.run("sync", CONNECTION, "invoices", "--json")

    listed = office.command("invoice", "list", CONNECTION, "--json")
    posted = office.run("invoice", "list", CONNECTION, "--state", "posted", "--json")
    waiting = office.run("invoice", "list", CONNECTION, "--state", "needs_attention", "--json")

    assert (listed.exit_code, listed.document) == (0, synced.document["invoices"])
    assert [[row["invoice_number"] for row in each.document] for each in (posted, waiting)] == [
        ["INV-8841"],
        ["INV-8842"],
    ]
    own_id = posted.document[0]["id"]
    stories = [
        office.run("invoice", "show", CONNECTION, name, "--json").document
        for name in (own_id, own_id.upper(), "V10005-INV-8841", "000001")
    ]
    assert all(story == stories[0] for story in stories)
    assert set(stories[0]) >= STORY
    assert [entry["state"] for entry in stories[0]["history"]][-1] == "posted"
    assert {"at", "actor", "state", "note"} == set(stories[0]["history"][0])
    assert {"at", "method", "path", "status"} == set(stories[0]["requests"][0])
    in_words = office.run("invoice", "show", CONNECTION, own_id)
    assert in_words.output.startswith("INV-8841 of V10005, 1284.37: posted Bill 000001 (Open)")


def test_files_are_listed_with_hash_state_and_counts(office: Office) -> None:
    office.drop_invoices(approved("INV-8841"))
    office.drop("approved_invoices_2.csv", b"\xff\xfe")
    synced = office.run("sync", CONNECTION, "invoices", "--json")

    listed = office.command("file", "list", CONNECTION, "--json")

    assert (listed.exit_code, listed.document) == (0, synced.document["files"])
    assert [(row["name"], row["state"], row["documents"]) for row in listed.document] == [
        ("approved_invoices_1.csv", "settled", 1),
        ("approved_invoices_2.csv", "refused", 0),
    ]
    assert all(re.fullmatch(r"[0-9a-f]{64}", row["sha256"]) for row in listed.document)


def test_a_connection_tells_its_last_run(office: Office) -> None:
    names = {"name", "label", "source", "state", "last_run"}
    before = office.run("connection", "list", "--json").document
    office.run("sync", CONNECTION, "master-data")
    after = office.command("connection", "list", "--json").document

    assert [set(row) for row in (*before, *after)] == [names, names]
    assert (before[0]["state"], before[0]["last_run"]) == ("never_run", None)
    assert (after[0]["state"], after[0]["last_run"] is None) == ("done", False)


@pytest.mark.parametrize(
    ("change", "from_end"),
    [
        ("UPDATE audit_entry SET note = 'nothing happened' WHERE sequence = 7", False),
        ("UPDATE audit_entry SET at = '2020-01-01T00:00:00.000000Z' WHERE sequence = 7", False),
        ("DELETE FROM audit_entry WHERE sequence = 7", False),
        ("DELETE FROM audit_entry WHERE sequence = (SELECT max(sequence) FROM audit_entry)", True),
    ],
    ids=["another note", "another time", "an entry gone", "the last entry gone"],
)
def test_a_trail_that_somebody_changed_is_told_with_the_place(office: Office, change: str, from_end: bool) -> None:
    office.drop_invoices(approved("INV-8841"))
    office.run("sync", CONNECTION, "invoices")
    whole = office.run("audit", "verify", CONNECTION, "--json").document
    assert list(whole) == ["ok", "entries", "head", "broken_at"]
    assert (whole["ok"], whole["broken_at"], whole["entries"] > 7) == (True, None, True)

    with closing(sqlite3.connect(office.folder / "var" / "ml-connector.db")) as database, database:
        # Whoever may write the file may take its guards away too.
        database.execute("DROP TRIGGER audit_entry_no_update")
        database.execute("DROP TRIGGER audit_entry_no_delete")
        assert database.execute(change).rowcount == 1

    broken = office.command("audit", "verify", CONNECTION, "--json")

    place = whole["entries"] if from_end else 7
    assert (broken.exit_code, broken.document["ok"], broken.document["broken_at"]) == (4, False, place)
    in_words = office.run("audit", "verify", CONNECTION)
    assert (in_words.exit_code, f"BROKEN at entry {place}" in in_words.output) == (4, True)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nonsense",),
        ("sync",),
        ("sync", CONNECTION),
        ("sync", CONNECTION, "everything"),
        ("sync", CONNECTION, "all", "--faster"),
        ("invoice",),
        ("invoice", "list", CONNECTION, "--state", "lost"),
        ("invoice", "show", CONNECTION, "INV-NONE"),
        ("reconcile", CONNECTION, "--period", "2026-13"),
        ("secret", "set", CONNECTION),
        ("audit", "verify", CONNECTION, "too", "much"),
    ],
)
def test_wrong_arguments_end_in_2_with_one_error_and_touch_nothing(
    untouched_office: Office, words: tuple[str, ...]
) -> None:
    outcome = untouched_office.run(*words, "--json")

    error = outcome.document["error"]
    assert (outcome.exit_code, list(outcome.document)) == (2, ["error"])
    assert (error["family"], error["message"] != "", error["fix"] != "") == ("configuration", True, True)
    assert error["message"] in outcome.notes
    assert "Traceback" not in outcome.notes
    assert untouched_office.truth().requests == []


def test_help_and_version_need_no_settings(untouched_office: Office) -> None:
    for words in (("--help",), ("--version",), ("sync", "--help")):
        outcome = untouched_office.command(*words, variables={})
        assert (outcome.exit_code, outcome.notes, outcome.output != "") == (0, "", True)
