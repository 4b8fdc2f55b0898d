"""What a layout promises beyond one file, through the whole main job: encrypted files, editions that follow one
another, files that hold everything again, and what is written in parts with control files and markers.
"""

from __future__ import annotations

import csv
import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pysequoia

from tests.firm import CONNECTION, Firm, Keys, running_firm
from tests.scenarios.test_file_sets import ROW, ROWS, firm_with, flat, states

OTHER = ROW.replace(b"900101", b"900102").replace(b"INV-8841", b"INV-8842")
DAY_FIRST = flat().replace(
    'member = "invoice_date", type = "day"', 'member = "invoice_date", type = "day", formats = ["{}"]'
)


def references(firm: Firm) -> list[str]:
    """The vendor's number of each bill in Acumatica."""
    return sorted(str(bill["VendorRef"]) for bill in firm.truth().bills)


def test_an_encrypted_file_is_opened_with_the_keys_of_the_vault_and_only_from_a_known_signer(tmp_path: Path) -> None:
    old, own, signer, stranger = (pysequoia.Tsk.generate(user_id=f"{name} <{name}@example>") for name in "abcd")
    (tmp_path / "signer.asc").write_text(str(signer.extract_certificate()), encoding="ascii")
    layout = flat('[files]\nunwrap = ["pgp", "gzip"]\nmatch = "invoices_*.csv"')
    (tmp_path / "own.toml").write_text(layout, encoding="utf-8")
    sections: dict[str, Keys] = {
        "feeds.approved_invoices": {"layout": "own.toml"},
        "stampli": {"pgp_signers": ["signer.asc"]},
    }
    with running_firm(tmp_path, sections=sections) as firm:

        def encrypted(by: pysequoia.Tsk, content: bytes) -> bytes:
            return bytes(pysequoia.encrypt(signer=by.signer(), recipients=[own.extract_certificate()], bytes=content))

        firm.drop("invoices_1.csv.pgp", encrypted(signer, ROWS + ROW))
        without = firm.sync()
        assert (without.exit_code, without.document["error"]["code"]) == (2, "layout.no_keys")
        keys = f"{old}\n{own}"
        assert firm.run("secret", "set", CONNECTION, "stampli.pgp_private_key", stdin=keys).exit_code == 0
        firm.drop("invoices_2.csv.pgp", encrypted(stranger, ROWS + OTHER))
        outcome = firm.sync()
        assert states(outcome) == {"invoices_1.csv.pgp": "settled", "invoices_2.csv.pgp": "refused"}
        assert references(firm) == ["INV-8841"]
        assert "PRIVATE KEY" not in outcome.output + outcome.notes


def test_the_edition_of_the_day_a_file_was_written_reads_it(tmp_path: Path) -> None:
    (tmp_path / "old.toml").write_text("effective_until = 2026-09-30\n" + DAY_FIRST.replace("{}", "DD/MM/YYYY"))
    (tmp_path / "new.toml").write_text(
        "effective_from = 2026-10-02\n" + DAY_FIRST.replace("{}", "MM/DD/YYYY").replace("version = 1", "version = 2")
    )
    layouts: dict[str, Keys] = {"feeds.approved_invoices": {"layout": ["old.toml", "new.toml"]}}
    with running_firm(tmp_path, sections=layouts) as firm:
        for number, (row, day) in enumerate(
            [
                (ROW, datetime(2026, 10, 1, 3, tzinfo=UTC)),
                (OTHER, datetime(2026, 10, 3, tzinfo=UTC)),
                (OTHER, datetime(2026, 10, 1, 12, tzinfo=UTC)),
            ]
        ):
            path = firm.drop(f"approved_invoices_{number}.csv", ROWS + row.replace(b"2026-10-05", b"06/10/2026"))
            os.utime(path, (day.timestamp(), day.timestamp()))
        outcome = firm.sync()
        days = [firm.show_invoice(name).document["document"]["invoice_date"] for name in ("900101", "900102")]
        assert days == ["2026-10-06", "2026-06-10"]
        (refused,) = [file for file in outcome.document["files"] if file["state"] == "refused"]
        assert (refused["name"], refused["reason"]) == (
            "approved_invoices_2.csv",
            "no layout of the feed holds on 2026-10-01, when it was written",
        )


def test_what_a_later_snapshot_leaves_out_is_told_and_left_alone(tmp_path: Path) -> None:
    with firm_with(tmp_path, flat(feed='mode = "snapshot"')) as firm:
        firm.drop("approved_invoices_1.csv", ROWS + ROW + OTHER)
        assert firm.sync().exit_code == 0
        third = ROW.replace(b"900101", b"900103").replace(b"INV-8841", b"INV-8843")
        firm.drop("approved_invoices_2.csv", ROWS + third + ROW)
        outcome = firm.sync()
        (file,) = outcome.document["files"]
        assert (outcome.exit_code, file["state"], file["documents"]) == (0, "settled", 2)
        assert file["reason"] == (
            "no longer in it, as in approved_invoices_1.csv: INV-8842; nothing was changed for that"
        )
        assert references(firm) == ["INV-8841", "INV-8842", "INV-8843"]
        story = firm.show_invoice("900102").document
        assert (story["state"], story["history"][-1]["note"]) == (
            "posted",
            "no longer in approved_invoices_2.csv; it was in approved_invoices_1.csv. Nothing was changed for that",
        )
        assert firm.sync().document["files"] == []


PARTS = """
name = "parts"
version = 1
format = "csv"
[csv]
escape_formulas = true
[files]
rows_max = 5
control_file = "{stem}.ctl"
done_marker = "{name}.done"
[feeds.vendors]
direction = "out"
document = "row"
noun = "vendor"
columns = [
    { name = "Id", member = "vendor_id", type = "text" },
    { name = "Name", member = "vendor_name", type = "text" },
]
"""


def test_a_feed_in_parts_is_handed_over_part_by_part_each_marker_last(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(PARTS, encoding="utf-8")
    with running_firm(tmp_path, sections={"feeds.vendors": {"layout": "own.toml"}}) as firm:
        formula = {"VendorID": "V10005", "VendorName": "=1+1"}
        firm.people("put_record", entity="Vendor", fields=formula)
        outcome = firm.sync("master-data")
        (feed,) = [each for each in outcome.document["feeds"] if each["feed"] == "vendors"]
        inbound = firm.twins.stampli.folders.inbound
        count, stem = feed["rows"], feed["file"].removesuffix("_001.csv")
        numbers = range(1, (count + 4) // 5 + 1)
        wanted = [f"{stem}_{n:03d}{end}" for n in numbers for end in (".csv", ".ctl", ".csv.done")]
        renames = [note.detail for note in firm.twins.stampli.journal.notes if note.event == "rename"]
        landed = [name for each in renames for name in wanted if each.endswith(f"/{name}")]
        assert (count > 10, feed["reason"], landed) == (True, f"in {len(numbers)} files", wanted)
        texts = [(inbound / f"{stem}_{n:03d}.csv").read_text(encoding="utf-8") for n in numbers]
        rows = [row for text in texts for row in list(csv.reader(text.splitlines()))[1:]]
        assert (len(rows), ["V10005", "'=1+1"] in rows) == (count, True)
        first = (inbound / f"{stem}_001.csv").read_bytes()
        assert (inbound / f"{stem}_001.ctl").read_text() == (
            f"file={stem}_001.csv\nrows=5\nsha256={hashlib.sha256(first).hexdigest()}\n"
        )
        again = firm.sync("master-data").document["feeds"]
        assert [each["sent"] for each in again if each["feed"] == "vendors"] == [False]
