"""The verdicts of the posting protocol, values only: what a look-up proves, what a read-back allows, the next step."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ml_connector.domain.values.bill import Bill
from ml_connector.problems import Finding


@dataclass(frozen=True, slots=True)
class NoneThere:
    """No bill with this vendor and reference or this mark; ``shown`` are voided documents and reversals."""

    shown: tuple[Bill, ...] = ()


@dataclass(frozen=True, slots=True)
class Ours:
    """Exactly one bill, and it carries our mark: adopt it."""

    bill: Bill


@dataclass(frozen=True, slots=True)
class Foreign:
    """Somebody else's bill has this vendor and reference: a person decides (reason ``exists``)."""

    bills: tuple[Bill, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Several:
    """More than one bill carries our mark: a person decides (reason ``double``)."""

    bills: tuple[Bill, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class NotProven:
    """The read proves nothing, neither that a bill is there nor that there is none: look again later."""

    note: str


LookUp = NoneThere | Ours | Foreign | Several | NotProven


@dataclass(frozen=True, slots=True)
class Verified:
    """Exactly our one bill is there and equals what was sent."""

    bill: Bill


@dataclass(frozen=True, slots=True)
class TaxDiffers:
    """All is as sent but the tax. Within the tolerance the stated tax may be set on the bill on hold (``plan_taxes``);
    else a person reads ``findings``."""

    computed: Decimal
    stated: Decimal
    within_tolerance: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A person is needed; ``reason`` is the posting's reason. The bill stays as it is."""

    reason: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class TakeOffHold:
    """The bill is on hold and should not be: take it off hold."""


@dataclass(frozen=True, slots=True)
class Release:
    """The bill is balanced and should be released: call the action."""


@dataclass(frozen=True, slots=True)
class WaitForApproval:
    """An approval in Acumatica is pending: look again at the next poll. We never approve."""


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing more is to be sent for this bill: the final re-read may close the posting."""


Verification = Verified | TaxDiffers | Person | NotProven
NextStep = TakeOffHold | Release | WaitForApproval | Finished | Person | NotProven
