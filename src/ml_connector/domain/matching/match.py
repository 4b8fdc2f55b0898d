"""Matching payments: from files and checks to one line for each application. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from ml_connector.domain.findings import catalogue_entry, render_figure
from ml_connector.domain.matching.books import PaymentBooks, is_paid, open_books, reference_key
from ml_connector.domain.matching.judging import Surroundings, judge_pair, judge_surplus
from ml_connector.domain.matching.pairing import Pair, pair_claims
from ml_connector.domain.matching.values import Claim, Entry, InvoiceLink, MatchPolicy, PaymentLine
from ml_connector.domain.values.payment import Check, PaymentApplication, PaymentResult, StampliPayment

_RESULT_RANK: dict[PaymentResult, int] = {"break": 0, "waiting": 1, "explained": 2, "matched": 3}
# Money to the wrong party, or twice: first on the list whatever the amount (scenario S39).
_GRAVE_CODES = frozenset({"R11", "R14"})
_Order = tuple[int, int, Decimal, str, str]


def match_payments(
    payments: Iterable[StampliPayment],
    checks: Iterable[Check],
    invoices: Iterable[InvoiceLink],
    policy: MatchPolicy,
) -> tuple[PaymentLine, ...]:
    """One line for each application of each Stampli payment, the gravest first; a payment that does not equal its
    applications has a line of its own. ``checks`` are all AP payments of the tenant with their applications."""
    # Of two invoices with one number, the one with a bill is found by it.
    links = sorted(invoices, key=lambda link: (link.bill is not None, link.invoice_id))
    books = open_books(checks, links)
    known = sorted({payment.payment_id: payment for payment in payments}.values(), key=lambda each: each.payment_id)
    groups: dict[object, list[Claim]] = defaultdict(list)
    for claim in _claims(known, links):
        groups[_group_of(claim)].append(claim)
    lines = [line for group in groups.values() for line in _match_group(group, books, policy)]
    lines += [line for payment in known for line in _unequal(payment)]
    return tuple(sorted(lines, key=_line_order))


def payment_results(lines: Iterable[PaymentLine]) -> Mapping[str, tuple[PaymentResult, str | None]]:
    """The result and code of each payment by its id: those of its gravest line."""
    results: dict[str, tuple[PaymentResult, str | None]] = {}
    for line in sorted(lines, key=_line_order):
        results.setdefault(line.payment_id, (line.result, line.code))
    return results


def _claims(payments: Iterable[StampliPayment], links: Sequence[InvoiceLink]) -> Iterable[Claim]:
    by_id = {link.external_id: link for link in links if link.external_id}
    by_number = {reference_key(link.vendor_id, link.invoice_number): link for link in links if link.invoice_number}
    for payment in payments:
        for application in payment.applications:
            vendor = application.vendor_id or payment.vendor_id
            link = by_id.get(application.external_id or "") or by_number.get(
                reference_key(vendor, application.invoice_number)
            )
            yield _claim(payment, application, link, vendor)
        if not payment.applications:
            yield Claim(payment, None, None, payment.vendor_id, None)


def _claim(
    payment: StampliPayment, application: PaymentApplication, link: InvoiceLink | None, vendor: str | None
) -> Claim:
    own_vendor, own_number = (link.vendor_id, link.invoice_number) if link is not None else (None, None)
    return Claim(payment, application, link, vendor or own_vendor, application.invoice_number or own_number)


def _group_of(claim: Claim) -> object:
    if claim.link is not None:
        return claim.link.invoice_id
    if claim.reference is None:
        return ("payment", claim.payment.payment_id)
    return reference_key(claim.vendor, claim.reference)


def _match_group(claims: Sequence[Claim], books: PaymentBooks, policy: MatchPolicy) -> list[PaymentLine]:
    """All claims on one invoice against all payments of its bill."""
    entries = books.entries_of(claims)
    pairs, surplus = pair_claims(claims, [entry for entry in entries if is_paid(entry)])
    around = Surroundings(entries, books, policy)
    lines = [judge_pair(pair, around) for pair in pairs]
    surplus += _unapplied_again(pairs, books)
    if surplus and lines:
        link = claims[0].link
        live = [place for place, pair in enumerate(pairs) if pair.claim.live]
        place = live[-1] if live else len(lines) - 1
        lines[place] = judge_surplus(lines[place], surplus, link.amount if link is not None else None)
    return lines


def _unapplied_again(pairs: Sequence[Pair], books: PaymentBooks) -> list[Entry]:
    """A second payment of the same amount that names the invoice but is applied to nothing."""
    found = {
        id(entry): entry
        for pair in pairs
        if pair.claim.live and pair.entries
        for entry in books.unapplied_for(pair.claim)
        if entry.amount == pair.claim.amount
    }
    return list(found.values())


def _unequal(payment: StampliPayment) -> Iterable[PaymentLine]:
    """R03 for what a payment is more or less than the sum of its applications."""
    applied = sum((application.amount.amount for application in payment.applications), Decimal(0))
    rest = payment.amount.amount - applied
    if not payment.applications or not rest or payment.status not in ("sent", "cleared"):
        return
    message = f"The payment is {render_figure(payment.amount.amount)}, its invoices add up to {render_figure(applied)}."
    entry = catalogue_entry("R03")
    yield PaymentLine(
        payment_id=payment.payment_id,
        result="break",
        vendor_id=payment.vendor_id,
        invoice_number=None,
        currency=payment.amount.currency,
        stampli=rest,
        acumatica=Decimal(0),
        code="R03",
        message=message,
        fix=entry.fix,
        who=entry.who,
        paid_on=payment.payment_date,
    )


def _line_order(line: PaymentLine) -> _Order:
    grave = 0 if line.code in _GRAVE_CODES else 1
    return (_RESULT_RANK[line.result], grave, -abs(line.difference), line.payment_id, line.invoice_number or "")
