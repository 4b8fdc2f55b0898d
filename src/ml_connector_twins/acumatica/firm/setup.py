"""The firm's set-up: companies, periods, accounts, subaccounts, taxes, terms, currencies (scenarios.md, fixture).

Accounts 10200, 13000, 23000, 49000, 49100 are ours: bank, due from and to branches, discount taken, exchange gain; the
fixture needs them and does not number them.
"""

from __future__ import annotations

import calendar
from datetime import date
from decimal import Decimal

from ml_connector_twins.acumatica.firm.entering import enter, filled
from ml_connector_twins.acumatica.records.books import Books, Branch, Period, Terms
from ml_connector_twins.acumatica.records.values import Value

BANK = "10200"
DUE_FROM = "13000"
DUE_TO = "23000"
PAYABLE = "20000"
RETAINAGE_PAYABLE = "20100"
PO_ACCRUAL = "20300"
USE_TAX_PAYABLE = "24000"
TAX_EXPENSE = "50900"
DISCOUNT_TAKEN = "49000"
EXCHANGE_GAIN = "49100"

_BRANCHES = (
    Branch("MAIN", "Harbor Ridge Main", "HRB", "Harbor Ridge Builders"),
    Branch("NORTH", "Harbor Ridge North", "HRB", "Harbor Ridge Builders"),
    Branch("EQUIP", "Harbor Ridge Equipment", "HRE", "Harbor Ridge Equipment LLC"),
)

_ACCOUNTS: tuple[tuple[str, str, str, str, bool, str], ...] = (
    # number, description, type, account group, active, control module
    (BANK, "Operating bank account", "Asset", "", True, ""),
    (DUE_FROM, "Due from branches", "Asset", "", True, ""),
    (PAYABLE, "Accounts payable", "Liability", "", True, "AP"),
    (RETAINAGE_PAYABLE, "Retainage payable", "Liability", "", True, "AP"),
    (PO_ACCRUAL, "PO accrual", "Liability", "", True, "PO"),
    (DUE_TO, "Due to branches", "Liability", "", True, ""),
    (USE_TAX_PAYABLE, "Use tax payable", "Liability", "", True, ""),
    (DISCOUNT_TAKEN, "Cash discount taken", "Income", "", True, ""),
    (EXCHANGE_GAIN, "Realized exchange gain", "Income", "", True, ""),
    ("50100", "Job cost subcontract", "Expense", "SUB", True, ""),
    ("50200", "Job cost material", "Expense", "MAT", True, ""),
    ("50300", "Job cost equipment rental", "Expense", "EQP", True, ""),
    (TAX_EXPENSE, "Tax on purchases", "Expense", "", True, ""),
    ("61000", "Utilities", "Expense", "", True, ""),
    ("61500", "Office supplies", "Expense", "", False, ""),
)

_SUBACCOUNTS = (("0110000", True), ("0120000", True), ("0210000", True), ("0115000", False))

_PERIODS: tuple[tuple[int, str, bool], ...] = (
    # month of 2026, status, closed in AP
    *((month, "Locked", True) for month in range(1, 8)),
    (8, "Closed", True),
    (9, "Open", True),
    (10, "Open", False),
    (11, "Open", False),
    (12, "Inactive", False),
)

TERMS = (
    Terms("30D", "Net 30 days", 30),
    Terms("2%10N30", "2 % 10 Net 30", 30, Decimal(2), 10),
)


def add_setup(books: Books) -> None:
    """Enters everything documents are built on."""
    books.branches = {branch.code: branch for branch in _BRANCHES}
    books.branch_mapping = {("MAIN", "NORTH"), ("NORTH", "MAIN")}
    books.terms = {terms.code: terms for terms in TERMS}
    books.rates = {"CAD": {date(2026, 10, 5): Decimal("0.7312"), date(2026, 10, 20): Decimal("0.7298")}}
    _add_ledger(books)
    _add_periods(books)
    _add_accounts(books)
    _add_taxes(books)
    for code, name in (("USD", "US Dollar"), ("CAD", "Canadian Dollar")):
        enter(books, "Currency", {"CurrencyID": code, "Description": name, "Active": True, "DecimalPrecision": 2})
    for code, name in (("CHECK", "Printed check"), ("ACH", "Automated clearing house")):
        fields: dict[str, Value] = {"PaymentMethodID": code, "Description": name, "Active": True, "UseInAP": True}
        enter(books, "PaymentMethod", fields)
    enter(books, "VendorClass", {"ClassID": "TRADE", "Description": "Trade vendors"})


def _add_ledger(books: Books) -> None:
    branches = [
        filled(books, {"BranchID": b.code, "BranchName": b.name, "Active": b.active, "CompanyName": b.company_name})
        for b in _BRANCHES
    ]
    companies = [
        filled(books, {"Company": c, "CompanyName": n, "CompanyType": "With Branches", "Active": True})
        for c, n in (("HRB", "Harbor Ridge Builders"), ("HRE", "Harbor Ridge Equipment LLC"))
    ]
    fields: dict[str, Value] = {"LedgerID": "ACTUAL", "Description": "Actual", "Type": "Actual", "Currency": "USD"}
    enter(books, "Ledger", fields, details={"Branches": branches, "Companies": companies})


def _add_periods(books: Books) -> None:
    for company in ("HRB", "HRE"):
        details = []
        for month, status, closed_in_ap in _PERIODS:
            starts_on = date(2026, month, 1)
            ends_on = date(2026, month, calendar.monthrange(2026, month)[1])
            code = f"{month:02d}2026"
            books.periods[company, code] = Period(company, code, starts_on, ends_on, status, closed_in_ap)
            details.append(filled(books, period_fields(books.periods[company, code], month)))
        fields: dict[str, Value] = {
            "Company": company,
            "FinancialYear": "2026",
            "NbrOfPeriods": 12,
            "StartDate": date(2026, 1, 1),
        }
        enter(books, "CompanyFinancialPeriod", fields, details={"Details": details})
    master = [row.copied() for row in details]
    year: dict[str, Value] = {"FinancialYear": "2026", "NbrOfPeriods": 12, "StartDate": date(2026, 1, 1)}
    enter(books, "FinancialPeriod", {**year, "UserDefinedPeriods": False}, details={"Details": master})


def period_fields(period: Period, number: int) -> dict[str, Value]:
    """The contract fields of one period row."""
    return {
        "FinancialPeriodID": period.code,
        "PeriodNbr": f"{number:02d}",
        "Description": period.starts_on.strftime("%B"),
        "StartDate": period.starts_on,
        "EndDate": period.ends_on,
        "LengthInDays": (period.ends_on - period.starts_on).days + 1,
        "Status": period.status,
        "ClosedInAP": period.closed_in_ap,
        "ClosedInAR": period.closed_in_ap,
        "ClosedInCA": period.status in ("Closed", "Locked"),
        "ClosedInFA": period.status in ("Closed", "Locked"),
        "ClosedInIN": period.status in ("Closed", "Locked"),
        "AdjustmentPeriod": False,
    }


def _add_accounts(books: Books) -> None:
    for order, (number, description, kind, group, active, control) in enumerate(_ACCOUNTS, start=1):
        fields: dict[str, Value] = {
            "AccountCD": number,
            "AccountID": 1000 + order,
            "Description": description,
            "Type": kind,
            "AccountGroup": group or None,
            "Active": active,
            "CashAccount": number == BANK,
            "UseDefaultSubaccount": False,
            "RequireUnits": False,
            "Secured": False,
            "PostOption": "Detail",
        }
        form: dict[str, Value] = {
            "AccountRecords.ControlAccountModule": control or None,
            "AccountRecords.AllowManualEntry": not control,
        }
        enter(books, "Account", fields, custom=form)
    for code, name, default in (
        ("SUB", "Subcontract", "50100"),
        ("MAT", "Material", "50200"),
        ("EQP", "Equipment", "50300"),
    ):
        group_fields: dict[str, Value] = {
            "AccountGroupID": code,
            "Description": name,
            "Type": "Expense",
            "Expense": True,
            "Active": True,
            "DefaultAccountID": default,
        }
        enter(books, "AccountGroup", group_fields)
    for serial, (code, active) in enumerate(_SUBACCOUNTS, start=501):
        sub: dict[str, Value] = {"SubaccountCD": code, "SubaccountID": serial, "Active": active, "Secured": False}
        enter(books, "Subaccount", {**sub, "Description": f"Department {code[:2]}-{code[2:5]}-{code[5:]}"})


def _add_taxes(books: Books) -> None:
    rate = Decimal("7.25")
    for code, kind, zone in (("RVRSALES", "Sales", "RVR"), ("USETAX725", "Use", "USETAX")):
        schedule = filled(books, {"TaxID": code, "RevisionID": 1, "StartDate": date(2020, 1, 1), "TaxRate": rate})
        tax: dict[str, Value] = {
            "TaxID": code,
            "Description": f"{kind} tax 7.25 %",
            "TaxType": kind,
            "CalculateOn": "Exclude from document amount",
            "TaxExpenseAccount": TAX_EXPENSE,
            "TaxPayableAccount": USE_TAX_PAYABLE,
        }
        zones = filled(books, {"TaxZoneID": zone, "TaxID": code, "DefaultTaxCategory": "TAXABLE"})
        enter(books, "Tax", tax, details={"TaxSchedule": [schedule], "Zones": [zones]})
        applicable = [filled(books, {"TaxID": code})]
        enter(
            books,
            "TaxZone",
            {"TaxZoneID": zone, "Description": f"Zone {zone}"},
            details={"ApplicableTaxes": applicable},
        )
    for code, name in (("TAXABLE", "Taxable goods"), ("EXEMPT", "Exempt: freight and services")):
        taxes = ("RVRSALES", "USETAX725") if code == "TAXABLE" else ()
        rows = [filled(books, {"TaxID": tax_id, "TaxCategory": code}) for tax_id in taxes]
        category: dict[str, Value] = {"TaxCategoryID": code, "Description": name, "Active": True}
        enter(books, "TaxCategory", {**category, "ExcludeListedTaxes": False}, details={"Details": rows})
