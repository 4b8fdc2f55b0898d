"""A bad cell stops its document, names its place, and leaves the others whole."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ml_connector.layouts.document import Reading
from ml_connector.problems import Problem
from tests.layouts.builders import a_line, an_invoice, invoice_text, payment_text, read_invoices, read_payments

OTHER = {"StampliID": "900102", "InvoiceNumber": "INV-8842"}


def ids(reading: Reading) -> list[object]:
    return [each.values["external_id"] for each in reading.documents]


def test_a_plain_invoice_is_read_to_the_letter() -> None:
    found = read_invoices(invoice_text({}))

    assert [each.values for each in found.documents] == [
        an_invoice(
            a_line(line_number=1, amount=Decimal("100.00")),
            external_id="900101",
            vendor_id="V10005",
            invoice_number="INV-8841",
            invoice_date=date(2026, 10, 5),
            total=Decimal("100.00"),
        )
    ]
    assert (found.problems, found.rows, found.repeats, found.notes) == ((), 1, 0, ())


def test_one_bad_row_stops_its_whole_invoice_and_no_other() -> None:
    lines = [{"LineNumber": "1", "Amount": "60.00"}, {"LineNumber": "2", "Amount": "4O.00"}]
    found = read_invoices(invoice_text(OTHER, *lines, OTHER | {"StampliID": "900103"}))

    assert ids(found) == ["900102", "900103"]
    assert found.problems == (
        Problem(
            "value.not_an_amount",
            "Row 4: Amount '4O.00' does not fit format 1234.56. Invoice INV-8841 (V10005) is left out.",
            "invoices.csv",
            record=3,
            line=4,
            column="Amount",
            value="4O.00",
            rule="an amount like 1234.56, with at most 4 decimals",
        ),
    )
    assert found.rows == 4


def test_a_bad_row_stops_the_rows_before_and_after_it() -> None:
    bad = {"LineNumber": "2", "InvoiceDate": "45234"}

    assert ids(read_invoices(invoice_text({}, OTHER, bad, {"LineNumber": "3"}))) == ["900102"]


def test_all_faults_of_a_row_are_told_at_once() -> None:
    found = read_invoices(invoice_text({"InvoiceDate": "10/05/2026", "Total": "", "LineNumber": "one"}))

    assert [(each.code, each.column, each.value) for each in found.problems] == [
        ("value.not_a_date", "InvoiceDate", "10/05/2026"),
        ("value.missing", "Total", ""),
        ("value.not_a_whole_number", "LineNumber", "one"),
    ]


def test_the_same_bad_text_in_two_cells_of_a_row_is_one_problem() -> None:
    found = read_invoices(invoice_text({"Total": "12O.00", "Amount": "12O.00"}))

    assert [(each.column, each.message) for each in found.problems] == [
        (
            "Total",
            "Row 2: Total, Amount '12O.00' does not fit format 1234.56. Invoice INV-8841 (V10005) is left out.",
        )
    ]


def test_a_bad_header_is_told_once_and_a_bad_line_each_time() -> None:
    header = read_invoices(invoice_text({"DueDate": "soon"}, {"DueDate": "soon", "LineNumber": "2"}))
    lines = read_invoices(invoice_text({"Amount": "x"}, {"Amount": "x", "LineNumber": "2"}))

    assert [each.line for each in header.problems] == [2]
    assert [each.line for each in lines.problems] == [2, 3]


def test_a_row_is_counted_by_record_and_by_physical_line() -> None:
    memo = {"Description": '"Deliver to dock 4\nask for ""Kim""\rbefore 3pm"'}
    found = read_invoices(invoice_text(memo, OTHER | {"Total": "x"}, OTHER | {"StampliID": "900103"}))

    assert found.documents[0].values["description"] == 'Deliver to dock 4\nask for "Kim"\rbefore 3pm'
    assert [(each.record, each.line) for each in found.problems] == [(2, 5)]
    assert [(each.source.record, each.source.line, each.source.lines) for each in found.documents] == [
        (1, 2, (2,)),
        (3, 6, (6,)),
    ]


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_line_ends_of_any_kind_say_the_same(end: str) -> None:
    text = invoice_text({}, OTHER)

    assert read_invoices(text.replace("\r\n", end)) == read_invoices(text)


def test_mixed_line_ends_and_empty_lines_say_the_same() -> None:
    text = invoice_text({}, OTHER)
    mixed = text.replace("\r\n", "\n", 1).replace("\r\n", "\r", 1) + "\r\n\r\n"

    assert read_invoices(mixed) == read_invoices(text)


def test_columns_are_found_by_name_in_any_order_and_spelling() -> None:
    text = "amount,Line Number,TOTAL, Invoice Date ,invoice_number,VENDORID,Type,StampliID\n"
    text += "100.00,1,100.00,2026-10-05,INV-8841,V10005,Invoice,900101\n"

    assert read_invoices(text) == read_invoices(invoice_text({}))


def test_a_byte_order_mark_and_unknown_columns_are_noted() -> None:
    found = read_invoices(b"\xef\xbb\xbf" + invoice_text({"Memo2": "new", "": "x"}).encode())

    assert ids(found) == ["900101"]
    assert found.notes == (
        "A byte order mark stands before the text; it was taken off.",
        "Column 'Memo2' is not known and was ignored.",
        "Column 10 has no heading and was ignored.",
    )


def test_blanks_around_codes_and_figures_do_not_count_but_in_texts_they_do() -> None:
    row = {"VendorID": " V10005 ", "Total": " 100.00", "Description": " as typed ", "DueDate": "  "}
    values = read_invoices(invoice_text(row)).documents[0].values

    assert [values[each] for each in ("vendor_id", "total", "description", "due_date")] == [
        "V10005",
        Decimal("100.00"),
        " as typed ",
        None,
    ]


def test_leading_zeros_and_formulas_stay_as_they_are() -> None:
    row = {"InvoiceNumber": "00123", "Task": "01", "Description": '"=HYPERLINK(""http://x"",1)"'}
    values = read_invoices(invoice_text(row)).documents[0].values

    assert [values["invoice_number"], values["description"]] == ["00123", '=HYPERLINK("http://x",1)']


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        ("INV\u200b-1", "value.hidden_character", "'INV\\u200b-1' holds the hidden character U+200B"),
        ("INV\u00a01", "value.hidden_character", "'INV\\u00a01' holds the hidden character U+00A0"),
        ("INV\u00ad1", "value.hidden_character", "'INV\\u00ad1' holds the hidden character U+00AD"),
        ("1.23457E+11", "value.changed_by_spreadsheet", "'1.23457E+11' is a number that was changed by a spreadsheet"),
    ],
)
def test_a_number_that_was_damaged_stops_the_invoice(number: str, code: str, words: str) -> None:
    found = read_invoices(invoice_text({"InvoiceNumber": number}, OTHER))

    assert ids(found) == ["900102"]
    assert [(each.code, each.column) for each in found.problems] == [(code, "InvoiceNumber")]
    assert words in found.problems[0].message


def test_a_type_that_is_none_of_ours_is_refused_and_a_known_one_may_be_spelt_freely() -> None:
    found = read_invoices(invoice_text({"Type": "Credit Adj."}, OTHER | {"Type": "credit memo"}))

    assert [(each.values["external_id"], each.values["kind"]) for each in found.documents] == [
        ("900102", "credit_memo")
    ]
    assert [(each.code, each.value, each.rule) for each in found.problems] == [
        ("value.unknown_word", "Credit Adj.", "one of Invoice, Credit Memo, Prepayment")
    ]


def test_an_empty_number_or_vendor_is_left_to_the_rules_while_the_id_tells_the_invoice() -> None:
    found = read_invoices(invoice_text({"InvoiceNumber": "", "VendorID": ""}))

    assert ids(found) == ["900101"]
    assert found.documents[0].values["invoice_number"] is None


def test_a_row_that_tells_no_invoice_is_left_out_with_its_reason() -> None:
    found = read_invoices(invoice_text(OTHER, {"StampliID": "", "InvoiceNumber": ""}))

    assert ids(found) == ["900102"]
    assert found.problems == (
        Problem(
            "row.no_identity",
            "Row 3 does not say which invoice it belongs to: fill StampliID, or VendorID and InvoiceNumber."
            " The row is left out.",
            "invoices.csv",
            record=2,
            line=3,
            rule="StampliID, or VendorID and InvoiceNumber filled",
        ),
    )


def test_a_fault_where_nothing_names_the_invoice_says_so() -> None:
    found = read_invoices(invoice_text({"InvoiceNumber": "", "VendorID": "", "Total": "x"}))

    assert found.problems[0].message == "Row 2: Total 'x' does not fit format 1234.56. This invoice is left out."


def test_a_bad_payment_leaves_the_others() -> None:
    found = read_payments(payment_text({"AppliedAmount": "1e2"}, {"PaymentID": "P-2"}))

    assert [each.values["payment_id"] for each in found.documents] == ["P-2"]
    assert [each.message for each in found.problems] == [
        "Row 2: AppliedAmount '1e2' does not fit format 1234.56. Payment P-1 is left out."
    ]
