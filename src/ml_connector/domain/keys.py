"""Deterministic identities: the document key, the marker it gives, and the hashes of contents (posting protocol, 1).

Two installations, a restored backup and a new machine compute the same values. Nothing here looks anything up.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from dataclasses import fields

from ml_connector.domain.documents import render_invoice, render_payment
from ml_connector.domain.documents.canonical import hash_of, render_canonical
from ml_connector.domain.values.bill import BillPlan
from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.domain.values.payment import StampliPayment

_MARKER_PREFIX = "SX"
_MARKER_DIGITS = 13
MARK_LENGTH = len(_MARKER_PREFIX) + _MARKER_DIGITS
_MARK = re.compile(rf"\s*({_MARKER_PREFIX}[A-Z2-7]{{{_MARKER_DIGITS}}})(?![A-Za-z0-9])")
# A later file may tell these otherwise without the invoice being another one; none of them is booked.
_VOLATILE = frozenset({"status", "link", "approved_by", "approved_at", "attachments", "vendor_name"})
_VOLATILE_CUSTOM = frozenset({"read_as_credit"})
_NOT_SENT = frozenset({"description_cut"})
_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "S": "5", "B": "8"})
_DIGIT_GROUP_ZEROS = re.compile(r"(?<![0-9])0+")


def document_key(
    *, instance: str, tenant: str, company: str, invoice: ApprovedInvoice, vendor_record_id: str | None = None
) -> str:
    """The document key ``K`` as length-prefixed text: instance and tenant in lower case, the Stampli company, the
    external id. Without an external id: the vendor's record id (else ``code:`` and its code), kind, exact reference and
    invoice date."""
    place = (instance.strip().rstrip("/").lower(), tenant.strip().lower(), company)
    if invoice.external_id:
        return _length_prefixed((*place, "id", invoice.external_id))
    vendor = vendor_record_id or f"code:{invoice.vendor_id or ''}"
    reference = invoice.invoice_number or ""
    return _length_prefixed((*place, "reference", vendor, invoice.kind, reference, invoice.invoice_date.isoformat()))


def marker(key: str) -> str:
    """The mark a bill carries: ``SX`` and 13 base-32 characters of the key's SHA-256 (65 bits)."""
    digest = hashlib.sha256(key.encode("utf-8")).digest()
    return _MARKER_PREFIX + base64.b32encode(digest).decode("ascii")[:_MARKER_DIGITS]


def mark_in(text: str) -> str | None:
    """The mark at the beginning of a bill's description, whichever installation made it; None where there is none."""
    found = _MARK.match(text)
    return None if found is None else found[1]


def reversal_key(key: str) -> str:
    """The document key of the reversal of the bill of another key."""
    return _length_prefixed((key, "reversal"))


def content_hash(invoice: ApprovedInvoice) -> str:
    """SHA-256 of what the invoice says, without what may change while it stays the same: its status, link, approvals,
    attachments, the vendor's name and the order of its rows."""
    content = {name: value for name, value in render_invoice(invoice).items() if name not in _VOLATILE}
    content["lines"] = _sorted_rows(content["lines"])
    content["taxes"] = _sorted_rows(content["taxes"])
    content["custom"] = {name: text for name, text in invoice.custom.items() if name not in _VOLATILE_CUSTOM}
    return hash_of(content)


def payment_hash(payment: StampliPayment) -> str:
    """SHA-256 of everything a payment says, its applications in any order."""
    content = render_payment(payment)
    content["status_word"] = payment.status_word
    content["applications"] = _sorted_rows(content["applications"])
    return hash_of(content)


def payload_hash(plan: BillPlan) -> str:
    """``H``: SHA-256 of every field we send for one bill, decimals by value."""
    return hash_of({field.name: getattr(plan, field.name) for field in fields(plan) if field.name not in _NOT_SENT})


def normalise_reference(text: str) -> str:
    """A reference as look-alikes share it (posting protocol, 8, L2): NFKC, upper case, letters and digits only, O→0,
    I and L→1, S→5, B→8, leading zeros of each digit group dropped. It warns; it is never identity."""
    kept = "".join(each for each in _upper(text) if each.isalnum())
    return _DIGIT_GROUP_ZEROS.sub("", kept.translate(_LOOK_ALIKES))


def reference_forms(text: str) -> frozenset[str]:
    """Every normal form of a reference that counts for a look-alike: as ``normalise_reference`` has it, and with its
    parts (``2024-0015``) taken one by one. Empty for a reference without a letter or digit."""
    parts = re.findall(r"[^\W_]+", _upper(text))
    bare = (_DIGIT_GROUP_ZEROS.sub("", part).translate(_LOOK_ALIKES) for part in parts)
    by_part = "".join(_DIGIT_GROUP_ZEROS.sub("", part) for part in bare)
    return frozenset({normalise_reference(text), by_part} - {""})


def same_reference(one: str | None, other: str | None) -> bool:
    """Are these one reference, compared at least as widely as the server compares: case, form of characters, outer and
    trailing blanks do not count?"""
    return one is not None and other is not None and fold_reference(one) == fold_reference(other)


def fold_reference(text: str) -> str:
    """The one form of all texts that ``same_reference`` takes for one reference."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _upper(text: str) -> str:
    return unicodedata.normalize("NFKC", text).upper()


def _sorted_rows(rows: object) -> list[object]:
    return sorted(rows, key=render_canonical) if isinstance(rows, list) else []


def _length_prefixed(parts: tuple[str, ...]) -> str:
    return "".join(f"{len(part.encode('utf-8'))}:{part}" for part in parts)
