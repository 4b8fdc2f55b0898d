"""Day 1: the whole master data goes out; good invoices, one for each refusal, and files of every bad kind come in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ml_connector_twins.rehearsal.judge.attachments import attached
from ml_connector_twins.rehearsal.judge.evidence import Expectation
from ml_connector_twins.rehearsal.judge.files import READ, file_ends
from ml_connector_twins.rehearsal.judge.invoices import booked, not_taken, refused, waits
from ml_connector_twins.rehearsal.judge.master_data import (
    accounts_usable,
    dimensions_complete,
    order_line_open,
    sent_well_formed,
    vendor_reads,
    vendors_complete,
)
from ml_connector_twins.rehearsal.plan import invoices as plant
from ml_connector_twins.rehearsal.plan.actions import TypeBill
from ml_connector_twins.rehearsal.plan.day import DayPlan, Drop
from ml_connector_twins.stampli.outgoing import ApprovedInvoice, render_invoices

FIRST_DAY = date(2026, 10, 14)
FEEDS = ("vendors", "accounts", "subaccounts", "dimensions", "purchase_orders")

MAIN_FILE = "approved_invoices_20261014_0600.csv"
CUT_FILE = "approved_invoices_20261014_1000.csv"
_COPIED_FILE = "approved_invoices_20261014_0630.csv"
_BAD_ROW_FILE = "approved_invoices_20261014_0700.csv"
_HEADING_FILE = "approved_invoices_20261014_0800.csv"
_EMPTY_FILE = "approved_invoices_20261014_0830.csv"
_UTF16_FILE = "approved_invoices_20261014_0900.csv"

_MAIN: tuple[ApprovedInvoice, ...] = (
    plant.OVERHEAD,
    plant.THREE_JOBS,
    plant.PARTIAL_RENTAL,
    plant.CREDIT,
    plant.STATED_TAX,
    plant.NOT_FINAL_YET,
    plant.ON_HOLD,
    plant.INACTIVE_VENDOR,
    plant.UNKNOWN_VENDOR,
    plant.INACTIVE_ACCOUNT,
    plant.CONTROL_ACCOUNT,
    plant.UNKNOWN_SUBACCOUNT,
    plant.COMPLETED_PROJECT,
    plant.PLANNED_TASK,
    plant.REVENUE_TASK,
    plant.TOTALS_OFF,
    plant.BOOKED_BY_HAND,
)
_CUT: tuple[ApprovedInvoice, ...] = (plant.BEFORE_THE_CUT, plant.IN_THE_CUT)


def main_content() -> bytes:
    """The bytes of the day's main file; a later day delivers them again."""
    return render_invoices(_MAIN)


def whole_content() -> bytes:
    """The file that was cut on day 1, whole."""
    return render_invoices(_CUT)


def first_day() -> DayPlan:
    """Everything of day 1."""
    return DayPlan(
        on=FIRST_DAY,
        actions=(TypeBill(plant.BOOKED_BY_HAND),),
        drops=_drops(),
        expectations=(*_master_data(), *_good(), *_refusals(), *_files()),
        invoices=(*_MAIN, plant.BESIDE_BAD_ROW),
        person_needed=True,
    )


def _drops() -> tuple[Drop, ...]:
    bad_row = render_invoices([plant.BESIDE_BAD_ROW, plant.BAD_ROW]).replace(b",1234.56,", b',"1.234,56",')
    whole = whole_content()
    cut_at = whole.index(b"Water, power") + len(b"Water, po")
    return (
        Drop(plant.OVERHEAD.attachment, plant.scan_of(plant.OVERHEAD)),
        Drop(MAIN_FILE, main_content()),
        Drop(_COPIED_FILE, main_content()),
        Drop(_BAD_ROW_FILE, bad_row),
        Drop(_HEADING_FILE, render_invoices([])),
        Drop(_EMPTY_FILE, b""),
        Drop(_UTF16_FILE, render_invoices([plant.IN_UTF16]).decode().encode("utf-16")),
        Drop(CUT_FILE, whole[:cut_at]),
    )


def _master_data() -> tuple[Expectation, ...]:
    return (
        sent_well_formed(FEEDS),
        vendors_complete(not_selectable=("V10006", "V10008")),
        vendor_reads(
            "a vendor whose payments are on hold can be picked", "V10007", Status="Active", PaymentsOnHold="true"
        ),
        accounts_usable(never=("20000", "20100", "20300", "61500")),
        dimensions_complete(),
        order_line_open("an order line before it is billed", "PO-003135", "1", Decimal("19350.00")),
    )


def _good() -> tuple[Expectation, ...]:
    return (
        booked("an overhead invoice", plant.OVERHEAD),
        attached("the scan that came with it", plant.OVERHEAD, plant.scan_of(plant.OVERHEAD)),
        booked("a three-way split with an odd cent", plant.THREE_JOBS),
        booked("a partial rental on an order line", plant.PARTIAL_RENTAL),
        booked("a credit memo, negative in the file", plant.CREDIT),
        booked("stated tax equal to what Acumatica computes", plant.STATED_TAX),
        booked("a subaccount without separators, beside a bad row", plant.BESIDE_BAD_ROW),
        waits("an invoice whose status is not final", plant.NOT_FINAL_YET),
    )


def _refusals() -> tuple[Expectation, ...]:
    return (
        refused("a vendor on hold", plant.ON_HOLD, "V04"),
        refused("an inactive vendor", plant.INACTIVE_VENDOR, "V03", suggestion="V10012"),
        refused("an unknown vendor", plant.UNKNOWN_VENDOR, "V01"),
        refused("an inactive account", plant.INACTIVE_ACCOUNT, "A02"),
        refused("a control account", plant.CONTROL_ACCOUNT, "A03"),
        refused("an unknown subaccount", plant.UNKNOWN_SUBACCOUNT, "A10", "A09"),
        refused("a completed project", plant.COMPLETED_PROJECT, "J02"),
        refused("a task in planning", plant.PLANNED_TASK, "J08"),
        refused("a revenue task", plant.REVENUE_TASK, "J09"),
        refused("lines 0.10 short of the total", plant.TOTALS_OFF, "H15"),
        refused("an invoice booked by hand before", plant.BOOKED_BY_HAND, "H02", bills_by_hand=1),
        not_taken("an amount that is no number", plant.BAD_ROW),
        not_taken("an invoice in a UTF-16 file", plant.IN_UTF16),
        not_taken("an invoice before the cut", plant.BEFORE_THE_CUT),
        not_taken("an invoice in the cut", plant.IN_THE_CUT),
    )


def _files() -> tuple[Expectation, ...]:
    count = len(_MAIN)
    return (
        file_ends("the main file", MAIN_FILE, READ, expected=f"read, {count} documents", documents=count),
        file_ends("the same bytes under another name", _COPIED_FILE, ("repeat",), expected="a repeat"),
        file_ends("a file with one bad row", _BAD_ROW_FILE, READ, expected="read; the good invoice is taken"),
        file_ends("a heading and no rows", _HEADING_FILE, READ, expected="read, 0 documents", documents=0),
        file_ends("a file of zero bytes", _EMPTY_FILE, ("waiting",), expected="waiting"),
        file_ends("a UTF-16 file", _UTF16_FILE, ("refused",), expected="refused"),
        file_ends("a file cut inside a quoted field", CUT_FILE, ("waiting", "refused"), expected="waiting or refused"),
    )
