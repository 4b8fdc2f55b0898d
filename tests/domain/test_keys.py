"""Identities: one Stampli invoice, one key, for ever and on every machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.keys import (
    content_hash,
    document_key,
    mark_in,
    marker,
    normalise_reference,
    payload_hash,
    payment_hash,
    reference_forms,
    same_reference,
)
from ml_connector.domain.values.invoice import Attachment
from ml_connector.domain.values.payment import PaymentApplication, StampliPayment
from tests.builders import a_line, a_plan, an_invoice, usd

PLACE = {"instance": "https://erp.example.com/AcumaticaERP", "tenant": "HRB", "company": "ACME01"}


def test_the_key_is_place_and_external_id_length_prefixed() -> None:
    key = document_key(**PLACE, invoice=an_invoice(external_id="ST-Ü1"))
    assert key == "36:https://erp.example.com/acumaticaerp3:hrb6:ACME012:id6:ST-Ü1"


@pytest.mark.parametrize(
    "change",
    [
        {"vendor_id": "V99999"},
        {"invoice_number": "OTHER"},
        {"kind": "credit_memo"},
        {"branch": "NORTH"},
        {"invoice_date": date(2025, 1, 1)},
    ],
)
def test_a_recoded_re_export_meets_its_own_key(change: dict[str, object]) -> None:
    changed = replace(an_invoice(), **change)  # type: ignore[arg-type]
    assert document_key(**PLACE, invoice=changed) == document_key(**PLACE, invoice=an_invoice())


def test_address_and_tenant_count_without_case_and_the_company_with_it() -> None:
    loud = {**PLACE, "instance": "HTTPS://ERP.example.com/AcumaticaERP/", "tenant": "hrb"}
    assert document_key(**loud, invoice=an_invoice()) == document_key(**PLACE, invoice=an_invoice())
    other = {**PLACE, "company": "acme01"}
    assert document_key(**other, invoice=an_invoice()) != document_key(**PLACE, invoice=an_invoice())


def test_without_an_external_id_the_vendors_record_the_kind_the_reference_and_the_date_make_the_key() -> None:
    invoice = an_invoice(external_id=None)
    by_record = document_key(**PLACE, invoice=invoice, vendor_record_id="guid-1")
    assert by_record.endswith("9:reference6:guid-17:invoice8:INV-884110:2026-10-05")
    assert document_key(**PLACE, invoice=invoice).endswith("9:reference11:code:V100057:invoice8:INV-884110:2026-10-05")
    renamed = replace(invoice, vendor_id="V-NEW")
    assert document_key(**PLACE, invoice=renamed, vendor_record_id="guid-1") == by_record


@given(st.lists(st.text(max_size=12), min_size=3, max_size=3), st.lists(st.text(max_size=12), min_size=3, max_size=3))
def test_no_two_tuples_share_a_key(one: list[str], other: list[str]) -> None:
    def key(parts: list[str]) -> str:
        invoice = an_invoice(external_id=f"x{parts[2]}")
        return document_key(instance="https://e", tenant="T", company=parts[0] + "|" + parts[1], invoice=invoice)

    same = (one[0] + "|" + one[1], one[2]) == (other[0] + "|" + other[1], other[2])
    assert (key(one) == key(other)) is same


def test_the_marker_is_fifteen_characters_and_the_same_everywhere() -> None:
    assert marker("7:example") == "SXF2FBC464RBZUJ"
    assert marker("7:exampleX") != marker("7:example")


@pytest.mark.parametrize(
    "change",
    [
        {"status": "Paid Invoice"},
        {"link": "https://app.example.com/1"},
        {"approved_by": "Ann"},
        {"approved_at": datetime(2026, 10, 6, tzinfo=UTC)},
        {"attachments": (Attachment("scan.pdf"),)},
        {"vendor_name": "City Water"},
        {"custom": {"read_as_credit": "True"}},
    ],
)
def test_what_may_change_while_the_invoice_stays_the_same_is_not_content(change: dict[str, object]) -> None:
    assert content_hash(replace(an_invoice(), **change)) == content_hash(an_invoice())  # type: ignore[arg-type]


def test_the_order_of_the_rows_and_the_scale_of_a_number_are_not_content() -> None:
    lines = (a_line("1.00", quantity=Decimal("1.50")), a_line("2.00"))
    back = (a_line("2"), a_line("1.0", quantity=Decimal("1.5")))
    assert content_hash(an_invoice("3.00", *lines)) == content_hash(an_invoice("3.00", *back))


@pytest.mark.parametrize(
    "change",
    [
        {"total": usd("1284.38")},
        {"due_date": date(2026, 11, 4)},
        {"description": "Water"},
        {"lines": (a_line(), a_line("0.00"))},
        {"custom": {"job": "7"}},
        {"tax_total": usd("0.00")},
    ],
)
def test_what_could_be_booked_is_content(change: dict[str, object]) -> None:
    assert content_hash(replace(an_invoice(), **change)) != content_hash(an_invoice())  # type: ignore[arg-type]


def test_the_payload_hash_covers_what_is_sent_by_value() -> None:
    assert payload_hash(a_plan()) == payload_hash(a_plan(amount=Decimal("1284.3700")))
    assert payload_hash(a_plan()) == payload_hash(a_plan(description_cut=True))
    assert payload_hash(a_plan()) != payload_hash(a_plan(branch="NORTH"))


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("INV-0012", "1NV12"),
        ("inv 12", "1NV12"),
        ("O0S8-B", "588"),
        ("ＩＮＶ－１２", "1NV12"),
        ("L-100", "1100"),
        ("000", ""),
        ("--", ""),
        ("10-05", "1005"),
    ],
)
def test_a_reference_is_normalised_for_look_alikes(text: str, normal: str) -> None:
    assert normalise_reference(text) == normal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2024-0015", "2024-15"),
        ("INV-0012", "INV12"),
        ("SOL-0012", "SOL-12"),
        ("A 10O", "a100"),
        ("2024-O015", "2024-15"),
        ("10-012", "10012"),
    ],
)
def test_references_that_people_mix_up_share_a_form(one: str, other: str) -> None:
    assert reference_forms(one) & reference_forms(other)


@pytest.mark.parametrize(("one", "other"), [("INV-12", "INV-13"), ("---", "..."), ("8841", "8842")])
def test_other_references_share_none(one: str, other: str) -> None:
    assert not reference_forms(one) & reference_forms(other)


def test_references_compare_as_widely_as_a_server_may() -> None:
    assert same_reference("INV-1 ", "inv-1")
    assert same_reference("ＩＮＶ-1", "INV-1")
    assert not same_reference("INV-1", "INV 1")
    assert not same_reference(None, None)


@given(st.text(max_size=30))
def test_a_normal_form_is_its_own_normal_form(text: str) -> None:
    once = normalise_reference(text)
    assert normalise_reference(once) == once


def test_the_content_of_a_payment_is_all_it_says_in_any_order() -> None:
    one, two = (PaymentApplication(number, None, None, usd("1.00")) for number in "AB")
    payment = StampliPayment("P", "cleared", "Cleared", usd("2.00"), (one, two))
    assert payment_hash(payment) == payment_hash(replace(payment, applications=(two, one)))
    assert payment_hash(payment) != payment_hash(replace(payment, status="voided"))
    assert payment_hash(payment) != payment_hash(replace(payment, status_word="Settled"))


def test_a_mark_is_found_where_a_description_begins_with_it() -> None:
    mark = marker("a key")
    texts = [mark, f" {mark} concrete", f"{mark}: concrete", f"concrete {mark}", f"{mark}7", mark.lower(), "SX42", ""]
    assert [mark_in(text) for text in texts] == [mark, mark, mark, None, None, None, None, None]


def test_an_address_keeps_its_last_letters() -> None:
    place = {**PLACE, "instance": "https://erp.example.com/AXX/"}
    assert document_key(**place, invoice=an_invoice(external_id="1")).startswith("27:https://erp.example.com/axx3:")


def test_without_vendor_and_number_the_key_says_so() -> None:
    invoice = an_invoice(external_id=None, vendor_id=None, invoice_number=None)
    assert document_key(**PLACE, invoice=invoice).endswith("9:reference5:code:7:invoice0:10:2026-10-05")


def test_a_payment_is_another_by_its_word_and_the_same_in_any_order_of_its_invoices() -> None:
    applications = tuple(PaymentApplication(n, None, None, usd("1.00")) for n in ("A", "B"))
    payment = StampliPayment("P", "cleared", "Cleared", usd("2.00"), applications)
    assert payment_hash(replace(payment, applications=applications[::-1])) == payment_hash(payment)
    assert payment_hash(replace(payment, status_word="Paid")) != payment_hash(payment)
    assert payment_hash(replace(payment, applications=applications[:1])) != payment_hash(payment)


def test_the_parts_of_a_reference_are_taken_one_by_one() -> None:
    assert reference_forms("2024-0015") == {"20240015", "202415"}


def test_hashes_on_record_stay_what_they_are() -> None:
    """A later version of this program that made others would take every re-export for a correction."""
    applications = (PaymentApplication("A", "ST-A", "V10005", usd("2.00")),)
    payment = StampliPayment("P", "cleared", "Cleared", usd("2.00"), applications)
    assert content_hash(an_invoice()) == "8f7325aac0d796dddecac343017a79bcd22b8d74a7fe88a497041b1abc4737bd"
    assert payment_hash(payment) == "c2b771795a135eeab7396010784d23360be16c4f2e20d5da0b9c21745503011f"
