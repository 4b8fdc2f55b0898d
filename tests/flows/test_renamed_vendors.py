"""A vendor is given another ID while its invoices are on their way: each still has one bill, under the new ID."""

from __future__ import annotations

from dataclasses import replace

from ml_connector.domain.values.payment import PaymentApplication, StampliPayment
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import PaymentRecord, RecordSource
from ml_connector.flows.invoices.take_invoices import key_of
from ml_connector.flows.invoices.validate_invoices import validate_invoices
from ml_connector.flows.master_data.read_master_data import fetch_master_data
from ml_connector.flows.payments.carry_payments import match_all
from tests.builders import an_invoice, usd
from tests.flows.in_memory.erp import REFUSED
from tests.flows.in_memory.house import FILE, CrashAt, House, a_house


def rename(house: House, was: str = "V10005", now: str = "V20005") -> None:
    """Change ID in Acumatica, which rewrites its documents; the next reading shows it."""
    vendors = {
        (now if key == was else key): replace(vendor, vendor_id=now) if key == was else vendor
        for key, vendor in house.erp.master.vendors.items()
    }
    house.erp.master = replace(house.erp.master, vendors=vendors)
    for key, bill in house.erp.bills.items():
        if bill.vendor == was:
            house.erp.bills[key] = replace(bill, vendor=now)


def read_again(house: House) -> None:
    """An hour later master data is read."""
    house.clock.sleep(3600)
    fetch_master_data(house.context())


def vendors_billed(house: House) -> list[str]:
    """The vendor of each bill there is."""
    return [bill.vendor for bill in house.erp.bills.values()]


def test_a_bill_whose_answer_was_lost_with_the_process_is_found_and_finished_under_the_new_id() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.crash(CrashAt("put", "after"))
    assert vendors_billed(house) == ["V10005"]
    rename(house)
    read_again(house)
    house.post()

    assert house.standing(invoice_id) == (PostingState.DONE, None)
    assert vendors_billed(house) == ["V20005"]


def test_a_bill_refused_for_its_old_id_is_sent_once_the_new_one_is_known_and_never_before() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.erp.fail("create", REFUSED)
    house.post()
    read_again(house)
    validate_invoices(house.context())
    assert house.standing(invoice_id) == (PostingState.REJECTED, "refused_by_acumatica")
    rename(house)
    read_again(house)
    validate_invoices(house.context())
    house.post()

    assert house.standing(invoice_id) == (PostingState.DONE, None)
    assert vendors_billed(house) == ["V20005"]


def test_the_identity_of_an_invoice_without_an_id_outlives_another_id_of_its_vendor() -> None:
    house, invoice = a_house(), an_invoice(external_id=None)
    before = key_of(house.terms, invoice, house.master_data.snapshot)
    rename(house)
    read_again(house)

    assert key_of(house.terms, invoice, house.master_data.snapshot) == before
    assert key_of(house.terms, replace(invoice, vendor_id="V20005"), house.master_data.snapshot) == before


def test_a_payment_under_the_old_id_is_no_payment_to_another_vendor() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.post()
    application = PaymentApplication("INV-8841", None, "V10005", usd("1284.37"))
    payment = StampliPayment("P-1", "cleared", "Cleared", usd("1284.37"), (application,), vendor_id="V10005")
    rename(house)
    read_again(house)
    source = RecordSource(FILE.id, FILE.name, "ab" * 32, 1, (2,))
    house.payments.rows["P-1"] = PaymentRecord("p00000001", payment, "h", source, house.clock.now())

    (line,) = match_all(house.context(), ())
    assert (line.vendor_id, line.bill) == ("V20005", house.posting(invoice_id).bill)
