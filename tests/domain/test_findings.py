"""The words of findings: for accountants, whole, and one code for one thing."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest

from ml_connector.domain.findings import catalogue, catalogue_entry, finding_of, render_figure
from ml_connector.domain.intake import compare_versions
from ml_connector.domain.protocol import compare_bill, findings_for_double, findings_for_foreign, findings_for_mismatch
from ml_connector.domain.rules import check_invoice
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.posting import PostingState
from ml_connector.problems import Finding
from tests.builders import a_bill, a_job_line, a_line, a_plan, a_posting, a_record, an_invoice, facts, usd

# Nobody in accounts payable should have to know these.
TECHNICAL = re.compile(
    r"\b(HTTP|JSON|XML|REST|API|PUT|GET|POST|SQL|null|None|True|False|Decimal|exception|traceback|[45]\d\d error)\b"
    r"|_|[{}<>]|\bdatetime\b"
)


def every_finding() -> list[Finding]:
    """Findings of many broken invoices and bills."""
    lines = [
        a_line("1.00", account=account, subaccount=sub, branch=branch, project=project, task=task)
        for account, sub, branch in [
            ("20000", "01-999-00", "EQUIP"),
            ("61500", "01", "NOPE"),
            (None, "01-150-00", "OLD"),
            ("nope", None, None),
        ]
        for project, task in [(None, "03"), ("J2310", "03"), ("J2401", "99"), ("J2405", "16"), ("nope", None)]
    ]
    lines += [
        a_job_line(cost_code="02-999", task="R1"),
        a_line("1.00", po_number="PO-003135", po_line="9", po_type="Normal", retainage_percent=Decimal(10)),
        a_line("99999.00", po_number="PO-003135", po_line="1", po_type="Normal", quantity=Decimal(1), unit="DAY"),
    ]
    found: list[Finding] = []
    for vendor, currency in product(["V10006", "V10008", "V10009", "nope", "V10011"], ["USD", "CAD", None]):
        invoice = an_invoice("5.00", *lines, vendor_id=vendor, invoice_number=None, tax_total=usd("1.00"))
        invoice = an_invoice("5.00", *lines, vendor_id=vendor, invoice_number="N" * 41) if currency is None else invoice
        found += check_invoice(invoice, facts())
    changed = replace(a_bill(), branch="NORTH", vendor_ref="X", post_period=None, tax_total=Decimal(1))
    found += findings_for_mismatch(a_plan(), compare_bill(a_plan(), changed))
    found += findings_for_foreign([changed]) + findings_for_double([changed])
    record = a_record(a_posting(PostingState.DONE, ref=BillKey("Bill", "1")))
    found += compare_versions(record, an_invoice("9.00", a_line("9.00", cost_code="1"), tax_total=usd("2")))
    return found


def test_no_word_of_a_programmer_stands_in_any_message_or_fix() -> None:
    spoken = [(each.code, text) for each in every_finding() for text in (each.message, each.fix)]
    spoken += [(each.code, text) for each in catalogue() for text in (each.situation, each.message, each.fix)]
    assert [(code, text) for code, text in spoken if TECHNICAL.search(text)] == []
    assert len({code for code, _ in spoken}) > 60


def test_every_message_is_a_sentence() -> None:
    spoken = [text for each in every_finding() for text in (each.message, each.fix)]
    spoken += [text for each in catalogue() for text in (each.message, each.fix)]
    assert [text for text in spoken if not (text[0].isupper() or text[0].isdigit()) or not text.endswith(".")] == []


def test_each_code_is_listed_once_with_all_its_words() -> None:
    codes = [each.code for each in catalogue()]
    assert len(codes) == len(set(codes))
    assert all(each.situation and each.message and each.fix for each in catalogue())
    assert all(re.fullmatch(r"[A-Z]\d\d|UNRECOGNISED", code) for code in codes)


def test_a_finding_takes_from_the_catalogue_what_is_not_said() -> None:
    entry = catalogue_entry("V04")
    assert finding_of("V04", "vendor_id") == Finding(
        "V04", "stop", "vendor_id", None, None, entry.message, entry.fix, "ap"
    )
    with pytest.raises(KeyError):
        finding_of("V99", "vendor_id")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1284.5", "1,284.50"),
        ("0", "0.00"),
        ("-1234567.891", "-1,234,567.891"),
        ("1E+3", "1,000.00"),
        ("100", "100.00"),
    ],
)
def test_a_figure_is_written_as_accountants_do(amount: str, text: str) -> None:
    assert render_figure(Decimal(amount)) == text
