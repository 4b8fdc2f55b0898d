"""What a claim and its entries come to: matched, explained, a break or waiting, with code and words (``ap_domain.md``
3.4 to 3.6). Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ml_connector.domain.codes import same_code
from ml_connector.domain.findings import catalogue_entry, render_figure
from ml_connector.domain.matching.books import PaymentBooks, is_credit, is_planned, is_voided
from ml_connector.domain.matching.pairing import Pair
from ml_connector.domain.matching.values import Claim, Entry, MatchPolicy, PaymentLine
from ml_connector.domain.values.money import UNSTATED
from ml_connector.domain.values.payment import PaymentResult

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the judgement of a pair may look at besides the pair: all entries of the document, and the books."""

    entries: Sequence[Entry]
    books: PaymentBooks
    policy: MatchPolicy


def judge_pair(pair: Pair, around: Surroundings) -> PaymentLine:
    """The line of one claim."""
    claim, entries = pair.claim, pair.entries
    if claim.payment.status is None:
        word = claim.payment.status_word or "empty"
        return _break(claim, entries, "R27", f"The payment's status '{word}' is not known to this connection.")
    if not claim.live:
        return _judge_unpaid(claim, entries)
    return _judge_both(claim, entries, around) if entries else _judge_one_sided(claim, around)


def judge_surplus(line: PaymentLine, surplus: Sequence[Entry], billed: Decimal | None) -> PaymentLine:
    """The line with entries that answer no claim: the bill is paid twice (R14), or Stampli knows a part only (R06)."""
    more = sum((entry.amount for entry in surplus), _ZERO)
    paid = line.acumatica + more
    names = (*line.checks, *(entry.name for entry in surplus))
    twice = billed is None or paid > billed
    code = "R14" if twice else "R06"
    words = f"Acumatica has {len(names)} payments, {render_figure(paid)} in all: {', '.join(names)}"
    message = f"{words}; the invoice is {render_figure(billed)}." if billed is not None else f"{words}."
    entry = catalogue_entry(code)
    return replace(
        line,
        result="break",
        code=code,
        acumatica=paid,
        checks=names,
        message=message,
        fix=entry.fix,
        who=entry.who,
    )


def _judge_unpaid(claim: Claim, entries: Sequence[Entry]) -> PaymentLine:
    """Scheduled, failed or voided in Stampli."""
    status = claim.payment.status
    if not entries:
        if status == "scheduled":
            return _line(claim, (), "waiting", "Scheduled in Stampli, not paid yet.")
        return _line(claim, (), "matched", f"{str(status).capitalize()} in Stampli, not paid in Acumatica.")
    paid = ", ".join(entry.name for entry in entries)
    code, words = {
        "voided": ("R07", "Voided in Stampli"),
        "failed": ("R09", "Failed in Stampli"),
    }.get(status or "", ("R02", "Only scheduled in Stampli"))
    return _break(claim, entries, code, f"{words}, but paid in Acumatica by {paid}.")


def _judge_one_sided(claim: Claim, around: Surroundings) -> PaymentLine:
    """Paid in Stampli, nothing paid in Acumatica for this document."""
    unapplied = around.books.unapplied_for(claim)
    if unapplied:
        line = _break(claim, unapplied[:1], "R13", f"{unapplied[0].name} in Acumatica is applied to nothing.")
        # A payment of several invoices counts for each with that invoice's share.
        return replace(line, acumatica=claim.amount)
    elsewhere = around.books.elsewhere(claim)
    if elsewhere:
        vendor = elsewhere[0].check.vendor
        return _break(claim, elsewhere[:1], "R11", f"Paid to {claim.vendor} in Stampli, to {vendor} in Acumatica.")
    voided = [entry for entry in around.entries if is_voided(entry)] or around.books.voided_for(claim)
    if voided:
        return _break(claim, (), "R08", f"{voided[0].name} is voided in Acumatica; Stampli shows it as paid.")
    early = _still_early(claim, around.policy)
    planned = [entry for entry in around.entries if is_planned(entry)]
    if planned:
        words = f"{planned[0].name} is entered in Acumatica but not released ({planned[0].check.status})."
        return _line(claim, (), "waiting", words) if early else _break(claim, (), "R23", words)
    if claim.link is not None and claim.link.bill is None:
        return _break(claim, (), "R16", f"Invoice {claim.reference or claim.link.invoice_id} has no bill in Acumatica.")
    if early:
        return _line(claim, (), "waiting", "Sent in Stampli; Acumatica has no payment yet.")
    return _break(claim, (), "R01", f"Stampli paid {render_figure(claim.amount)}; Acumatica has no payment.")


def _judge_both(claim: Claim, entries: Sequence[Entry], around: Surroundings) -> PaymentLine:
    """Paid on both sides."""
    check = entries[0].check
    if claim.vendor is not None and not same_code(check.vendor, claim.vendor):
        return _break(claim, entries, "R11", f"Paid to {claim.vendor} in Stampli, to {check.vendor} in Acumatica.")
    if check.currency and claim.currency != UNSTATED and not same_code(check.currency, claim.currency):
        return _break(claim, entries, "R20", f"Paid in {claim.currency} in Stampli, in {check.currency} in Acumatica.")
    paid = sum((entry.amount for entry in entries), _ZERO)
    discount = sum((entry.discount for entry in entries), _ZERO)
    if paid != claim.amount:
        return _judge_amounts(claim, entries, discount, around)
    if claim.discount and not discount:
        short = render_figure(claim.discount)
        return _break(claim, entries, "R04", f"The discount lapsed in Acumatica: {short} of the bill is still open.")
    if claim.discount and claim.discount != discount:
        words = f"Discount {render_figure(claim.discount)} in Stampli, {render_figure(discount)} in Acumatica."
        return _break(claim, entries, "R04", words)
    if discount:
        words = f"Paid {render_figure(paid)} and {render_figure(discount)} of discount taken."
        return _line(claim, entries, "explained", words, code="R04")
    return _judge_dates(claim, entries, around.policy)


def _judge_amounts(claim: Claim, entries: Sequence[Entry], discount: Decimal, around: Surroundings) -> PaymentLine:
    paid = sum((entry.amount for entry in entries), _ZERO)
    difference = paid - claim.amount
    figures = f"Stampli paid {render_figure(claim.amount)}, Acumatica {render_figure(paid)}"
    if discount and difference == claim.discount - discount:
        words = f"{figures} and {render_figure(discount)} of discount taken."
        return _line(claim, entries, "explained", words, code="R04")
    credits = sum((entry.amount for entry in around.entries if is_credit(entry.check)), _ZERO)
    if credits and difference == -credits:
        return _break(claim, entries, "R05", f"{figures}; a credit of {render_figure(credits)} was applied there.")
    unused = sum((_unused(entry) for entry in entries), _ZERO)
    if difference < 0 and unused >= -difference:
        words = f"{figures} for this bill; {render_figure(unused)} of the payment is not applied."
        return _break(claim, entries, "R06", words)
    return _break(claim, entries, "R03", f"{figures}: {render_figure(abs(difference))} of difference.")


def _judge_dates(claim: Claim, entries: Sequence[Entry], policy: MatchPolicy) -> PaymentLine:
    ours, theirs = claim.payment.payment_date, entries[0].check.dated_on
    if ours is None or theirs is None or ours == theirs:
        return _line(claim, entries, "matched", "Equal on both sides.")
    days = abs((theirs - ours).days)
    apart = "1 day" if days == 1 else f"{days} days"
    words = f"Paid on {ours} in Stampli, on {theirs} in Acumatica, {apart} apart"
    if days > policy.payment_days:
        return _break(claim, entries, "R10", f"{words}; {policy.payment_days} are allowed.")
    if (ours.year, ours.month) != (theirs.year, theirs.month):
        return _line(claim, entries, "explained", f"{words}, in two months.", code="R10")
    return _line(claim, entries, "matched", f"{words}.")


def _unused(entry: Entry) -> Decimal:
    """What of the whole payment is applied to nothing."""
    applied = sum((application.amount for application in entry.check.applications), _ZERO)
    return max(entry.check.amount - applied, _ZERO)


def _still_early(claim: Claim, policy: MatchPolicy) -> bool:
    """Is the payment on its way and not late yet? A cleared one should be on both sides."""
    sent_on: date | None = claim.payment.payment_date
    return (
        claim.payment.status == "sent" and sent_on is not None and (policy.today - sent_on).days <= policy.payment_days
    )


def _break(claim: Claim, entries: Sequence[Entry], code: str, message: str) -> PaymentLine:
    return _line(claim, entries, "break", message, code=code)


def _line(
    claim: Claim, entries: Sequence[Entry], result: PaymentResult, message: str, *, code: str | None = None
) -> PaymentLine:
    entry = catalogue_entry(code) if code is not None else None
    return PaymentLine(
        payment_id=claim.payment.payment_id,
        result=result,
        vendor_id=claim.vendor,
        invoice_number=claim.reference,
        currency=claim.currency,
        stampli=claim.amount if claim.live else _ZERO,
        acumatica=sum((each.amount for each in entries), _ZERO),
        code=code,
        message=message,
        fix=entry.fix if entry is not None else "",
        who=entry.who if entry is not None else "ap",
        paid_on=claim.payment.payment_date or next((each.check.dated_on for each in entries), None),
        invoice_id=claim.link.invoice_id if claim.link is not None else None,
        bill=claim.link.bill if claim.link is not None else None,
        checks=tuple(each.name for each in entries),
    )
