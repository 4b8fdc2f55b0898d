"""Taxes of a bill: zone by category, exclusive sales tax, use tax outside the payable, the stated-tax override.

``acumatica_api.md`` 8.4, ``ap_domain.md`` 1.8. Rounds half up to the cent, once per tax.
"""

from __future__ import annotations

from decimal import Decimal

from ml_connector_twins.acumatica.payables.changes import Change
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import ZERO, cents

TAX_ZONE = "CurrentDocument.TaxZoneID"


def zone_default_category(books: Books, zone: str) -> str | None:
    """The category a line of that zone gets when none is sent."""
    for tax in books.table("Tax"):
        for row in tax.rows("Zones"):
            if row.text("TaxZoneID") == zone:
                return row.text("DefaultTaxCategory")
    return None


def applied_taxes(books: Books, zone: str, category: str) -> list[str]:
    """The taxes of a line: those of its category that the zone has too."""
    zone_row, category_row = books.find("TaxZone", zone), books.find("TaxCategory", category)
    if zone_row is None or category_row is None:
        return []
    in_zone = [row.text("TaxID") for row in zone_row.rows("ApplicableTaxes")]
    listed = {row.text("TaxID") for row in category_row.rows("Details")}
    excluded = category_row.flag("ExcludeListedTaxes")
    return [tax_id for tax_id in in_zone if (tax_id in listed) != excluded]


def tax_rate(books: Books, tax_id: str) -> Decimal:
    """The rate in percent of the tax's only schedule row."""
    tax = books.find("Tax", tax_id)
    rows = tax.rows("TaxSchedule") if tax is not None else []
    return rows[-1].amount("TaxRate") if rows else ZERO


def is_use_tax(books: Books, tax_id: str) -> bool:
    """True for a tax that is accrued and not paid to the vendor."""
    tax = books.find("Tax", tax_id)
    return tax is not None and tax.text("TaxType") == "Use"


def enter_taxes(books: Books, bill: Row, change: Change) -> None:
    """Computes the bill's TaxDetails and TaxTotal, or takes the stated ones where that is allowed."""
    computed = _taxable_amounts(books, bill)
    stated = _stated_taxes(books, change, set(computed))
    if stated is not None:
        bill.hidden["taxes_stated"] = True
        _put_rows(books, bill, stated)
    elif bill.hidden.get("taxes_stated") is not True or "Details" in change.details or TAX_ZONE in change.custom:
        # a stated tax stays until the lines or the zone change
        bill.hidden["taxes_stated"] = False
        amounts = {i: (taxable, cents(taxable * tax_rate(books, i) / 100)) for i, taxable in computed.items()}
        _put_rows(books, bill, amounts)
    bill.fields["TaxTotal"] = payable_tax(books, bill)


def payable_tax(books: Books, bill: Row) -> Decimal:
    """The tax the vendor is owed: use tax left out (X05)."""
    rows = bill.rows("TaxDetails")
    return sum((row.amount("TaxAmount") for row in rows if not is_use_tax(books, row.text("TaxID"))), ZERO)


def _taxable_amounts(books: Books, bill: Row) -> dict[str, Decimal]:
    zone = str(bill.custom.get(TAX_ZONE) or "")
    amounts: dict[str, Decimal] = {}
    for line in bill.rows("Details"):
        for tax_id in applied_taxes(books, zone, line.text("TaxCategory")):
            amounts[tax_id] = amounts.get(tax_id, ZERO) + line.amount("Amount")
    return amounts


def _stated_taxes(books: Books, change: Change, computed: set[str]) -> dict[str, tuple[Decimal, Decimal]] | None:
    """The stated taxes where IsTaxValid counts: allowed here, and all among the computed ones (8.4).

    A contract before 23.200 has no IsTaxValid, so it never arrives here.
    """
    allowed = books.switches.on("tax_override")
    if not allowed or change.fields.get("IsTaxValid") is not True or "TaxDetails" not in change.details:
        return None
    stated: dict[str, tuple[Decimal, Decimal]] = {}
    for row in change.details["TaxDetails"]:
        taxable, amount = row.fields.get("TaxableAmount"), row.fields.get("TaxAmount")
        if row.text("TaxID") not in computed or not isinstance(amount, Decimal):
            return None
        stated[row.text("TaxID")] = (taxable if isinstance(taxable, Decimal) else ZERO, amount)
    return stated


def _put_rows(books: Books, bill: Row, amounts: dict[str, tuple[Decimal, Decimal]]) -> None:
    kept = {row.text("TaxID"): row for row in bill.rows("TaxDetails")}
    rows = []
    for tax_id, (taxable, amount) in sorted(amounts.items()):
        row = kept.get(tax_id) or books.new_row()
        rate = tax_rate(books, tax_id)
        row.fields.update({"TaxID": tax_id, "TaxRate": rate, "TaxableAmount": taxable, "TaxAmount": amount})
        rows.append(row)
    bill.details["TaxDetails"] = rows
