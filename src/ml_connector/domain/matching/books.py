"""The Acumatica side of matching: payments as entries, found by document, by vendor and reference, or by their own
reference. Pure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from ml_connector.domain.codes import same_code
from ml_connector.domain.matching.values import Claim, Entry, InvoiceLink
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.payment import Check

# Released payments; "paid" is a released payment with a released application (ap_domain.md 3.1).
_RELEASED_STATUSES = frozenset({"Open", "Closed", "Reserved"})
_CREDIT_TYPE = "Debit Adj."
_REFERENCE_LENGTH_MIN = 4


@dataclass(slots=True)
class PaymentBooks:
    """All entries of all payments, indexed; entries that void others are left out, since the voided payment says so."""

    by_document: dict[BillKey, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    by_reference: dict[tuple[str, str], list[Entry]] = field(default_factory=lambda: defaultdict(list))
    by_number: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    unapplied: list[Entry] = field(default_factory=list)
    voided: list[Entry] = field(default_factory=list)
    linked: frozenset[BillKey] = frozenset()

    def entries_of(self, claims: Iterable[Claim]) -> list[Entry]:
        """Every application to the document these claims mean: to our bill, or to a document of this vendor and
        reference that belongs to no other invoice of ours; in a stable order."""
        found: dict[int, Entry] = {}
        for claim in claims:
            bill = claim.link.bill if claim.link else None
            candidates = list(self.by_document.get(bill, ())) if bill is not None else []
            candidates += [
                entry
                for entry in self.by_reference.get(reference_key(claim.vendor, claim.reference), ())
                if entry.application is not None and entry.application.document not in self.linked - {bill}
            ]
            found |= {id(entry): entry for entry in candidates}
        return sorted(found.values(), key=entry_order)

    def elsewhere(self, claim: Claim) -> list[Entry]:
        """Live entries at another vendor for a document with this number and this amount, of no invoice of ours."""
        if not claim.reference:
            return []
        return [
            entry
            for entry in self.by_number.get(claim.reference.strip().casefold(), ())
            if is_paid(entry)
            and not same_code(entry.check.vendor, claim.vendor)
            and entry.application is not None
            and entry.application.document not in self.linked
            and entry.amount == claim.amount
        ]

    def unapplied_for(self, claim: Claim) -> list[Entry]:
        """Live payments to the vendor that are applied to nothing and name this payment, or this invoice with its
        amount."""
        return [
            entry
            for entry in self.unapplied
            if same_code(entry.check.vendor, claim.vendor)
            and (
                (entry.amount == claim.amount and names_payment(entry.check, claim, by_invoice=True))
                or (entry.amount == claim.payment.amount.amount and names_payment(entry.check, claim))
            )
        ]

    def voided_for(self, claim: Claim) -> list[Entry]:
        """Voided payments to the vendor that show no application any more and name this payment or invoice."""
        return [
            entry
            for entry in self.voided
            if same_code(entry.check.vendor, claim.vendor) and names_payment(entry.check, claim, by_invoice=True)
        ]


def open_books(checks: Iterable[Check], links: Iterable[InvoiceLink]) -> PaymentBooks:
    """The entries of payments, each payment once."""
    books = PaymentBooks(linked=frozenset(link.bill for link in links if link.bill is not None))
    unique = {(check.type, check.number): check for check in checks}
    for _, check in sorted(unique.items()):
        if is_voiding(check):
            continue
        for application in check.applications:
            entry = Entry(check, application)
            books.by_document[application.document].append(entry)
            if application.vendor_ref:
                books.by_reference[reference_key(check.vendor, application.vendor_ref)].append(entry)
                books.by_number[application.vendor_ref.strip().casefold()].append(entry)
        entry = Entry(check, None)
        if not check.applications and is_voided(entry):
            books.voided.append(entry)
        elif not check.applications and is_paid(entry):
            books.unapplied.append(entry)
    return books


def reference_key(vendor: str | None, reference: str | None) -> tuple[str, str]:
    """Vendor and reference as two sides share them."""
    return ((vendor or "").strip().casefold(), (reference or "").strip().casefold())


def is_voiding(check: Check) -> bool:
    """Is this the record that voids another one (acumatica_api.md 7)?"""
    return check.type.strip().casefold().startswith("void")


def is_credit(check: Check) -> bool:
    """Is the payer a debit adjustment, so that no money moves?"""
    return same_code(check.type, _CREDIT_TYPE)


def is_voided(entry: Entry) -> bool:
    """Was the payment voided?"""
    return entry.check.status == "Voided"


def is_paid(entry: Entry) -> bool:
    """Did money leave: a released payment with a released application?"""
    released = entry.application is None or entry.application.released
    return released and entry.check.status in _RELEASED_STATUSES and not is_credit(entry.check)


def is_planned(entry: Entry) -> bool:
    """Is the payment entered but not released?"""
    return not is_paid(entry) and not is_voided(entry) and not is_credit(entry.check)


def names_payment(check: Check, claim: Claim, *, by_invoice: bool = False) -> bool:
    """Does the check carry the payment's reference or id, or (``by_invoice``) the invoice number, as a whole word?"""
    names = {claim.payment.reference, claim.payment.payment_id} | ({claim.reference} if by_invoice else set())
    texts = (check.payment_ref or "", check.description or "")
    return any(name and any(_has_word(text, name) for text in texts) for name in names)


def entry_order(entry: Entry) -> tuple[str, ...]:
    """A stable order: by day, then type and number, then what is paid."""
    check, application = entry.check, entry.application
    day = check.dated_on.isoformat() if check.dated_on else ""
    paid = f"{application.document} {application.amount} {application.vendor_ref}" if application else ""
    return (day, check.type, check.number, paid)


def _has_word(text: str, name: str) -> bool:
    if text.strip().casefold() == name.strip().casefold():
        return True
    if len(name) < _REFERENCE_LENGTH_MIN:
        return False
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None
