"""How an approved invoice must end: as exactly one bill equal to it, refused with a code and no bill, or waiting.

Bills, lines and ledger entries are the twin's ground truth; states and findings are the product's words. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from ml_connector_twins.rehearsal.judge.evidence import Books, Evidence, Expectation, Found, Record, amount, is_payable
from ml_connector_twins.rehearsal.product import mapping, rows
from ml_connector_twins.stampli.outgoing import ApprovedInvoice, InvoiceLine

_BOOKED_STATES = ("posted", "paid")
_AP_ACCOUNT = "20000"
_LINE_KINDS = ("Expense", "Item", "Freight")


def booked(case: str, invoice: ApprovedInvoice) -> Expectation:
    """Exactly one payable bill (a credit memo: Debit Adj.), equal line by line and to the cent, ledger included."""
    kind = bill_type(invoice)
    expected = f"one {kind} of {_money(abs(invoice.total))}, released"

    def find(evidence: Evidence) -> Found:
        state = str(evidence.invoice(invoice.stampli_id).get("state", "unknown to the connector"))
        bills = evidence.books.bills_of(invoice.vendor_id, invoice.invoice_number)
        faults = [*_state_faults(state), *_bill_faults(invoice, kind, bills, evidence.books)]
        return Found(_in_words(state, bills, faults), not faults)

    return Expectation(case, expected, find)


def refused(
    case: str, invoice: ApprovedInvoice, *codes: str, suggestion: str = "", bills_by_hand: int = 0
) -> Expectation:
    """Parked for a person with one of ``codes``; no bill but those people made by hand before."""
    expected = f"refused with {' or '.join(codes)}" + (f", suggesting {suggestion}" if suggestion else "") + ", no bill"

    def find(evidence: Evidence) -> Found:
        row = evidence.invoice(invoice.stampli_id)
        state = str(row.get("state", "unknown to the connector"))
        findings = rows(row.get("findings"))
        stops = [finding for finding in findings if finding.get("code") in codes]
        bills = evidence.books.bills_of(invoice.vendor_id, invoice.invoice_number)
        found_codes = ", ".join(str(finding.get("code")) for finding in findings) or "no finding"
        told = not suggestion or any(suggestion in str(finding.get("suggestions")) for finding in stops)
        ok = state == "needs_attention" and bool(stops) and told and len(bills) == bills_by_hand
        words = f"{state}: {found_codes}" + ("" if told else f", {suggestion} not suggested") + _bills_in_words(bills)
        return Found(words, ok)

    return Expectation(case, expected, find)


def waits(case: str, invoice: ApprovedInvoice) -> Expectation:
    """Recorded, not final, no bill."""

    def find(evidence: Evidence) -> Found:
        state = str(evidence.invoice(invoice.stampli_id).get("state", "unknown to the connector"))
        bills = evidence.books.bills_of(invoice.vendor_id, invoice.invoice_number)
        return Found(state + _bills_in_words(bills), state == "received" and not bills)

    return Expectation(case, "recorded and waiting for a final status, no bill", find)


def not_taken(case: str, invoice: ApprovedInvoice) -> Expectation:
    """Nothing of it may be booked: its file, or its rows in the file, could not be read whole."""

    def find(evidence: Evidence) -> Found:
        state = str(evidence.invoice(invoice.stampli_id).get("state", "not taken"))
        bills = evidence.books.bills_of(invoice.vendor_id, invoice.invoice_number)
        return Found(state + _bills_in_words(bills), state not in ("posting", *_BOOKED_STATES) and not bills)

    return Expectation(case, "not booked", find)


def bill_type(invoice: ApprovedInvoice) -> str:
    """The Acumatica document an invoice becomes (`ap_domain.md` 1.1)."""
    if invoice.kind == "Credit Memo" or invoice.total < 0:
        return "Debit Adj."
    return "Prepayment" if invoice.kind == "Prepayment" else "Bill"


def no_stray_bills(planted: Iterable[ApprovedInvoice], *, by_hand: Iterable[tuple[str, str]]) -> Expectation:
    """No bill in the books but one for each booked invoice and those people typed: the auditor's own count."""
    known = {(i.vendor_id.casefold(), i.invoice_number.casefold()) for i in planted}
    typed = {(vendor.casefold(), number.casefold()) for vendor, number in by_hand}

    def find(evidence: Evidence) -> Found:
        seen: dict[tuple[str, str], int] = {}
        for bill in evidence.books.bills:
            if bill.get("Status") != "Voided":
                key = (str(bill.get("Vendor")).casefold(), str(bill.get("VendorRef")).casefold())
                seen[key] = seen.get(key, 0) + 1
        strays = [f"{vendor}/{number}" for vendor, number in seen if (vendor, number) not in known | typed]
        twice = [f"{vendor}/{number}" for (vendor, number), count in seen.items() if count > 1]
        faults = [f"belongs to no invoice: {', '.join(strays)}"] if strays else []
        faults += [f"more than one: {', '.join(twice)}"] if twice else []
        return Found("; ".join(faults) or f"{len(seen)} bills, each of one invoice", not faults)

    return Expectation("no bill without an invoice, none twice", "each bill belongs to one invoice", find)


def _state_faults(state: str) -> list[str]:
    return [] if state in _BOOKED_STATES else [f"the connector says {state}"]


def _bill_faults(invoice: ApprovedInvoice, kind: str, bills: Sequence[Record], books: Books) -> list[str]:
    if len(bills) != 1:
        return [f"{len(bills)} bills"]
    bill = bills[0]
    faults = [] if bill.get("Type") == kind else [f"type {bill.get('Type')}"]
    faults += [] if is_payable(bill) else [f"status {bill.get('Status')}"]
    booked_total = amount(bill.get("Amount"))
    faults += [] if booked_total == abs(invoice.total) else [f"amount {_money(booked_total)}"]
    faults += _line_faults(invoice, rows(bill.get("Details")))
    return faults + _ledger_faults(bill, abs(invoice.total), books.entries, is_credit=kind == "Debit Adj.")


def _line_faults(invoice: ApprovedInvoice, details: Sequence[Record]) -> list[str]:
    lines = [line for line in invoice.lines if line.kind in _LINE_KINDS]
    wanted = sorted(_line_facts(line) for line in lines)
    booked_lines = sorted(_detail_facts(detail) for detail in details)
    if wanted == booked_lines:
        return []
    return [f"lines {booked_lines}, sent {wanted}"]


def _line_facts(line: InvoiceLine) -> tuple[str, ...]:
    coding = (line.account, line.subaccount.replace("-", ""), line.project, line.task, line.cost_code)
    return (_money(abs(line.amount)), *coding, line.po_number, line.po_line)


def _detail_facts(detail: Record) -> tuple[str, ...]:
    names = ("Account", "Subaccount", "Project", "ProjectTask", "CostCode", "POOrderNbr", "POLine")
    texts = {name: str(detail.get(name) or "").strip() for name in names}
    texts["Subaccount"] = texts["Subaccount"].replace("-", "")
    return (_money(abs(amount(detail.get("Amount")))), *(texts[name] for name in names))


def _ledger_faults(bill: Record, total: Decimal, entries: Sequence[Record], *, is_credit: bool) -> list[str]:
    document = f"{bill.get('Type')} {bill.get('ReferenceNbr')}"
    mine = [entry for entry in entries if entry.get("document") == document]
    debit = sum((amount(entry.get("debit")) for entry in mine), Decimal(0))
    credit = sum((amount(entry.get("credit")) for entry in mine), Decimal(0))
    payable_side = "debit" if is_credit else "credit"
    payable = [entry for entry in mine if entry.get("account") == _AP_ACCOUNT]
    moved = sum((amount(entry.get(payable_side)) for entry in payable), Decimal(0))
    faults = [] if debit == credit else [f"ledger debits {_money(debit)}, credits {_money(credit)}"]
    return faults + ([] if moved == total else [f"ledger moves {_money(moved)} on {_AP_ACCOUNT}"])


def _in_words(state: str, bills: Sequence[Record], faults: Sequence[str]) -> str:
    return state + _bills_in_words(bills) + (": " + "; ".join(faults) if faults else "")


def _bills_in_words(bills: Sequence[Record]) -> str:
    if not bills:
        return ""
    each = (
        f"{bill.get('Type')} {bill.get('ReferenceNbr')} {_money(amount(bill.get('Amount')))} {bill.get('Status')}"
        for bill in bills
    )
    return f" ({', '.join(each)})"


def _money(value: Decimal) -> str:
    return f"{value:,.2f}"


def fate(row: Record) -> str:
    """One line for the score card: what became of an invoice, in the product's own words."""
    bill = mapping(row.get("bill"))
    codes = ", ".join(str(finding.get("code")) for finding in rows(row.get("findings")))
    number = f"{bill.get('type')} {bill.get('number')}" if bill else ""
    return " ".join(part for part in (str(row.get("state")), number, f"[{codes}]" if codes else "") if part)
