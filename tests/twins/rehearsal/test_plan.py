"""The plan of a rehearsal must mean what it says: distinct invoices, sums that add up, open months."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from ml_connector_twins.rehearsal.plan import invoices as plant
from ml_connector_twins.rehearsal.plan.days import DAYS_MAX, plan_days
from ml_connector_twins.rehearsal.plan.first_day import CUT_FILE, first_day


def test_days_are_business_days_in_open_months() -> None:
    days = [plan.on for plan in plan_days(DAYS_MAX)]
    assert days[:4] == [date(2026, 10, 14), date(2026, 10, 15), date(2026, 10, 16), date(2026, 10, 19)]
    assert days[-1] < date(2026, 12, 1)
    assert all(day.weekday() < 5 for day in days)


def test_each_case_of_a_day_has_its_own_name() -> None:
    for plan in plan_days(5):
        names = Counter(expectation.case for expectation in plan.expectations)
        assert [name for name, count in names.items() if count > 1] == []


def test_an_invoice_comes_back_only_where_it_became_final() -> None:
    ids = Counter(invoice.stampli_id for plan in plan_days(6) for invoice in plan.invoices)
    assert [stampli_id for stampli_id, count in ids.items() if count > 1] == [plant.NOW_FINAL.stampli_id]


def test_only_the_planted_invoice_does_not_add_up() -> None:
    off = [
        invoice.invoice_number
        for plan in plan_days(5)
        for invoice in plan.invoices
        if invoice.total != sum((line.amount for line in invoice.lines), Decimal(0))
    ]
    assert off == [plant.TOTALS_OFF.invoice_number]


def test_the_bad_row_holds_a_number_of_another_country() -> None:
    content = next(drop.content for drop in first_day().drops if b"INV-8843" in drop.content)
    row = list(csv.DictReader(io.StringIO(content.decode())))[-1]
    assert (row["InvoiceNumber"], row["Total"], row["Amount"]) == ("INV-8843", "1.234,56", "1.234,56")


def test_the_cut_file_ends_inside_a_quoted_field() -> None:
    content = next(drop.content for drop in first_day().drops if drop.name == CUT_FILE)
    assert content.endswith(b'"Water, po')
    with pytest.raises(csv.Error, match="unexpected end of data"):
        list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))
