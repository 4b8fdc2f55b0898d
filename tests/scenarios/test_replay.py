"""``invoice replay`` and ``file replay``: what is booked is read again, what is not is run again, nothing is booked
twice."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from ml_connector_twins.stampli.outgoing import Application, Payment
from tests.firm import CONNECTION, Firm, Outcome, running_firm
from tests.papers import INVOICED_ON, approved, overhead
from tests.scenarios.reading import fate_of
from tests.scenarios.test_file_sets import ROW, ROWS, flat


def test_what_is_booked_is_held_against_its_bill_and_nothing_is_written(tmp_path: Path) -> None:
    with running_firm(tmp_path, policy={"finish": "balance"}) as firm:
        firm.drop_invoices(*(approved(f"INV-{number}") for number in range(1, 5)))
        firm.sync()
        bills = {number: firm.truth().bill_of("V10005", number)["ReferenceNbr"] for number in ("INV-2", "INV-3")}
        kept, writes = rows_kept(firm), len(firm.truth().writes())

        same = invoice(firm, "INV-1")
        firm.people("edit_bill", number=bills["INV-2"], lines={"1": {"TransactionDescription": "Other"}})
        firm.people("delete_bill", number=bills["INV-3"])
        changed, missing = invoice(firm, "INV-2"), invoice(firm, "INV-3")
        before = len(firm.truth().requests)
        whole = file(firm, "approved_invoices_1.csv")
        read_by_key = [each for each in firm.truth().requests[before:] if "/Bill/Bill/" in each["path"]]
        in_words = firm.run("file", "replay", CONNECTION, "approved_invoices_1.csv").output

        assert (rows_kept(firm), len(firm.truth().writes())) == (kept, writes)
    assert (same.exit_code, same.document["result"], same.document["differences"]) == (0, "same", [])
    assert same.document["layout"] == {
        "recorded": "standard-csv@1",
        "used": "standard-csv@1",
        "reason": "the same as when it came",
    }
    assert (changed.exit_code, changed.document["result"], changed.document["differences"]) == (
        1,
        "changed",
        [{"field": "lines[1].description", "expected": "Overhead", "found": "Other"}],
    )
    assert (missing.exit_code, missing.document["result"], missing.document["error"]["code"]) == (
        4,
        "missing",
        "flows.replay_missing",
    )
    # The changed one and the missing one, and the witness: the others are proven by one list.
    assert len(read_by_key) <= 3
    assert (whole.exit_code, whole.document["counts"]) == (4, {"changed": 1, "missing": 1, "same": 2})
    assert "INV-2 of V10005, 1284.37: changed; posted" in in_words
    assert "4 looked at: 1 changed, 1 missing, 2 same" in in_words
    assert "lines[1].description: sent Overhead, now Other" in in_words


def test_what_waits_for_a_person_is_checked_with_what_master_data_says_now(firm: Firm) -> None:
    firm.drop_invoices(approved("INV-1", overhead("10.00", account="61500")))
    assert fate_of(firm.sync(), "INV-1") == ("needs_attention", None)
    still = invoice(firm, "INV-1")
    firm.people("put_record", entity="Account", fields={"AccountCD": "61500", "Active": True})

    done = invoice(firm, "INV-1")

    assert (still.exit_code, still.document["result"], still.document["state"]) == (1, "run_again", "needs_attention")
    assert (done.exit_code, done.document["result"], done.document["state"]) == (0, "run_again", "posted")
    assert len(firm.truth().bills_of("V10005", "INV-1")) == 1
    assert invoice(firm, "INV-1").document["result"] == "same"
    story = firm.show_invoice("V10005-INV-1").document["history"]
    assert [each["note"].partition(" by ")[0] for each in story].count("run again") == 2


def test_a_bill_that_was_not_as_sent_goes_on_once_it_is_and_never_becomes_two(firm: Firm) -> None:
    firm.fault("drop_after_commit", method="PUT", path="/Bill")
    firm.drop_invoices(approved("INV-1"))
    firm.sync()
    assert len(firm.truth().bills_of("V10005", "INV-1")) == 1

    for _ in range(2):
        invoice(firm, "INV-1")

    assert fate_of(firm.list_invoices(), "INV-1") == ("posted", "Open")
    assert len(firm.truth().bills_of("V10005", "INV-1")) == 1


def test_a_replay_while_a_pass_runs_does_nothing(firm: Firm) -> None:
    firm.drop_invoices(approved("INV-1"))
    firm.sync()
    with closing(sqlite3.connect(firm.settings.parent / "var" / "ml-connector.db")) as database, database:
        database.execute("UPDATE lease SET holder = 'elsewhere/1/1/1/1', until = '2999-01-01T00:00:00+00:00'")

    refused = invoice(firm, "INV-1")

    assert (refused.exit_code, refused.document["error"]["code"]) == (3, "engine.lease_held")


def test_archived_bytes_that_are_not_those_that_came_are_named(firm: Firm) -> None:
    dropped = firm.drop_invoices(approved("INV-1"))
    firm.sync()
    sha256 = hashlib.sha256(dropped.read_bytes()).hexdigest()
    archived = firm.settings.parent / "var" / "archive" / sha256[:2] / sha256[2:4] / sha256
    archived.write_bytes(dropped.read_bytes().replace(b"1284.37", b"9284.37"))

    damaged = file(firm, "approved_invoices_1.csv")

    assert (damaged.exit_code, damaged.document["error"]["code"]) == (4, "store.file_changed")


def test_a_file_that_a_layout_could_not_read_is_read_by_the_layout_of_now(tmp_path: Path) -> None:
    layout = tmp_path / "own.toml"
    layout.write_text(flat().replace('"date"', '"day"'), encoding="utf-8")
    with running_firm(tmp_path, sections={"feeds.approved_invoices": {"layout": "own.toml"}}) as firm:
        firm.drop("approved_invoices_1.csv", ROWS + ROW)
        assert [each["state"] for each in firm.sync().document["files"]] == ["refused"]
        layout.write_text(flat().replace("version = 1", "version = 2"), encoding="utf-8")

        read = file(firm, "approved_invoices_1.csv")

        assert (read.exit_code, read.document["state"], read.document["counts"]) == (0, "taken", {"run_again": 1})
        assert (read.document["layout"]["recorded"], read.document["layout"]["used"]) == ("flat@1", "flat@2")
        assert len(firm.truth().bills) == 1
        assert file(firm, "approved_invoices_1.csv").document["counts"] == {"same": 1}


def test_an_older_file_never_brings_an_older_version_back(firm: Firm) -> None:
    older = approved("INV-1", overhead("10.00", account="61500"))
    firm.drop_invoices(older, name="approved_invoices_1.csv")
    firm.sync()
    firm.drop_invoices(approved("INV-1", overhead("12.00", account="61500")), name="approved_invoices_2.csv")
    firm.sync()

    replayed = file(firm, "approved_invoices_1.csv")

    assert (replayed.exit_code, replayed.document["counts"]) == (1, {"newer": 1})
    assert firm.list_invoices().invoice("INV-1")["total"] == "12.00"


def test_a_payment_file_says_what_is_known_of_it(firm: Firm) -> None:
    application = Application("V10005", "INV-9", Decimal("5.00"), "V10005-INV-9")
    firm.drop_payments(Payment("P-1", INVOICED_ON, Decimal("5.00"), (application,)))
    firm.sync("payments")

    assert file(firm, "payments_1.csv").document["payments"] == [{"payment_id": "P-1", "result": "same"}]


def invoice(firm: Firm, number: str) -> Outcome:
    """``invoice replay NAME ID --json`` by Stampli's id."""
    return firm.run("invoice", "replay", CONNECTION, f"V10005-{number}", "--json")


def file(firm: Firm, name: str) -> Outcome:
    """``file replay NAME ID --json``."""
    return firm.run("file", "replay", CONNECTION, name, "--json")


def rows_kept(firm: Firm) -> list[tuple[object, ...]]:
    """Every row of our records but who is at work, and what signing in leaves."""
    with closing(sqlite3.connect(firm.settings.parent / "var" / "ml-connector.db")) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        passing = ("lease", "process", "request", "secret", "audit_head", "sqlite_sequence")
        tables = [name for name in names if name not in passing]
        rows = [(name, *row) for name in tables for row in database.execute(f'SELECT * FROM "{name}"')]
    return [row for row in rows if "secret.set" not in row]
