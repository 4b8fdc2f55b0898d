"""Names and notes of attachments."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ml_connector.domain.protocol import is_on_bill, note_attachments, plan_attaching, update_notes
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.invoice import Attachment
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.domain.values.records import InvoiceRecord, RecordSource
from tests.builders import an_invoice

HASH = "0" * 64
REF = BillKey("Bill", "000001")


def a_record(*attachments: Attachment, state: PostingState = PostingState.DONE) -> InvoiceRecord:
    invoice = an_invoice(attachments=attachments)
    posting = Posting("i0000001", "harbor", "k", "m", state, 1, ref=REF, verified_ref=REF)
    source = RecordSource("f0000001", "invoices.csv", HASH, 1, (2,))
    now = datetime(2026, 10, 14, tzinfo=UTC)
    return InvoiceRecord(posting, invoice, "c", source, now, findings=note_attachments(invoice))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("INV-8841.pdf", "INV-8841.pdf"),
        ("attach/NG-55871_1.pdf", "NG-55871_1.pdf"),
        ("C:\\scans\\a b.PDF", "a b.PDF"),
        ("../../etc/passwd", "passwd"),
        ("50% off & more+.pdf", "50_ off _ more_.pdf"),
        ('what?<"why">:*|.pdf', "what___why_____.pdf"),
        ("Müller #5 (2).pdf", "Müller #5 (2).pdf"),
        ("a\nb\x7f.pdf", "a_b_.pdf"),
        (" . ", "attachment"),
        ("...", "attachment"),
        ("folder/", "folder"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
        ("x" * 145 + " y.pdf", "x" * 145 + ".pdf"),
        (" " * 3 + "x" * 300, "x" * 150),
        ("x" * 149 + " y", "x" * 149),
        ("XX.pdf", "XX.pdf"),
        ("pad.XX", "pad.XX"),
        ("XX/", "XX"),
        ("a.b.pdf", "a.b.pdf"),
        ("a." + "e" * 20, "a." + "e" * 20),
        ("x" * 200 + "." + "e" * 20, "x" * 129 + "." + "e" * 20),
        ("x" * 200 + "." + "e" * 21, "x" * 150),
        ("x" * 145 + "XX.pdf", "x" * 145 + "X.pdf"),
        ("x" * 148 + "XX", "x" * 148 + "XX"),
        ("x" * 145 + ".y.pdf", "x" * 145 + ".pdf"),
        ("x" * 149 + "." + "e" * 21, "x" * 149),
    ],
)
def test_a_name_is_made_such_that_the_server_takes_it(name: str, shown: str) -> None:
    [planned] = plan_attaching(a_record(Attachment(name, sha256=HASH)))

    assert (planned.file_name, planned.attachment.name, planned.sha256) == (shown, name, HASH)


def test_two_of_one_name_are_told_apart_always_in_the_same_way() -> None:
    names = ("a/scan.pdf", "b/Scan.pdf", "c/scan.pdf")
    record = a_record(*(Attachment(name, sha256=HASH) for name in names))

    assert [each.file_name for each in plan_attaching(record)] == ["scan.pdf", "Scan (2).pdf", "scan (3).pdf"]
    twice = a_record(*(Attachment(f"{folder}/2026.10.pdf", sha256=HASH) for folder in "ab"))
    assert [each.file_name for each in plan_attaching(twice)] == ["2026.10.pdf", "2026.10 (2).pdf"]


def test_only_what_is_missing_and_has_come_is_planned() -> None:
    record = a_record(Attachment("there.pdf", sha256=HASH), Attachment("late.pdf"), Attachment("new.pdf", sha256=HASH))
    findings = update_notes(record.findings, ["there.pdf"], {"new.pdf": "refused."})
    later = InvoiceRecord(record.posting, record.invoice, "c", record.source, record.received_at, findings=findings)

    assert [each.message for each in findings] == [
        "late.pdf is not attached to the bill yet.",
        "new.pdf is not attached to the bill yet: refused.",
    ]
    assert [each.file_name for each in plan_attaching(later)] == ["new.pdf"]


@pytest.mark.parametrize("state", list(PostingState))
def test_only_a_verified_bill_on_its_way_gets_files(state: PostingState) -> None:
    on_its_way = {PostingState.VERIFIED, PostingState.OFF_HOLD, PostingState.RELEASED, PostingState.DONE}
    record = a_record(Attachment("a.pdf", sha256=HASH), state=state)

    assert bool(plan_attaching(record)) is (state in on_its_way)


def test_a_name_on_the_bill_is_known_whatever_its_case() -> None:
    assert is_on_bill("Scan.PDF", ("other.pdf", "scan.pdf"))
    assert not is_on_bill("scan (2).pdf", ("scan.pdf",))
