"""From an approved invoice to the bill to create: every code as Acumatica has it, lines as they will be booked. Pure.

Call it only for an invoice without a finding of severity ``stop``: what it cannot resolve it passes on as it stands.
The due date is never sent: nothing in the contract lets the customer choose it over the terms (``ap_domain.md`` 1.6);
``note_due_date`` tells where the two differ.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ml_connector.domain.codes import resolve_code
from ml_connector.domain.codes.renames import follow_invoice
from ml_connector.domain.rules.facts import DESCRIPTION_LENGTH_MAX, NON_PROJECT, Facts
from ml_connector.domain.rules.lookups import (
    booked_lines,
    booked_value,
    branch_code,
    choose_period,
    currency_of,
    header_branch,
    is_project,
    order_label,
    resolve_task,
    vendor_of,
)
from ml_connector.domain.rules.purchase_orders.links import OrderUse, order_uses
from ml_connector.domain.rules.totals import document_difference
from ml_connector.domain.values.bill import BillLine, BillPlan, BillType
from ml_connector.domain.values.invoice import ApprovedInvoice, InvoiceLine, Kind, stated_tax
from ml_connector.numerals import Fault, parse_whole

_TYPES: dict[Kind, BillType] = {"invoice": "Bill", "credit_memo": "Debit Adj.", "prepayment": "Prepayment"}
_RECEIPT_TYPES: dict[Kind, str] = {"invoice": "Receipt", "credit_memo": "Return", "prepayment": "Receipt"}


def plan_bill(invoice: ApprovedInvoice, facts: Facts, *, marker: str) -> BillPlan:
    """The bill to create for an invoice that has a vendor and a number (else ValueError)."""
    if not invoice.vendor_id or not invoice.invoice_number:
        raise ValueError("an invoice without vendor or number cannot be planned")
    invoice = follow_invoice(invoice, facts.snapshot.renames)
    vendor = vendor_of(invoice, facts)
    branch = header_branch(invoice, facts)
    description, cut = _described(invoice.description, marker)
    return BillPlan(
        type=_TYPES[invoice.kind],
        vendor=vendor.vendor_id if vendor else invoice.vendor_id or "",
        vendor_ref=(invoice.invoice_number or "").strip(),
        dated_on=invoice.invoice_date,
        currency=currency_of(invoice, facts),
        amount=invoice.total.amount,
        marker=marker,
        description=description,
        description_cut=cut,
        lines=_plan_lines(invoice, facts, branch),
        stated_tax=_planned_tax(invoice),
        post_period=choose_period(invoice, facts).target,
        terms=invoice.terms if invoice.kind == "invoice" else None,
        branch=branch,
        location=invoice.location,
        note=_note(invoice),
    )


def _plan_lines(invoice: ApprovedInvoice, facts: Facts, branch: str | None) -> tuple[BillLine, ...]:
    uses = order_uses(invoice, facts)
    first_places = {use.places[0]: use for use in uses}
    merged = {place for use in uses for place in use.places[1:]}
    lines = []
    for place, line in booked_lines(invoice):
        if place in merged:
            continue
        use = first_places.get(place)
        planned = _plan_line(line, facts, branch)
        linked = _with_stated_order(planned, line) if use is None else _with_order(planned, use, facts)
        lines.append(_with_receipt(linked, line, invoice.kind) if line.receipt_number else linked)
    return tuple(lines)


def _plan_line(line: InvoiceLine, facts: Facts, branch: str | None) -> BillLine:
    amount = booked_value(line)
    project = _project(line.project, facts)
    job = is_project(project)
    return BillLine(
        amount=amount,
        description=line.description,
        account=_account(line.account, facts),
        subaccount=_subaccount(line.subaccount, facts),
        branch=branch_code(line.branch, facts) or branch,
        project=project,
        task=_task(project, line.task, facts) if job else None,
        cost_code=_cost_code(line.cost_code, facts) if job else None,
        inventory_id=line.inventory_id,
        quantity=_signed(line.quantity, amount),
        unit=line.unit if line.quantity is not None else None,
        tax_category=line.tax_category,
    )


def _with_stated_order(planned: BillLine, line: InvoiceLine) -> BillLine:
    """The order reference as stated, where the order cannot be read; a job it does not state is the order's."""
    if not line.po_number:
        return planned
    return replace(
        planned,
        po_type=order_label(line.po_type),
        po_number=line.po_number,
        po_line=_number(line.po_line),
        project=planned.project if line.project else None,
    )


def _with_order(planned: BillLine, use: OrderUse, facts: Facts) -> BillLine:
    """The line on its order line: the order's coding wins, several invoice lines are one."""
    order_line = use.line
    project = _project(order_line.project, facts) or planned.project
    job = is_project(project)
    return replace(
        planned,
        amount=use.amount,
        quantity=_signed(use.quantity, use.amount),
        unit=(order_line.unit or planned.unit) if use.quantity is not None else None,
        account=order_line.account or planned.account,
        subaccount=order_line.subaccount or planned.subaccount,
        branch=branch_code(use.lines[0].branch, facts) or order_line.branch or planned.branch,
        project=project,
        task=(order_line.task or planned.task) if job else None,
        cost_code=(order_line.cost_code or planned.cost_code) if job else None,
        inventory_id=order_line.inventory_id or planned.inventory_id,
        po_type=use.order.order_type,
        po_number=use.order.order_number,
        po_line=order_line.line_number,
    )


def _with_receipt(linked: BillLine, line: InvoiceLine, kind: Kind) -> BillLine:
    """The line on its receipt, which stands for the order (acumatica_api.md 8.3) and is booked to the accrual account
    that Acumatica chooses itself."""
    return replace(
        linked,
        account=None,
        subaccount=None,
        po_type=None,
        po_number=None,
        po_line=None,
        receipt_type=_RECEIPT_TYPES[kind],
        receipt_number=line.receipt_number,
        receipt_line=_number(line.receipt_line),
    )


def _number(text: str | None) -> int | None:
    number = parse_whole(text.strip()) if text else None
    return None if isinstance(number, Fault) else number


def _planned_tax(invoice: ApprovedInvoice) -> Decimal | None:
    """The stated tax, with the difference between header and lines that the policy lets go to it."""
    tax = stated_tax(invoice)
    difference = document_difference(invoice)
    if not difference:
        return tax.amount if tax is not None else None
    return (tax.amount if tax is not None else Decimal(0)) + difference


def _account(code: str | None, facts: Facts) -> str | None:
    record = resolve_code(code, facts.snapshot.accounts) if code else None
    return record.account_id if record else code


def _subaccount(code: str | None, facts: Facts) -> str | None:
    known = facts.snapshot.subaccounts
    record = resolve_code(code, known, segmented=True) if code and known is not None else None
    return record.subaccount_id if record else code


def _project(code: str | None, facts: Facts) -> str | None:
    known = facts.snapshot.projects
    if known is None:
        return code
    if not is_project(code) or code is None:
        return NON_PROJECT
    record = resolve_code(code, known)
    return record.project_id if record else code


def _task(project: str | None, code: str | None, facts: Facts) -> str | None:
    record = resolve_task(project, code, facts) if code is not None and project is not None else None
    return record.task_id if record else code


def _cost_code(code: str | None, facts: Facts) -> str | None:
    known = facts.snapshot.cost_codes
    record = resolve_code(code, known, segmented=True) if code and known is not None else None
    return record.cost_code_id if record else code


def _signed(quantity: Decimal | None, amount: Decimal) -> Decimal | None:
    """The quantity with the sign of its amount: a debit adjustment has both positive."""
    return None if quantity is None else abs(quantity).copy_sign(amount)


def _described(text: str | None, marker: str) -> tuple[str, bool]:
    """Marker first, then the text on one line, cut with an ellipsis to what the field holds; and whether it was cut."""
    whole = " ".join([marker, *(text or "").split()])
    if len(whole) <= DESCRIPTION_LENGTH_MAX:
        return whole, False
    return whole[: DESCRIPTION_LENGTH_MAX - 1].rstrip() + "…", True


def _note(invoice: ApprovedInvoice) -> str | None:
    parts = [f"Stampli {invoice.external_id}" if invoice.external_id else "", invoice.link or ""]
    return " ".join(part for part in parts if part) or None
