"""Rules about the vendor and the head of a document."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.rules import check_invoice
from tests.builders import BRANCHES, VENDORS, a_line, a_snapshot, a_vendor, an_invoice, facts, usd
from tests.domain.rules.checking import codes, rows


def test_a_good_invoice_has_no_finding() -> None:
    assert rows(an_invoice()) == []


def test_all_findings_come_at_once() -> None:
    line = a_line("1.00", account="61500", subaccount="01-999-00", branch="OLD", project="J2310", task="03")
    invoice = an_invoice(
        "2.00", line, vendor_id="V10006", invoice_number=None, invoice_date=date(2026, 12, 5), currency="CAD"
    )
    assert codes(invoice) == ["V04", "H01", "H14", "H15", "H20", "H07", "B01", "A02", "A10", "J02"]


VENDOR_ROWS = [
    ("V10006", "V04", "stop", "Vendor V10006 Old Mill Trucking is on hold; its bills are stopped.", ()),
    (
        "V10007",
        "V05",
        "note",
        "Vendor V10007 Pine State Lumber has its payments on hold: the bill posts, it cannot be paid.",
        (),
    ),
    ("V10008", "V03", "stop", "Vendor V10008 Granite Co is inactive.", ("V10012",)),
    ("V10011", "V06", "note", "Vendor V10011 Day Labour is a one-time vendor and will go inactive after payment.", ()),
    ("V1005", "V01", "stop", "Vendor V1005 does not exist in Acumatica.", ("V10005", "V10001", "V10002")),
]


@pytest.mark.parametrize(("vendor", "code", "severity", "message", "suggestions"), VENDOR_ROWS)
def test_the_vendors_status_decides(
    vendor: str, code: str, severity: str, message: str, suggestions: tuple[str, ...]
) -> None:
    found = rows(an_invoice(vendor_id=vendor))
    assert [row[:4] for row in found] == [(code, severity, "vendor_id", message)]
    assert set(found[0][4]) >= set(suggestions[:1])
    assert len(found[0][4]) <= 3


def test_a_tax_agency_is_no_trade_vendor() -> None:
    vendors = {"V1": a_vendor("V1", "Revenue Service", other_kind="tax agency")}
    found = rows(an_invoice(vendor_id="V1"), snapshot=a_snapshot(vendors=vendors))
    assert [row[:4] for row in found] == [
        ("V13", "stop", "vendor_id", "Vendor V1 Revenue Service is a tax agency, not a trade vendor.")
    ]


def test_a_name_that_looks_like_another_vendors_is_read_by_a_person() -> None:
    """Row 201 of the fault catalogue: a Cyrillic a in the name of another vendor."""
    found = rows(an_invoice(vendor_id="V10005", vendor_name="Gr\u0430nite Co"))
    message = "The vendor's name looks like Granite Co (V10008) but is not; the bill is for V10005 "
    assert [(row[0], row[1], row[2], row[4]) for row in found] == [("V12", "review", "vendor_name", ("V10008",))]
    assert found[0][3].startswith(message)
    assert codes(an_invoice(vendor_id="V10005", vendor_name="Granite Co")) == []
    assert codes(an_invoice(vendor_id="V10005", vendor_name="\u041e\u041e\u041e \u0420\u043e\u0433")) == []


@pytest.mark.parametrize(("limit", "found"), [("0.00", []), ("1284.37", []), ("1284.36", ["H34"])])
def test_a_total_over_the_limit_of_the_connection_stops(limit: str, found: list[str]) -> None:
    """Row 193 of the fault catalogue."""
    assert codes(an_invoice(), total_max=Decimal(limit)) == found


def test_a_vendor_that_is_not_there_is_looked_for_by_its_name_too() -> None:
    found = rows(an_invoice(vendor_id="GRAN", vendor_name="Granite Northeast Inc."))
    assert found == [("V01", "stop", "vendor_id", "Vendor GRAN does not exist in Acumatica.", ("V10012",))]
    unnamed = rows(an_invoice(vendor_id=None, vendor_name="Granite"))
    assert unnamed == [("V01", "stop", "vendor_id", "No vendor is given for Granite.", ("V10012",))]


def test_a_vendor_code_counts_without_case_and_padding() -> None:
    assert codes(an_invoice(vendor_id=" v10005 ")) == []


@pytest.mark.parametrize("label", ["Hold", "On Hold", "ON HOLD"])
def test_labels_of_a_status_vary_from_build_to_build(label: str) -> None:
    vendors = {vendor.vendor_id: vendor for vendor in VENDORS}
    vendors["V10005"] = replace(vendors["V10005"], status=label)
    assert codes(an_invoice(), snapshot=a_snapshot(vendors=vendors)) == ["V04"]


def test_a_status_nobody_knows_stops() -> None:
    vendors = {"V10005": replace(VENDORS[3], status="Aktiv")}
    found = rows(an_invoice(), snapshot=a_snapshot(vendors=vendors))
    assert [(row[0], row[3]) for row in found] == [
        ("V03", "Vendor V10005 City Water & Power has the status 'Aktiv', which is not known here.")
    ]


HEADER_ROWS: list[tuple[dict[str, Any], tuple[str, str, str, str]]] = [
    ({"invoice_number": None}, ("H01", "stop", "invoice_number", "The invoice number is missing.")),
    ({"invoice_number": "  "}, ("H01", "stop", "invoice_number", "The invoice number is missing.")),
    (
        {"invoice_number": "N" * 41},
        ("H05", "stop", "invoice_number", "The invoice number has 41 characters; 40 are allowed."),
    ),
    (
        {"currency": "CAD"},
        ("H20", "stop", "currency", "Vendor V10005 bills in USD only; the invoice is in CAD."),
    ),
    (
        {"description": "x" * 497},
        (
            "H26",
            "note",
            "description",
            "The description has 497 characters and is shortened in Acumatica; the full text stays in Stampli.",
        ),
    ),
]


@pytest.mark.parametrize(("change", "expected"), HEADER_ROWS)
def test_the_head_is_checked(change: dict[str, Any], expected: tuple[str, str, str, str]) -> None:
    assert [row[:4] for row in rows(an_invoice(**change))] == [expected]


def test_the_longest_number_and_description_that_fit_pass() -> None:
    assert codes(an_invoice(invoice_number="N" * 40, description="x" * 496)) == []


@pytest.mark.parametrize(
    ("dated_on", "severity", "words"),
    [
        (date(2062, 10, 5), "stop", "13140 days in the future; it looks mistyped"),
        (date(1926, 10, 5), "stop", "36534 days old; it looks mistyped"),
        (date(2025, 10, 13), "stop", "366 days old; it looks mistyped"),
        (date(2025, 10, 14), "note", "365 days old"),
        (date(2026, 7, 15), "note", "91 days old"),
        (date(2026, 10, 22), "note", "8 days in the future"),
    ],
)
def test_a_date_far_away_looks_mistyped(dated_on: date, severity: str, words: str) -> None:
    found = rows(an_invoice(invoice_date=dated_on), snapshot=a_snapshot(periods=None))
    assert [row[:4] for row in found] == [("H14", severity, "invoice_date", f"The invoice date {dated_on} is {words}.")]


@pytest.mark.parametrize("dated_on", [date(2026, 7, 16), date(2026, 10, 21), date(2026, 10, 14)])
def test_a_date_of_these_weeks_is_right(dated_on: date) -> None:
    assert codes(an_invoice(invoice_date=dated_on), snapshot=a_snapshot(periods=None)) == []


def test_the_lines_must_make_the_total_to_the_cent() -> None:
    thirds = [a_line("3333.33") for _ in range(3)]
    found = rows(an_invoice("10000.00", *thirds))
    message = "The lines are 0.01 short of the invoice total."
    assert found == [("H15", "stop", "total", message, ())]
    over = rows(an_invoice("9999.98", *thirds))
    assert [row[3] for row in over] == ["The lines are 0.01 more than the invoice total."]


@pytest.mark.parametrize(
    ("currency", "amount", "told"),
    [
        ("USD", "10.005", "10.005 has 3 decimals; USD has 2."),
        ("USD", "10.500", None),
        ("JPY", "10.25", "10.25 has 2 decimals; JPY has 0."),
        ("KWD", "10.005", None),
    ],
)
def test_an_amount_finer_than_its_currency_is_never_rounded(currency: str, amount: str, told: str | None) -> None:
    """Row 192 of the fault catalogue."""
    found = rows(an_invoice(amount, a_line(amount), currency=currency))
    fine = [("H24", "stop", field, told) for field in ("total", "lines[1].amount") if told]
    assert [row[:4] for row in found if row[0] == "H24"] == fine


def test_a_difference_the_policy_lets_go_to_tax_is_a_note() -> None:
    invoice = an_invoice("5430.10", a_line("5430.00"))
    refused = rows(invoice, round_to_tax=Decimal("0.05"))
    message = "The lines are 0.10 short of the invoice total. Up to 0.05 may go to tax."
    assert [row[:4] for row in refused] == [("H15", "stop", "total", message)]
    allowed = rows(an_invoice("5430.05", a_line("5430.00")), round_to_tax=Decimal("0.05"))
    message = "The lines are 0.05 short of the invoice total. The difference goes to tax."
    assert [row[:4] for row in allowed] == [("H15", "note", "total", message)]


@pytest.mark.parametrize("discount", ["10.00", "-10.00"])
def test_a_discount_is_taken_off_whatever_its_sign(discount: str) -> None:
    assert codes(an_invoice("90.00", a_line("100.00"), a_line(discount, kind="discount"))) == []


def test_tax_counts_once_as_total_or_as_lines() -> None:
    tax_line = a_line("7.25", kind="tax", account=None)
    assert codes(an_invoice("107.25", a_line("100.00"), tax_total=usd("7.25"))) == []
    assert codes(an_invoice("107.25", a_line("100.00"), tax_line)) == []
    assert codes(an_invoice("107.25", a_line("100.00"), tax_line, tax_total=usd("7.25"))) == []
    found = rows(an_invoice("107.25", a_line("100.00"), a_line("7.20", kind="tax"), tax_total=usd("7.25")))
    assert [row[:4] for row in found] == [
        ("H15", "stop", "tax_total", "The tax lines are 0.05 short of the tax total.")
    ]
    short = rows(an_invoice("107.26", a_line("100.00"), tax_total=usd("7.25")))
    assert [row[3] for row in short] == ["The lines are 0.01 short of the invoice total (tax 7.25 included)."]


def test_an_invoice_without_lines_is_not_whole() -> None:
    invoice = replace(an_invoice(), lines=())
    assert [(row[0], row[3]) for row in rows(invoice)] == [("Z15", "The invoice came without lines.")]


def test_nothing_is_posted_for_zero() -> None:
    assert codes(an_invoice("0.00", a_line("0.00"))) == ["H18"]


def test_a_negative_invoice_read_as_a_credit_is_noted_and_stops_where_a_line_disagrees() -> None:
    marked = {"kind": "credit_memo", "custom": {"read_as_credit": "True"}}
    assert [row[:2] for row in rows(an_invoice("252.04", **marked))] == [("H17", "note")]
    mixed = an_invoice("252.04", a_line("300.00"), a_line("-47.96"), **marked)
    assert [row[:4] for row in rows(mixed)] == [
        ("H17", "stop", "lines[2].amount", "The invoice is negative, but line 2 has the opposite sign.")
    ]
    assert codes(an_invoice("252.04", a_line("300.00"), a_line("-47.96"), kind="credit_memo")) == []
    assert [row[:2] for row in rows(an_invoice("-252.04"))] == [("H17", "stop")]


def test_a_blank_currency_needs_a_person_only_where_the_vendors_is_foreign() -> None:
    assert codes(an_invoice(currency=None)) == []
    found = rows(an_invoice(currency=None, vendor_id="V10009"))
    message = "No currency is stated; vendor V10009 bills in CAD, the company in USD."
    assert [row[:4] for row in found] == [("H23", "review", "currency", message)]
    unknown = tuple(replace(branch, base_currency=None) for branch in BRANCHES)
    snapshot = a_snapshot(branches={branch.branch_id: branch for branch in unknown})
    assert codes(an_invoice(currency=None, vendor_id="V10009"), snapshot=snapshot) == []


def test_a_vendor_may_be_allowed_another_currency() -> None:
    vendors = {"V10005": replace(VENDORS[3], currency_override=True)}
    assert codes(an_invoice(currency="CAD"), snapshot=a_snapshot(vendors=vendors)) == []
    vendors = {"V10005": replace(VENDORS[3], currency=None)}
    assert codes(an_invoice(currency="CAD"), snapshot=a_snapshot(vendors=vendors)) == ["H20"]


def test_a_kind_nobody_knows_is_refused() -> None:
    invoice = an_invoice(kind="statement")
    found = [(each.code, each.severity) for each in check_invoice(invoice, facts())]
    assert found == [("H30", "stop")]


def test_tax_on_a_vendor_without_a_zone_would_be_dropped() -> None:
    invoice = an_invoice("107.25", a_line("100.00"), vendor_id="V10011", tax_total=usd("7.25"))
    found = rows(invoice)
    message = "Tax of 7.25 would be dropped: vendor V10011 has no tax zone."
    assert [row[:4] for row in found if row[0] == "X03"] == [("X03", "review", "tax_total", message)]
    assert codes(an_invoice(vendor_id="V10011", tax_total=usd("0.00"))) == ["V06"]


def test_retainage_is_never_posted_without() -> None:
    lines = (
        a_line("36000.00", retainage_percent=Decimal(10)),
        a_line("18000.00", retainage_amount=usd("1800.00"), retainage_percent=Decimal(10)),
    )
    found = rows(an_invoice("54000.00", *lines))
    message = "The sub would be overpaid by 5,400.00: retainage cannot be set on this bill from here."
    assert [row[:4] for row in found] == [("T01", "stop", "lines", message)]
    assert codes(an_invoice("1.00", a_line("1.00", retainage_percent=Decimal(0), retainage_amount=usd("0")))) == []


@pytest.mark.parametrize(
    ("members", "code", "field"),
    [
        ({"retainage_percent": Decimal(101)}, "T03", "lines[1].retainage_percent"),
        ({"retainage_percent": Decimal(-1)}, "T03", "lines[1].retainage_percent"),
        ({"retainage_amount": usd("100.01")}, "T04", "lines[1].retainage_amount"),
        ({"retainage_amount": usd("-1.00")}, "T04", "lines[1].retainage_amount"),
    ],
)
def test_impossible_retainage_is_refused(members: dict[str, Any], code: str, field: str) -> None:
    found = rows(an_invoice("100.00", a_line("100.00", **members)))
    assert [(row[0], row[1], row[2]) for row in found] == [(code, "stop", field)]
