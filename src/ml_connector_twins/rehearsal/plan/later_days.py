"""Day 2, day 3 and the plain days after: changed master data, second deliveries, payments, a break and its mending."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ml_connector_twins.rehearsal.judge.attachments import attached
from ml_connector_twins.rehearsal.judge.evidence import Expectation
from ml_connector_twins.rehearsal.judge.files import READ, delivered_again, file_ends
from ml_connector_twins.rehearsal.judge.invoices import booked, refused
from ml_connector_twins.rehearsal.judge.master_data import (
    order_line_open,
    unchanged_is_quiet,
    vendor_reads,
    vendors_complete,
)
from ml_connector_twins.rehearsal.judge.payments import break_closed, break_open, payment_ends
from ml_connector_twins.rehearsal.plan import invoices as plant
from ml_connector_twins.rehearsal.plan.actions import AddVendor, ChangeVendor, Pay
from ml_connector_twins.rehearsal.plan.day import DayPlan, Drop
from ml_connector_twins.rehearsal.plan.first_day import CUT_FILE, MAIN_FILE, main_content, whole_content
from ml_connector_twins.stampli.outgoing import (
    Application,
    ApprovedInvoice,
    Payment,
    render_invoices,
    render_payments,
)

_NEW_NAME = "City Water, Power & Light"


@dataclass(frozen=True, slots=True)
class _Both:
    """One payment as each side has it; ``acumatica`` None: nobody entered it there."""

    stampli: Payment
    acumatica: Pay | None


def second_day(on: date) -> DayPlan:
    """Vendors renamed, added, put on hold; second deliveries; payments in full, in part, discounted, missing."""
    full = _paid("P-7001", plant.OVERHEAD, "1284.37", on=on)
    partial = _paid("P-7002", plant.PARTIAL_RENTAL, "3000.00", on=on)
    discounted = _paid("P-7003", plant.STATED_TAX, "210.21", on=on)
    missing = _paid("P-7004", plant.THREE_JOBS, "10000.00", on=on, entered="")
    todays = (plant.NOW_FINAL, plant.HELD_TODAY, plant.NEW_VENDOR, plant.TO_BE_SHORT)
    return DayPlan(
        on=on,
        actions=(
            ChangeVendor("V10005", {"VendorName": _NEW_NAME}),
            ChangeVendor("V10003", {"Status": "On Hold"}),
            AddVendor("V10014", "Cold Spring Masonry"),
            *_entered(full, partial, discounted, missing),
        ),
        drops=(
            Drop(_invoices_name(on), render_invoices(todays)),
            Drop(MAIN_FILE, main_content(), in_place=True),
            Drop(plant.THREE_JOBS.attachment, plant.scan_of(plant.THREE_JOBS)),
            Drop(CUT_FILE, whole_content(), in_place=True),
            _payments_drop(on, full, partial, discounted, missing),
        ),
        expectations=(
            *_changed_master_data(),
            *_second_deliveries(),
            refused("a vendor put on hold this morning", plant.HELD_TODAY, "V04"),
            booked("a vendor added this morning", plant.NEW_VENDOR),
            booked("an invoice to be paid short tomorrow", plant.TO_BE_SHORT),
            payment_ends("paid in full on both sides", "P-7001", "matched"),
            payment_ends("paid in part on both sides", "P-7002", "matched"),
            payment_ends("paid less the cash discount", "P-7003", "explained", code="R04"),
            payment_ends("paid in Stampli alone", "P-7004", "break", code="R01"),
            break_open("the missing payment as a break", "MR-5520", "R01", Decimal("-10000.00")),
        ),
        invoices=(*todays, plant.BEFORE_THE_CUT, plant.IN_THE_CUT),
        payments=tuple(both.stampli for both in (full, partial, discounted, missing)),
        person_needed=True,
    )


def third_day(on: date) -> DayPlan:
    """The missing payment is entered, so its break closes itself; another payment is 540.00 short."""
    short = _paid("P-7005", plant.TO_BE_SHORT, "9600.00", on=on, entered="9060.00")
    return DayPlan(
        on=on,
        actions=(Pay(plant.THREE_JOBS, Decimal("10000.00"), on), *_entered(short)),
        drops=(Drop(_invoices_name(on), render_invoices([plant.LAST_DAY])), _payments_drop(on, short)),
        expectations=(
            unchanged_is_quiet(("vendors", "accounts", "subaccounts", "dimensions")),
            booked("one more overhead invoice", plant.LAST_DAY),
            break_closed("the payment entered late closes its break", "MR-5520"),
            break_open("a payment 540.00 short", "MR-5561", "R03", Decimal("-540.00")),
        ),
        invoices=(plant.LAST_DAY,),
        payments=(short.stampli,),
        person_needed=True,
    )


def ordinary_day(number: int, on: date) -> DayPlan:
    """Plain business: three good invoices come, the three of the day before are paid in full."""
    todays = plant.ordinary(number)
    yesterdays = plant.ordinary(number - 1) if number > 4 else ()
    paid = [_paid(f"P-{number:02d}{n}", inv, f"{inv.total}", on=on) for n, inv in enumerate(yesterdays, start=1)]
    payments_drop = (_payments_drop(on, *paid),) if paid else ()
    return DayPlan(
        on=on,
        actions=_entered(*paid),
        drops=(Drop(_invoices_name(on), render_invoices(todays)), *payments_drop),
        expectations=(
            *(booked(f"invoice {inv.invoice_number}", inv) for inv in todays),
            *(payment_ends(f"payment {both.stampli.payment_id}", both.stampli.payment_id, "matched") for both in paid),
        ),
        invoices=todays,
        payments=tuple(both.stampli for both in paid),
    )


def _changed_master_data() -> tuple[Expectation, ...]:
    return (
        unchanged_is_quiet(("accounts", "subaccounts", "dimensions")),
        vendor_reads("a renamed vendor is sent", "V10005", VendorName=_NEW_NAME, Status="Active"),
        vendor_reads("a new vendor is sent", "V10014", VendorName="Cold Spring Masonry", Status="Active"),
        vendors_complete(not_selectable=("V10003", "V10006", "V10008")),
        order_line_open("an order line after it was billed", "PO-003135", "1", Decimal("12900.00")),
    )


def _second_deliveries() -> tuple[Expectation, ...]:
    return (
        delivered_again("the same file delivered again", MAIN_FILE),
        booked("still one bill after the second delivery", plant.OVERHEAD),
        attached("a scan that came a day late", plant.THREE_JOBS, plant.scan_of(plant.THREE_JOBS)),
        booked("an invoice that has become final", plant.NOW_FINAL),
        file_ends("the cut file, now whole", CUT_FILE, READ, expected="read, 2 documents", documents=2),
        booked("the invoice before the cut", plant.BEFORE_THE_CUT),
        booked("the invoice in the cut", plant.IN_THE_CUT),
    )


def _paid(payment_id: str, inv: ApprovedInvoice, amount: str, *, on: date, entered: str | None = None) -> _Both:
    """A payment of one invoice; ``entered`` is what people pay in Acumatica: None the same, empty nothing."""
    money = Decimal(amount)
    application = Application(inv.vendor_id, inv.invoice_number, money, stampli_id=inv.stampli_id)
    payment = Payment(payment_id, on, money, (application,), reference=f"TRC-{payment_id}")
    if entered == "":
        return _Both(payment, None)
    return _Both(payment, Pay(inv, Decimal(entered or amount), on))


def _entered(*payments: _Both) -> tuple[Pay, ...]:
    return tuple(both.acumatica for both in payments if both.acumatica is not None)


def _payments_drop(on: date, *payments: _Both) -> Drop:
    return Drop(f"payments_{on:%Y%m%d}_0600.csv", render_payments([both.stampli for both in payments]))


def _invoices_name(on: date) -> str:
    return f"approved_invoices_{on:%Y%m%d}_0600.csv"
