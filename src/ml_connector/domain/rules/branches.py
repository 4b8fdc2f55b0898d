"""Rules about branches and companies (``ap_domain.md`` 1.7 and 4.3). Pure; silent where branches cannot be read."""

from __future__ import annotations

from ml_connector.domain.codes import nearest_codes
from ml_connector.domain.coding_lists import branch_refusal
from ml_connector.domain.findings import finding_of, line_field
from ml_connector.domain.rules.facts import Facts
from ml_connector.domain.rules.lookups import booked_lines, branch_record, header_branch, line_name
from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.problems import Finding


def check_branches(invoice: ApprovedInvoice, facts: Facts) -> list[Finding]:
    """B01, B03 and B07."""
    if not facts.snapshot.branches:
        return []
    header = header_branch(invoice, facts)
    if header is None:
        return [finding_of("B03", "branch", suggestions=_usable(facts)[:3])]
    findings = _usability(header, "branch", "The branch", facts)
    company = branch_record(header, facts)
    for place, line in booked_lines(invoice):
        if line.branch is None:
            continue
        findings += _usability(
            line.branch, line_field(place, "branch"), f"The branch of line {line_name(place, line)}", facts
        )
        own = branch_record(line.branch, facts)
        if own is not None and company is not None and own.company_id != company.company_id:
            name = line_name(place, line)
            message = f"Line {name} belongs to company {own.company_id}, the invoice to {company.company_id}."
            findings.append(
                finding_of(
                    "B07",
                    line_field(place, "branch"),
                    expected=company.company_id,
                    found=own.company_id,
                    message=message,
                )
            )
    return findings


def _usability(code: str, field: str, name: str, facts: Facts) -> list[Finding]:
    record = branch_record(code, facts)
    reason = "not in Acumatica" if record is None else branch_refusal(record)
    if reason is None:
        return []
    suggestions = nearest_codes(code, _usable(facts))
    return [finding_of("B01", field, found=code, message=f"{name}, {code}, is {reason}.", suggestions=suggestions)]


def _usable(facts: Facts) -> list[str]:
    branches = (facts.snapshot.branches or {}).values()
    return sorted(branch.branch_id for branch in branches if branch_refusal(branch) is None)
