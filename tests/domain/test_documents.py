"""Canonical documents: every member of the contract, exact both ways."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.documents import parse_invoice, parse_payment, render_invoice, render_payment
from ml_connector.domain.documents.canonical import render_canonical
from ml_connector.domain.values.invoice import ApprovedInvoice, Attachment, InvoiceLine, InvoiceTax
from ml_connector.domain.values.money import UNSTATED, Money
from ml_connector.domain.values.payment import PaymentApplication, StampliPayment
from tests.builders import a_line, an_invoice, usd

HEADER = (
    "external_id kind vendor_id vendor_name invoice_number invoice_date due_date post_period currency terms branch "
    "description total tax_total link status lines taxes attachments custom approved_by approved_at applies_to "
    "location"
)
LINE = (
    "line_number kind description account subaccount branch project task cost_code inventory_id quantity unit "
    "unit_price amount tax_category tax_id po_type po_number po_line receipt_number receipt_line retainage_percent "
    "retainage_amount previously_billed custom"
)
PAYMENT = "payment_id status method reference payment_date currency amount vendor_id reason applications"


def test_an_invoice_is_rendered_with_the_members_of_the_contract() -> None:
    document = render_invoice(an_invoice())
    assert set(document) == set(HEADER.split())
    assert isinstance(document["lines"], list)
    assert set(document["lines"][0]) == set(LINE.split())


def test_amounts_are_decimal_texts_days_iso_and_absent_values_none() -> None:
    line = a_line("1284.5", quantity=Decimal("2.500"), unit_price=Decimal("513.8"))
    document = render_invoice(an_invoice("1284.5", line, approved_at=datetime(2026, 10, 6, 9, 30, tzinfo=UTC)))
    assert (document["total"], document["invoice_date"]) == ("1284.50", "2026-10-05")
    assert (document["due_date"], document["approved_at"]) == (None, "2026-10-06T09:30:00Z")
    assert isinstance(document["lines"], list)
    assert (document["lines"][0]["amount"], document["lines"][0]["quantity"]) == ("1284.50", "2.5")


def test_a_full_invoice_comes_back_as_it_was() -> None:
    line = InvoiceLine(
        kind="item",
        amount=usd("-12.3456"),
        line_number="1",
        description="ä\nb",
        quantity=Decimal("-0.000001"),
        unit="EA",
        unit_price=Decimal("9.87"),
        po_type="Normal",
        po_number="PO-1",
        po_line="2",
        receipt_number="PR-1",
        receipt_line="3",
        retainage_percent=Decimal("10"),
        retainage_amount=usd("1.23"),
        previously_billed=usd("0"),
        custom={"job": "7"},
    )
    invoice = an_invoice(
        "100.00",
        line,
        kind="credit_memo",
        due_date=date(2026, 11, 4),
        post_period="2026-10",
        tax_total=usd("1"),
        taxes=(InvoiceTax("GST", usd("90"), usd("1")),),
        attachments=(Attachment("a.pdf", "application/pdf", 12, "ab"), Attachment("b.pdf")),
        approved_at=datetime(2026, 10, 6, tzinfo=UTC),
        custom={"x": "y"},
    )
    assert parse_invoice(render_invoice(invoice)) == invoice


def test_an_invoice_without_a_currency_comes_back_without_one() -> None:
    invoice = an_invoice(currency=None)
    assert invoice.total.currency == UNSTATED
    assert render_invoice(invoice)["currency"] is None
    assert parse_invoice(render_invoice(invoice)) == invoice


@given(
    amounts=st.lists(st.decimals("-99999999", "99999999", places=4), min_size=1, max_size=4),
    texts=st.tuples(*[st.none() | st.text(max_size=8)] * 4),
    day=st.dates(),
    currency=st.sampled_from(["USD", "JPY", "KWD", None]),
)
def test_any_invoice_comes_back_as_it_was(
    amounts: list[Decimal], texts: tuple[str | None, ...], day: date, currency: str | None
) -> None:
    lines = tuple(InvoiceLine("expense", Money(amount, currency or UNSTATED), account=texts[0]) for amount in amounts)
    invoice = ApprovedInvoice(
        kind="invoice",
        vendor_id=texts[1],
        invoice_number=texts[2],
        invoice_date=day,
        total=Money(sum(amounts, Decimal(0)), currency or UNSTATED),
        lines=lines,
        description=texts[3],
        currency=currency,
    )
    assert parse_invoice(render_invoice(invoice)) == invoice


def test_amounts_in_two_currencies_are_a_fault_of_the_program() -> None:
    mixed = replace(an_invoice(), tax_total=Money(Decimal(1), "CAD"))
    with pytest.raises(ValueError, match="another currency"):
        render_invoice(mixed)


@pytest.mark.parametrize(
    "change",
    [
        {"total": "1,284.50"},
        {"total": None},
        {"total": 1284},
        {"kind": "statement"},
        {"invoice_date": "10/05/2026"},
        {"lines": "none"},
        {"lines": [{"kind": "fee", "amount": "1.00"}]},
        {"custom": []},
        {"custom": None, "lines": [{"kind": "expense"}]},
        {"attachments": [{"name": "a", "size": "1"}]},
    ],
)
def test_what_is_no_such_document_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_invoice({**render_invoice(an_invoice()), **change})


def test_a_payment_comes_back_as_it_was() -> None:
    payment = StampliPayment(
        payment_id="P-1",
        status="cleared",
        status_word="Cleared",
        amount=usd("6174.92"),
        applications=(PaymentApplication("BH-7701", "ST-1", "V10002", usd("6174.92"), usd("126.02")),),
        method="ACH",
        reference="77",
        payment_date=date(2026, 10, 15),
        vendor_id="V10002",
        reason="x",
    )
    document = render_payment(payment)
    assert set(document) >= set(PAYMENT.split())
    assert parse_payment(document) == payment
    unknown = replace(payment, status=None, status_word="Weird", amount=Money(Decimal(1), UNSTATED), applications=())
    assert parse_payment(render_payment(unknown)) == unknown
    with pytest.raises(ValueError, match="status"):
        parse_payment({**document, "status": "Weird"})


def test_absent_members_are_empty_ones() -> None:
    document = render_invoice(an_invoice())
    bare = {name: value for name, value in document.items() if name not in ("custom", "taxes", "attachments")}
    assert parse_invoice(bare) == an_invoice()


def test_only_plain_values_have_a_canonical_form() -> None:
    plain = {"b": True, "a": [date(2026, 10, 5), Decimal("1.50"), Decimal("0.00"), datetime(2026, 1, 1, tzinfo=UTC)]}
    assert render_canonical(plain) == '{"a":["2026-10-05","1.5","0","2026-01-01T00:00:00+00:00"],"b":true}'
    with pytest.raises(TypeError, match="no canonical form"):
        render_canonical({"a": 1.5})
