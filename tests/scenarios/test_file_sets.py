"""Files in sets through the whole main job: headers and lines, side files, markers, archives, attachments; each is
taken whole or waits, and says for what."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.firm import Firm, Keys, Outcome, running_firm
from tests.scenarios.reading import codes_of

COLUMNS = """
    { name = "id", member = "external_id", type = "code", required = "value" },
    { name = "vendor", member = "vendor_id", type = "code", required = "column" },
    { name = "number", member = "invoice_number", type = "code", required = "column" },
    { name = "date", member = "invoice_date", type = "day", required = "value" },
    { name = "total", member = "total", type = "amount", required = "value" },
    { name = "account", member = "account", type = "code", place = "lines" },
    { name = "sub", member = "subaccount", type = "code", place = "lines" },
    { name = "project", member = "project", type = "code", place = "lines" },
    { name = "amount", member = "amount", type = "amount", place = "lines", required = "value" },
"""
FLAT = (
    """
name = "flat"
version = 1
format = "csv"
{files}
[feeds.approved_invoices]
direction = "in"
document = "approved_invoice"
noun = "invoice"
group_by = [["id"]]
{feed}
columns = ["""
    + COLUMNS
    + """
    {columns}
]
"""
)
PAIR = """
name = "pair"
version = 1
format = "csv"
[feeds.approved_invoices]
direction = "in"
document = "approved_invoice"
noun = "invoice"
columns = [
    { name = "id", member = "external_id", type = "code", record = "header", required = "value" },
    { name = "vendor", member = "vendor_id", type = "code", record = "header", required = "column" },
    { name = "number", member = "invoice_number", type = "code", record = "header", required = "column" },
    { name = "date", member = "invoice_date", type = "day", record = "header", required = "value" },
    { name = "total", member = "total", type = "amount", record = "header", required = "value" },
    { name = "id", member = "key", type = "code", record = "line", place = "key", required = "value" },
    { name = "line", member = "line_number", type = "whole", record = "line", place = "lines" },
    { name = "account", member = "account", type = "code", record = "line", place = "lines" },
    { name = "sub", member = "subaccount", type = "code", record = "line", place = "lines" },
    { name = "project", member = "project", type = "code", record = "line", place = "lines" },
    { name = "amount", member = "amount", type = "amount", record = "line", place = "lines", required = "value" },
]
[feeds.approved_invoices.records]
types = [
    { name = "header", match = "inv_hdr_*.csv", place = "document", key = ["id"] },
    { name = "line", match = "inv_lin_*.csv", place = "lines", key = ["id", "line"] },
]
"""
HEADERS = b"id,vendor,number,date,total\n900101,V10005,INV-8841,2026-10-05,1284.37\n"
LINES = b"id,line,account,sub,project,amount\n900101,1,61000,01-100-00,X,1000.00\n900101,2,61000,01-100-00,X,284.37\n"
ROWS = b"id,vendor,number,date,total,account,sub,project,amount\n"
ROW = b"900101,V10005,INV-8841,2026-10-05,1284.37,61000,01-100-00,X,1284.37\n"
PDF = b"%PDF-1.4\n%a bill\n"


def flat(files: str = "", feed: str = "", columns: str = "") -> str:
    """A layout of one row a line, with more keys."""
    return FLAT.replace("{files}", files).replace("{feed}", feed).replace("{columns}", columns)


@contextmanager
def firm_with(folder: Path, layout: str, **keys: object) -> Iterator[Firm]:
    """A firm whose approved invoices come in a layout of its own."""
    (folder / "own.toml").write_text(layout, encoding="utf-8")
    section: Keys = {"layout": "own.toml", **keys}
    with running_firm(folder, sections={"feeds.approved_invoices": section}) as firm:
        yield firm


def states(outcome: Outcome) -> dict[str, str]:
    """State of each file a pass tells of."""
    return {file["name"]: file["state"] for file in outcome.document["files"]}


def reason_of(outcome: Outcome, name: str) -> str:
    return str(next(file["reason"] for file in outcome.document["files"] if file["name"] == name))


def lying(firm: Firm) -> set[str]:
    """What lies in the outbound folder."""
    return {path.name for path in firm.twins.stampli.folders.outbound.iterdir() if path.is_file()}


def archived(firm: Firm, sha256: str) -> bytes:
    """The original bytes, read past the product."""
    return (firm.settings.parent / "var" / "archive" / sha256[:2] / sha256[2:4] / sha256).read_bytes()


def attachments(firm: Firm) -> list[dict[str, Any]]:
    """The attachments of the one invoice."""
    found: list[dict[str, Any]] = firm.show_invoice("900101").document["document"]["attachments"]
    return found


def shown(name: str, content: bytes) -> dict[str, Any]:
    """How an attachment stands in a document."""
    digest = hashlib.sha256(content).hexdigest()
    return {"name": name, "media_type": "application/pdf", "size": len(content), "sha256": digest}


def test_headers_wait_for_their_lines_and_the_set_is_moved_whole(tmp_path: Path) -> None:
    with firm_with(tmp_path, PAIR, after="move", move_to="/outbound/done") as firm:
        firm.drop("inv_hdr_1.csv", HEADERS)
        first = firm.sync()
        assert (first.exit_code, states(first)) == (0, {"inv_hdr_1.csv": "waiting"})
        assert reason_of(first, "inv_hdr_1.csv") == "waits for inv_lin_1.csv (not there yet)"
        firm.drop("inv_lin_2.csv", LINES)
        second = firm.sync()
        assert (second.exit_code, states(second)) == (1, {"inv_hdr_1.csv": "waiting", "inv_lin_2.csv": "waiting"})
        assert firm.truth().bills_of("V10005", "INV-8841") == []

        firm.drop("inv_lin_1.csv", LINES)
        third = firm.sync()
        assert states(third) == {"inv_hdr_1.csv": "settled", "inv_lin_1.csv": "settled", "inv_lin_2.csv": "waiting"}
        assert firm.truth().bill_of("V10005", "INV-8841")["Amount"] == "1284.37"
        assert lying(firm) == {"inv_lin_2.csv"}
        hashes = {file["name"]: file["sha256"] for file in firm.list_files().document}
        assert hashes["inv_hdr_1.csv"] == hashlib.sha256(HEADERS).hexdigest()
        assert hashes["inv_lin_1.csv"] == hashlib.sha256(LINES).hexdigest()


def test_a_file_waits_for_its_marker_and_its_side_file_and_is_held_against_it(tmp_path: Path) -> None:
    control = (
        '{ name = "rows", member = "rows", type = "whole", place = "control", record = "side" },'
        '{ name = "sha256", member = "sha256", type = "text", place = "control", record = "side" },'
    )
    layout = flat('[files]\nmarker = "{name}.done"', 'side_file = "{stem}.ctl"', control)
    with firm_with(tmp_path, layout, after="delete") as firm:
        good, digest = "approved_invoices_1", hashlib.sha256(ROWS + ROW).hexdigest()
        firm.drop(f"{good}.csv", ROWS + ROW)
        firm.drop(f"{good}.ctl", f"rows=1\nsha256={digest}\n".encode())
        waits = firm.sync()
        assert (waits.exit_code, set(states(waits).values())) == (0, {"waiting"})
        assert reason_of(waits, f"{good}.csv") == f"waits for {good}.csv.done (not there yet)"
        bad = "approved_invoices_2"
        other = ROW.replace(b"900101", b"900102").replace(b"8841", b"8842")
        for name, content in ((".csv", ROWS + other), (".ctl", b"rows=1\nsha256=00\n"), (".csv.done", b"")):
            firm.drop(bad + name, content)
        firm.drop(f"{good}.csv.done", b"")
        outcome = firm.sync()
        assert states(outcome) == {
            **{good + ending: "settled" for ending in (".csv", ".ctl", ".csv.done")},
            **{bad + ending: "refused" for ending in (".csv", ".ctl", ".csv.done")},
        }
        assert lying(firm) == {bad + ending for ending in (".csv", ".ctl", ".csv.done")}
        assert [bill["VendorRef"] for bill in firm.truth().bills] == ["INV-8841"]

        firm.drop(f"{bad}.ctl", f"rows=1\nsha256={hashlib.sha256(ROWS + other).hexdigest()}\n".encode())
        mended = firm.sync()
        assert (mended.exit_code, set(states(mended).values()), lying(firm)) == (0, {"settled"}, set())


def test_a_packed_file_is_read_and_an_archive_brings_the_attachment_later(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("data.csv", ROWS + ROW)
        archive.writestr("900101.pdf", PDF)
    layout = flat('[files]\nunwrap = ["zip", "gzip"]', 'attachments = ["{external_id}.pdf"]')
    with firm_with(tmp_path, layout, match="*.*") as firm:
        firm.drop("first.csv.gz", gzip.compress(ROWS + ROW, mtime=0))
        first = firm.sync()
        assert states(first) == {"first.csv.gz": "settled", "900101.pdf": "waiting"}
        firm.drop("second.zip", packed.getvalue())
        outcome = firm.sync()
        assert (outcome.exit_code, states(outcome)) == (0, {"second.zip": "settled"})
        assert attachments(firm) == [shown("900101.pdf", PDF)]
        assert archived(firm, hashlib.sha256(PDF).hexdigest()) == PDF
        assert {file["name"]: file["state"] for file in firm.list_files().document}["900101.pdf"] == "settled"
        assert (firm.show_invoice("900101").document["findings"], len(firm.truth().bills)) == ([], 1)


def test_attachments_beside_the_file_are_archived_even_where_they_come_late(tmp_path: Path) -> None:
    column = '{ name = "File", member = "name", type = "text", place = "attachments", split = ";" },'
    rows = ROWS.replace(b"amount\n", b"amount,File\n") + ROW.replace(b"\n", b",attach/A.pdf;C.pdf\n")
    with firm_with(tmp_path, flat(columns=column), after="move", move_to="/outbound/done") as firm:
        folder = firm.twins.stampli.folders.outbound
        firm.drop("approved_invoices_1.csv", rows)
        first = firm.sync()
        assert (first.exit_code, states(first)["attach/A.pdf"]) == (0, "waiting")
        assert [each["sha256"] for each in attachments(firm)] == [None, None]
        assert codes_of(first, "INV-8841", notes=True) == ["Z17", "Z17"]
        assert len(firm.truth().bills_of("V10005", "INV-8841")) == 1

        (folder / "attach").mkdir()
        firm.drop("C.pdf", PDF + b"C")
        (folder / "attach" / "A.pdf").write_bytes(PDF)
        later = firm.sync()
        assert (later.exit_code, states(later)) == (0, {"attach/A.pdf": "settled", "C.pdf": "settled"})
        assert attachments(firm) == [shown("attach/A.pdf", PDF), shown("C.pdf", PDF + b"C")]
        assert archived(firm, hashlib.sha256(PDF).hexdigest()) == PDF
        assert (lying(firm), len(firm.truth().bills)) == (set(), 1)
        assert firm.show_invoice("900101").document["findings"] == []
        assert firm.sync().document["files"] == []


def test_a_folder_for_each_document_is_taken_whole(tmp_path: Path) -> None:
    layout = flat(
        "",
        'side_file = "{stem}.ctl"\nattachments = ["scan.pdf"]',
        '{ name = "rows", member = "rows", type = "whole", place = "control", record = "side" },',
    )
    keys = {"match": "*/invoice*.csv", "after": "move", "move_to": "/outbound/done"}
    with firm_with(tmp_path, layout, **keys) as firm:
        outbound = firm.twins.stampli.folders.outbound
        rows = {"900101": ROW, "900102": ROW.replace(b"900101", b"900102").replace(b"8841", b"8842")}
        for name, row in rows.items():
            folder = outbound / name
            folder.mkdir()
            (folder / "invoice.csv").write_bytes(ROWS + row)
            (folder / "scan.pdf").write_bytes(PDF + name.encode())
        (outbound / "900101" / "invoice.ctl").write_bytes(b"rows=1\n")
        first = firm.sync()
        assert states(first) == {
            **{f"900101/{name}": "settled" for name in ("invoice.csv", "invoice.ctl", "scan.pdf")},
            "900102/invoice.csv": "waiting",
        }
        assert attachments(firm) == [shown("900101/scan.pdf", PDF + b"900101")]
        assert reason_of(first, "900102/invoice.csv") == "waits for 900102/invoice.ctl (not there yet)"
        assert list((outbound / "900101").iterdir()) == []
        (outbound / "900102" / "invoice.ctl").write_bytes(b"rows=1\n")
        assert len(states(firm.sync())) == 3
        assert [len(firm.truth().bills_of("V10005", f"INV-884{n}")) for n in (1, 2)] == [1, 1]
        assert len([path for path in (outbound / "done").iterdir() if path.is_file()]) == 6
        assert firm.sync().document["files"] == []
