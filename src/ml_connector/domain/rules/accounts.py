"""Rules about accounts and subaccounts of lines that a purchase order does not code (``ap_domain.md`` 4.4). Pure."""

from __future__ import annotations

import re

from ml_connector.domain.codes import bare_code, nearest_codes, resolve_code, same_code
from ml_connector.domain.coding_lists import account_refusal
from ml_connector.domain.findings import finding_of, line_field
from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.rules.lookups import coded_lines, currency_of, line_name
from ml_connector.domain.values.invoice import ApprovedInvoice, InvoiceLine
from ml_connector.domain.values.master_data import Account
from ml_connector.domain.values.money import UNSTATED
from ml_connector.problems import Finding


def check_accounts(invoice: ApprovedInvoice, facts: Facts) -> list[Finding]:
    """A01 to A03, A05, A06, A08 to A11, A13, A16 and A17."""
    currency = currency_of(invoice, facts)
    findings: list[Finding] = []
    for place, line in coded_lines(invoice, facts):
        findings += _check_account(place, line, currency, facts)
        findings += _check_subaccount(place, line, facts)
    return findings


def _check_account(place: int, line: InvoiceLine, currency: str, facts: Facts) -> list[Finding]:
    field = line_field(place, "account")
    if line.account is None:
        # An item brings its own account; a vendor's default account would be a guess.
        return [] if line.inventory_id else [_finding("A16", field, f"Line {line_name(place, line)} has no account.")]
    account = resolve_code(line.account, facts.snapshot.accounts)
    if account is None:
        return [
            _finding(
                "A01",
                field,
                f"Account {line.account} on line {line_name(place, line)} is unknown.",
                line.account,
                facts=facts,
            )
        ]
    name = f"Account {account.account_id} {account.description}".strip() + f" on line {line_name(place, line)}"
    stops = [
        _finding(code, field, f"{name} {words}.", account.account_id, facts=facts)
        for code, words, holds in (
            ("A02", "is inactive", not account.active),
            ("A03", "is reserved for the subledger", bool(account.control)),
            ("A05", "is a cash account", account.cash_account),
            ("A06", f"holds {account.currency}", _other_currency(account, currency)),
            ("A08", "needs a quantity and a unit", account.require_units and not (line.quantity and line.unit)),
        )
        if holds
    ]
    if stops or account.type.strip().casefold() == "expense":
        return stops
    return [_finding("A17", field, f"{name} is of type {account.type}, not an expense account.", account.account_id)]


def _finding(code: str, field: str, message: str, found: str | None = None, *, facts: Facts | None = None) -> Finding:
    offered = facts.snapshot.accounts.values() if facts is not None and code != "A08" else ()
    usable = (account.account_id for account in offered if account_refusal(account) is None)
    suggestions = nearest_codes(found, usable) if found else ()
    return finding_of(code, field, found=found, message=message, suggestions=suggestions)


def _other_currency(account: Account, currency: str) -> bool:
    return account.currency is not None and currency != UNSTATED and not same_code(account.currency, currency)


def _check_subaccount(place: int, line: InvoiceLine, facts: Facts) -> list[Finding]:
    known = facts.snapshot.subaccounts
    if known is None or line.subaccount is None:
        return []
    field, code = line_field(place, "subaccount"), line.subaccount
    found = resolve_code(code, known, segmented=True)
    if found is not None and found.active:
        return []
    usable = [subaccount.subaccount_id for subaccount in known.values() if subaccount.active]
    fault, words, form = ("A11", "is inactive", None) if found is not None else _unknown(code, usable, facts)
    message = f"Subaccount {code} on line {line_name(place, line)} {words}."
    suggestions = nearest_codes(code, usable)
    return [finding_of(fault, field, expected=form, found=code, message=message, suggestions=suggestions)]


def _unknown(code: str, usable: list[str], facts: Facts) -> tuple[str, str, str | None]:
    """Code, words and expected form for a subaccount that does not exist: one that fits the form would be created."""
    told = tuple(segment.length for segment in facts.snapshot.segments or ())
    segments = told or facts.policy.subaccount_segments or _segments_of(usable)
    lengths = {sum(segments)} if segments else {len(bare_code(each)) for each in usable}
    if len(bare_code(code)) in lengths:
        return "A10", "does not exist; a new one would be created", None
    if not segments:
        return "A09", "does not exist", None
    form = "-".join("x" * length for length in segments)
    return "A13", f"does not fit the format {form}", form


def _segments_of(codes: list[str]) -> tuple[int, ...]:
    """Segment lengths as the known codes show them; empty where they show none, or not the same."""
    forms = {tuple(len(part) for part in re.split(r"[\W_]+", code) if part) for code in codes}
    form = forms.pop() if len(forms) == 1 else ()
    return form if len(form) > 1 else ()
