"""Payments as both sides tell them: Stampli's payment with its applications, Acumatica's check with its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.money import Money

PaymentStatus = Literal["scheduled", "sent", "cleared", "failed", "voided"]
PaymentResult = Literal["matched", "explained", "break", "waiting"]


@dataclass(frozen=True, slots=True)
class PaymentApplication:
    """One invoice paid by a Stampli payment; ``amount`` without the discount taken."""

    invoice_number: str | None
    external_id: str | None
    vendor_id: str | None
    amount: Money
    discount: Money | None = None


@dataclass(frozen=True, slots=True)
class StampliPayment:
    """One payment of Stampli's file (operator contract, section 4); ``status`` None: the word is not known to the
    connection."""

    payment_id: str
    status: PaymentStatus | None
    status_word: str
    amount: Money
    applications: tuple[PaymentApplication, ...]
    method: str | None = None
    reference: str | None = None
    payment_date: date | None = None
    vendor_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CheckApplication:
    """What a check paid of one document: released (history) or still entered (details)."""

    document: BillKey
    amount: Decimal
    discount: Decimal
    vendor_ref: str | None
    released: bool


@dataclass(frozen=True, slots=True)
class Check:
    """An AP payment record of Acumatica; ``type`` as labelled there (Payment, Check, Voided Payment ...)."""

    type: str
    number: str
    status: str
    vendor: str
    amount: Decimal
    currency: str | None
    applications: tuple[CheckApplication, ...]
    dated_on: date | None = None
    method: str | None = None
    payment_ref: str | None = None
    description: str | None = None
    modified_at: datetime | None = None
