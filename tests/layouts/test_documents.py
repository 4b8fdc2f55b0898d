"""Rows become documents: grouped by identity, repeats counted, contradictions stopped, signs carried by the kind."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from ml_connector.layouts.document import Document, Reading, Source, render_documents, resolve_payment_status
from ml_connector.problems import Problem
from tests.layouts.builders import (
    a_line,
    a_payment,
    an_application,
    an_invoice,
    invoice_text,
    payment_text,
    read_invoices,
    read_payments,
)


def lines_of(document: Document) -> list[dict[str, object]]:
    lines = document.values["lines"]
    assert isinstance(lines, list)
    return lines


def amounts(document: Document) -> list[object]:
    return [each["amount"] for each in lines_of(document)]


def test_rows_with_one_stampli_id_are_one_invoice_wherever_they_stand() -> None:
    other = {"StampliID": "900102", "InvoiceNumber": "INV-8842"}
    found = read_invoices(invoice_text({}, other, {"LineNumber": "2", "Amount": "7.00"}))

    assert [(each.source, amounts(each)) for each in found.documents] == [
        (Source("invoices.csv", 1, 2, (2, 4)), [Decimal("100.00"), Decimal("7.00")]),
        (Source("invoices.csv", 2, 3, (3,)), [Decimal("100.00")]),
    ]


def test_without_an_id_vendor_and_number_tell_the_invoice() -> None:
    rows = [{"LineNumber": "1"}, {"LineNumber": "2"}, {"VendorID": "V10004"}]
    found = read_invoices(invoice_text(*rows, without=("StampliID",)))

    assert [(each.values["vendor_id"], each.source.lines) for each in found.documents] == [
        ("V10005", (2, 3)),
        ("V10004", (4,)),
    ]


def test_a_row_said_again_counts_as_a_repeat() -> None:
    found = read_invoices(invoice_text({}, {"LineNumber": "2"}, {"Amount": "100.0"}, {"LineNumber": "2"}))

    assert [amounts(each) for each in found.documents] == [[Decimal("100.00"), Decimal("100.00")]]
    assert (found.rows, found.repeats, found.problems) == (4, 2, ())
    assert found.notes == ("Row 4 repeats row 2.", "Row 5 repeats row 3.")


def test_equal_lines_without_a_number_are_two_lines() -> None:
    found = read_invoices(invoice_text({}, {}, without=("LineNumber",)))

    assert [[each["line_number"] for each in lines_of(document)] for document in found.documents] == [[1, 2]]
    assert found.repeats == 0


def test_lines_without_a_number_take_the_free_ones() -> None:
    found = read_invoices(invoice_text({"LineNumber": ""}, {"LineNumber": "1"}, {"LineNumber": ""}))

    assert [each["line_number"] for each in lines_of(found.documents[0])] == [2, 1, 3]


def test_the_same_line_with_another_amount_stops_the_invoice() -> None:
    found = read_invoices(invoice_text({}, {"StampliID": "900102"}, {"Amount": "90.00"}))

    assert [each.values["external_id"] for each in found.documents] == ["900102"]
    assert found.problems == (
        Problem(
            "row.contradiction",
            "Rows 2 and 4 contradict: Amount is 100.00 and 90.00. Invoice INV-8841 (V10005) is left out.",
            "invoices.csv",
            record=3,
            line=4,
            column="Amount",
            value="90.00",
            rule="the rows of one invoice agree",
        ),
    )


@pytest.mark.parametrize(
    ("column", "value", "differ"),
    [
        ("Total", "90.00", "Total is 100.00 and 90.00"),
        ("InvoiceDate", "2026-10-06", "InvoiceDate is 2026-10-05 and 2026-10-06"),
        ("Type", "", "Type is invoice and empty"),
        ("VendorID", "V10004", "VendorID is V10005 and V10004"),
    ],
)
def test_a_header_that_changes_inside_an_invoice_stops_it(column: str, value: str, differ: str) -> None:
    found = read_invoices(invoice_text({}, {"LineNumber": "2", column: value}))

    assert found.documents == ()
    assert [each.code for each in found.problems] == ["row.contradiction"]
    assert found.problems[0].message.startswith(f"Rows 2 and 3 contradict: {differ}. ")


def test_a_negative_credit_memo_becomes_positive_and_lines_keep_their_sign_to_each_other() -> None:
    header = {"Type": "Credit Memo", "Total": "-252.04", "TaxTotal": "-17.04"}
    goods = {"Amount": "-270.00", "Quantity": "-20", "UnitPrice": "13.50", "RetainageAmount": "-27.00"}
    fee = {"LineNumber": "2", "Amount": "17.96", "Quantity": "2", "UnitPrice": "8.98"}
    cheap = {"LineNumber": "3", "Amount": "-1.00", "UnitPrice": "-1"}
    sloppy = {"LineNumber": "4", "Amount": "-9.00", "Quantity": "3", "UnitPrice": "3"}
    zero = {"LineNumber": "5", "Amount": "0.00", "Quantity": "1"}
    found = read_invoices(invoice_text(*(each | header for each in (goods, fee, cheap, sloppy, zero))))

    assert [each.values for each in found.documents] == [
        an_invoice(
            a_line(
                line_number=1,
                amount=Decimal("270.00"),
                quantity=Decimal(20),
                unit_price=Decimal("13.50"),
                retainage_amount=Decimal("27.00"),
            ),
            a_line(line_number=2, amount=Decimal("-17.96"), quantity=Decimal(-2), unit_price=Decimal("8.98")),
            a_line(line_number=3, amount=Decimal("1.00"), unit_price=Decimal("1.00")),
            a_line(line_number=4, amount=Decimal("9.00"), quantity=Decimal(3), unit_price=Decimal("3.00")),
            a_line(line_number=5, amount=Decimal("0.00"), quantity=Decimal(1)),
            kind="credit_memo",
            external_id="900101",
            vendor_id="V10005",
            invoice_number="INV-8841",
            invoice_date=date(2026, 10, 5),
            total=Decimal("252.04"),
            tax_total=Decimal("17.04"),
        )
    ]


def test_a_positive_credit_memo_means_the_same() -> None:
    positive = read_invoices(invoice_text({"Type": "Credit Memo"}))
    negative = read_invoices(invoice_text({"Type": "Credit Memo", "Total": "-100.00", "Amount": "-100.00"}))

    assert [each.values for each in positive.documents] == [each.values for each in negative.documents]


@pytest.mark.parametrize("kind", ["Invoice", ""])
def test_an_invoice_with_a_negative_total_is_read_as_a_credit_and_marked(kind: str) -> None:
    found = read_invoices(invoice_text({"Type": kind, "Total": "-100.00", "Amount": "-100.00", "TaxTotal": "3.00"}))
    values = found.documents[0].values

    assert [values[each] for each in ("kind", "total", "tax_total", "custom")] == [
        "credit_memo",
        Decimal("100.00"),
        Decimal("3.00"),
        {"read_as_credit": True},
    ]


def test_a_negative_prepayment_stays_as_it_is_for_the_rules_to_judge() -> None:
    found = read_invoices(invoice_text({"Type": "Prepayment", "Total": "-100.00", "Amount": "-100.00"}))
    values = found.documents[0].values

    assert [values[each] for each in ("kind", "total", "custom")] == ["prepayment", Decimal("-100.00"), {}]
    assert amounts(found.documents[0]) == [Decimal("-100.00")]


def test_a_negative_line_inside_an_invoice_keeps_its_sign() -> None:
    found = read_invoices(invoice_text({"Amount": "110.00"}, {"LineNumber": "2", "Amount": "-10.00"}))

    assert amounts(found.documents[0]) == [Decimal("110.00"), Decimal("-10.00")]


def test_a_line_without_a_kind_is_an_item_where_it_names_an_order() -> None:
    rows = [{"LineKind": ""}, {"LineNumber": "2", "PONumber": "004417"}, {"LineNumber": "3", "LineKind": "Tax"}]

    assert [each["kind"] for each in lines_of(read_invoices(invoice_text(*rows)).documents[0])] == [
        "expense",
        "item",
        "tax",
    ]


def test_attachments_of_all_rows_are_listed_once() -> None:
    rows = [{"Attachment": "a.pdf"}, {"LineNumber": "2", "Attachment": "attach/b.pdf"}, {"LineNumber": "3"}]
    found = read_invoices(invoice_text(*rows, {"LineNumber": "4", "Attachment": "a.pdf"}))
    empty = {"media_type": None, "size": None, "sha256": None}

    assert found.documents[0].values["attachments"] == [{"name": "a.pdf"} | empty, {"name": "attach/b.pdf"} | empty]


@pytest.mark.parametrize("name", ["../outside.pdf", "a/../../b.pdf", "/etc/passwd", "C:\\x.pdf", "\\\\host\\x.pdf"])
def test_an_attachment_never_leads_out_of_the_folder(name: str) -> None:
    found = read_invoices(invoice_text({}, {"StampliID": "900102", "Attachment": name}))

    assert [each.values["external_id"] for each in found.documents] == ["900101"]
    assert found.problems == (
        Problem(
            "value.unsafe_path",
            f"Row 3: Attachment '{name}' leads out of the file's own folder.",
            "invoices.csv",
            record=2,
            line=3,
            column="Attachment",
            value=name,
            rule="a relative name inside the folder of the file",
        ),
    )


def test_a_payment_is_its_applications() -> None:
    rows = [
        {"PaymentAmount": "1527.10", "AppliedAmount": "1742.10", "DiscountTaken": "2.00", "Status": " Cleared "},
        {"PaymentAmount": "1527.10", "AppliedAmount": "-215.00", "InvoiceNumber": "CM-7", "StampliID": "900103"},
    ]
    found = read_payments(payment_text(*rows))

    assert [each.values for each in found.documents] == [
        a_payment(
            an_application(
                invoice_number="INV-8841", vendor_id="V10005", amount=Decimal("1742.10"), discount=Decimal("2.00")
            ),
            an_application(invoice_number="CM-7", external_id="900103", vendor_id="V10005", amount=Decimal("-215.00")),
            payment_id="P-1",
            status="Cleared",
            payment_date=date(2026, 10, 20),
            amount=Decimal("1527.10"),
            vendor_id="V10005",
        )
    ]


def test_a_payment_to_two_vendors_has_none_of_its_own() -> None:
    found = read_payments(payment_text({}, {"VendorID": "V10004"}))

    assert [each.values["vendor_id"] for each in found.documents] == [None]


def test_an_application_said_again_is_a_repeat_and_one_that_differs_a_contradiction() -> None:
    again, other = read_payments(payment_text({}, {})), read_payments(payment_text({}, {"AppliedAmount": "1.00"}))

    assert (len(again.documents), again.repeats) == (1, 1)
    assert [each.message for each in other.problems] == [
        "Rows 2 and 3 contradict: AppliedAmount is 100.00 and 1.00. Payment P-1 is left out."
    ]


def test_two_states_of_one_payment_in_one_file_contradict() -> None:
    found = read_payments(payment_text({"Status": "Sent"}, {"InvoiceNumber": "INV-2"}))

    assert [each.message for each in found.problems] == [
        "Rows 2 and 3 contradict: Status is Sent and Cleared. Payment P-1 is left out."
    ]


def test_the_connection_says_what_a_payment_word_means_before_we_do() -> None:
    own = {"Settled": "cleared", "Sent": "cleared"}

    assert [resolve_payment_status(each, own) for each in ("Settled", "Sent", "VOIDED", "Lost")] == [
        "cleared",
        "cleared",
        "voided",
        None,
    ]


def test_documents_are_shown_as_json_with_amounts_as_text() -> None:
    read = read_invoices(invoice_text({"ApprovedAt": "2026-10-06T12:00:00Z", "PostPeriod": "2026-10"}, {"Total": "x"}))
    whole = read_invoices(invoice_text({"ApprovedAt": "2026-10-06T12:00:00Z", "Quantity": "2.50"}))
    shown = json.loads(json.dumps(render_documents(Reading(whole.documents, read.problems))))

    assert shown["documents"] == [
        an_invoice(
            a_line(line_number=1, amount="100.00", quantity="2.5"),
            external_id="900101",
            vendor_id="V10005",
            invoice_number="INV-8841",
            invoice_date="2026-10-05",
            total="100.00",
            approved_at="2026-10-06T12:00:00Z",
        )
    ]
    assert shown["problems"] == [
        {
            "code": "value.not_an_amount",
            "message": "Row 3: Total 'x' does not fit format 1234.56. Invoice INV-8841 (V10005) is left out.",
            "file": "invoices.csv",
            "record": 2,
            "line": 3,
            "column": "Total",
            "value": "x",
            "rule": "an amount like 1234.56, with at most 4 decimals",
            "scope": "document",
        }
    ]


def test_a_known_payment_word_is_shown_as_its_state_and_another_as_it_is() -> None:
    found = read_payments(payment_text({}, {"PaymentID": "P-2", "Status": "Settled"}))
    documents = render_documents(found)["documents"]

    assert isinstance(documents, list)
    assert [each["status"] for each in documents] == ["cleared", "Settled"]
