"""Subaccounts and branches by their data classes, where the contract does not tell them."""

from __future__ import annotations

from ml_connector.acumatica import values
from ml_connector.acumatica.master_data.dac.classes import BRANCH, ORGANIZATION, SUBACCOUNT
from ml_connector.acumatica.master_data.dac.reading import DacReader
from ml_connector.domain.values.master_data import Branch, Gap, Subaccount


def fetch_subaccounts(reader: DacReader) -> tuple[Subaccount, ...] | Gap:
    """All subaccounts, whole codes."""
    rows = reader.fetch(SUBACCOUNT)
    if isinstance(rows, Gap):
        return rows
    return tuple(
        Subaccount(
            subaccount_id=values.required_text(row, "SubCD"),
            description=values.text(row, "Description") or "",
            active=values.flag(row, "Active") or False,
            record_id=(values.text(row, "NoteID") or "").lower(),
        )
        for row in rows
    )


def fetch_branches(reader: DacReader) -> tuple[Branch, ...] | Gap:
    """The branches of all companies; a company's code comes from its own class, since a branch holds its number."""
    branches, companies = reader.fetch(BRANCH), reader.fetch(ORGANIZATION)
    if isinstance(branches, Gap):
        return branches
    if isinstance(companies, Gap):
        return companies
    codes = {values.whole(row, "OrganizationID"): values.required_text(row, "OrganizationCD") for row in companies}
    return tuple(
        Branch(
            branch_id=(code := values.required_text(row, "BranchCD")),
            name=values.text(row, "AcctName") or code,
            active=values.flag(row, "Active") is not False,
            company_id=codes.get(values.whole(row, "OrganizationID"), ""),
            base_currency=values.text(row, "BaseCuryID"),
        )
        for row in branches
    )
