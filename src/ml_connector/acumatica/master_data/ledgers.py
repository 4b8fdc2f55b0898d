"""Accounts, subaccounts, branches and financial periods."""

from __future__ import annotations

from collections.abc import Iterable

from ml_connector.acumatica import filters, values
from ml_connector.acumatica.master_data.dac import ledger_rows
from ml_connector.acumatica.master_data.dac.reading import DacReader
from ml_connector.acumatica.master_data.gaps import or_gap
from ml_connector.acumatica.reading import Collection, Reader, Shape
from ml_connector.acumatica.values import Row
from ml_connector.acumatica.wire.client import ApiClient
from ml_connector.acumatica.wire.refusals import ReadFault
from ml_connector.domain.values.master_data import Account, Branch, Gap, PostPeriod, Subaccount

# Not in the contract; an element of the form (GL202500), reached where the site lets $custom reach it (4.2).
_CONTROL = "AccountRecords.ControlAccountModule"
_ACCOUNTS = Collection("Account", "AccountCD", 2_000, (Shape(custom=(_CONTROL,)), Shape()))
_SUBACCOUNTS = Collection("Subaccount", "SubaccountCD", 5_000)
_DETAILS = (Shape(expand=("Details",)),)


def fetch_accounts(reader: Reader) -> tuple[Account, ...]:
    """The chart of accounts."""
    rows = reader.fetch_collection(_ACCOUNTS)
    # The element is empty on ordinary accounts: it says something only where the site shows it on at least one.
    shown = any(values.text(values.custom(row, _CONTROL), "value") for row in rows)
    return tuple(parse_account(row, control_shown=shown) for row in rows)


def parse_account(row: Row, *, control_shown: bool) -> Account:
    """An account (GL202500); ``control`` None where the site does not show it."""
    return Account(
        account_id=values.required_text(row, "AccountCD"),
        description=values.text(row, "Description") or "",
        type=values.text(row, "Type") or "",
        active=values.flag(row, "Active") or False,
        record_id=values.record_id(row),
        account_group=values.text(row, "AccountGroup"),
        cash_account=values.flag(row, "CashAccount") or False,
        require_units=values.flag(row, "RequireUnits") or False,
        currency=values.text(row, "CurrencyID"),
        control=bool(values.text(values.custom(row, _CONTROL), "value")) if control_shown else None,
        modified_at=values.instant(row, "LastModifiedDateTime"),
    )


def fetch_subaccounts(reader: Reader, dac: DacReader) -> tuple[Subaccount, ...] | Gap:
    """All subaccounts, whole codes; the entity has no date of change, so it is always read in full (7). By their data
    class where the endpoint does not serve them."""

    def fetch() -> tuple[Subaccount, ...] | Gap:
        try:
            rows = reader.fetch_collection(_SUBACCOUNTS)
        except ReadFault as fault:
            told = ledger_rows.fetch_subaccounts(dac) if fault.is_absent else None
            if told is None or isinstance(told, Gap):
                raise
            return told
        return tuple(
            Subaccount(
                subaccount_id=values.required_text(row, "SubaccountCD"),
                description=values.text(row, "Description") or "",
                active=values.flag(row, "Active") or False,
                record_id=values.record_id(row),
            )
            for row in rows
        )

    return or_gap("Subaccounts", fetch)


def fetch_branches(reader: Reader, client: ApiClient, dac: DacReader) -> tuple[Branch, ...] | Gap:
    """The branches of all companies: by the structure inquiry, which tells all in one request, else by their data
    class, else by the ledgers (4.3, 7, 9)."""
    for ask in (lambda: _branches_by_inquiry(client), lambda: ledger_rows.fetch_branches(dac)):
        asked = or_gap("Branches", ask)
        if not isinstance(asked, Gap) and asked:
            return asked
    return or_gap("Branches", lambda: _branches_by_ledger(reader))


def _branches_by_inquiry(client: ApiClient) -> tuple[Branch, ...]:
    query = filters.encode_query({"$expand": "Results"})
    try:
        answer = values.parse_row(client.inquire("CompaniesStructure", query, {}))
    except ReadFault as fault:
        if fault.is_absent or fault.is_set_up_missing:
            raise
        # An inquiry that fails on its own account is no reason to give up: the ledgers know the branches too.
        return ()
    rows = values.details(answer, "Results") or []
    branches = [
        Branch(
            branch_id=branch_id,
            name=values.text(row, "BranchName") or branch_id,
            active=values.flag(row, "BranchStatus") is not False,
            company_id=values.text(row, "CompanyID") or "",
            base_currency=values.text(row, "BaseCurrencyID"),
        )
        for row in rows
        if (branch_id := values.text(row, "BranchID")) is not None
    ]
    return tuple({branch.branch_id: branch for branch in branches}.values())


def _branches_by_ledger(reader: Reader) -> tuple[Branch, ...]:
    found: dict[str, Branch] = {}
    rows = reader.fetch_all("Ledger", (Shape(expand=("Branches", "Companies")), Shape(expand=("Branches",))))
    for ledger in sorted(rows, key=lambda row: (values.text(row, "Type") or "").casefold() != "actual"):
        named = {
            values.text(row, "CompanyName"): values.text(row, "Company")
            for row in values.details(ledger, "Companies") or []
        }
        for row in values.details(ledger, "Branches") or []:
            branch_id = values.required_text(row, "BranchID")
            company = values.text(row, "CompanyName") or ""
            branch = Branch(
                branch_id=branch_id,
                name=values.text(row, "BranchName") or branch_id,
                active=values.flag(row, "Active") is not False,
                company_id=named.get(company) or company,
                base_currency=values.text(ledger, "Currency"),
            )
            found.setdefault(branch_id, branch)
    return tuple(found.values())


def fetch_periods(reader: Reader) -> tuple[PostPeriod, ...] | Gap:
    """The financial periods of each company, else those of the tenant's calendar; adjustment periods left out."""
    own = or_gap("Financial periods", lambda: _fetch_years(reader, "CompanyFinancialPeriod"))
    if not isinstance(own, Gap) and own:
        return tuple(parse_periods(own))
    shared = or_gap("Financial periods", lambda: _fetch_years(reader, "FinancialPeriod"))
    return shared if isinstance(shared, Gap) else tuple(parse_periods(shared))


def _fetch_years(reader: Reader, entity: str) -> list[Row]:
    try:
        return reader.fetch_all(entity, _DETAILS)
    except ReadFault as fault:
        if fault.is_absent or fault.is_set_up_missing:
            raise
    years = [reader.fetch_at(entity, f"{entity}/{values.record_id(row)}", _DETAILS) for row in reader.fetch_all(entity)]
    return [year for year in years if year is not None]


def parse_periods(years: Iterable[Row]) -> Iterable[PostPeriod]:
    """The periods of years as ``CompanyFinancialPeriod`` (GL201100) or ``FinancialPeriod`` (GL201000) tells them."""
    for year in years:
        for row in values.details(year, "Details") or []:
            period = values.parse_period(values.text(row, "FinancialPeriodID"))
            if period is None or values.flag(row, "AdjustmentPeriod"):
                continue
            yield PostPeriod(
                period=period,
                status=values.text(row, "Status") or "",
                closed_in_ap=values.flag(row, "ClosedInAP") or False,
                start_on=values.day(row, "StartDate"),
                end_on=values.day(row, "EndDate"),
                company_id=values.text(year, "Company"),
            )
