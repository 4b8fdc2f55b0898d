"""Lists that lines are tagged with beside account and job: tax categories, non-stock items, values of attributes."""

from __future__ import annotations

from collections.abc import Sequence

from ml_connector.acumatica import filters, values
from ml_connector.acumatica.master_data.gaps import or_gap
from ml_connector.acumatica.reading import Collection, Reader, Shape
from ml_connector.acumatica.values import Row
from ml_connector.domain.values.master_data import AttributeValue, Gap, InventoryItem, TaxCategory

_CATEGORY_FIELDS = ("TaxCategoryID", "Description", "Active", "LastModifiedDateTime")
_ITEM_FIELDS = ("InventoryID", "Description", "ItemStatus", "LastModifiedDateTime")
_CATEGORIES = Collection("TaxCategory", "TaxCategoryID", 5_000, (Shape(select=_CATEGORY_FIELDS), Shape()))
_ITEMS = Collection("NonStockItem", "InventoryID", 2_000, (Shape(select=_ITEM_FIELDS), Shape()), _ITEM_FIELDS)


def fetch_tax_categories(reader: Reader) -> tuple[TaxCategory, ...] | Gap:
    """All tax categories (TX205500)."""

    def fetch() -> tuple[TaxCategory, ...]:
        return tuple(parse_tax_category(row) for row in reader.fetch_collection(_CATEGORIES))

    return or_gap("Tax categories", fetch)


def parse_tax_category(row: Row) -> TaxCategory:
    """A tax category."""
    return TaxCategory(
        tax_category_id=values.required_text(row, "TaxCategoryID"),
        description=values.text(row, "Description") or "",
        active=values.flag(row, "Active") is not False,
        record_id=values.record_id(row),
        modified_at=values.instant(row, "LastModifiedDateTime"),
    )


def fetch_items(reader: Reader) -> tuple[InventoryItem, ...] | Gap:
    """All non-stock items (IN202000); a stock item is billed by its order alone (``ap_domain.md 2.4``)."""

    def fetch() -> tuple[InventoryItem, ...]:
        return tuple(parse_item(row) for row in reader.fetch_collection(_ITEMS))

    return or_gap("Non-stock items", fetch)


def parse_item(row: Row) -> InventoryItem:
    """A non-stock item."""
    return InventoryItem(
        inventory_id=values.required_text(row, "InventoryID"),
        description=values.text(row, "Description") or "",
        status=values.text(row, "ItemStatus") or "",
        record_id=values.record_id(row),
        modified_at=values.instant(row, "LastModifiedDateTime"),
    )


def fetch_attribute_values(reader: Reader, attributes: Sequence[str]) -> tuple[AttributeValue, ...] | Gap:
    """The values that attributes of these ids may have (CS205000); an attribute without a list has none."""
    if not attributes:
        return ()

    def fetch() -> tuple[AttributeValue, ...] | Gap:
        where = filters.any_of(filters.equals("AttributeID", each) for each in attributes)
        rows = {
            values.required_text(row, "AttributeID").casefold(): row
            for row in reader.fetch_all("AttributeDefinition", (Shape(expand=("Values",)),), where)
        }
        missing = [each for each in attributes if each.casefold() not in rows]
        if missing:
            return Gap(f"Attributes cannot be read: Acumatica has no attribute {', '.join(missing)}")
        return tuple(
            _attribute_value(attribute, value)
            for attribute in attributes
            for value in values.details(rows[attribute.casefold()], "Values") or []
        )

    return or_gap("Attributes", fetch)


def _attribute_value(attribute: str, row: Row) -> AttributeValue:
    code = values.required_text(row, "ValueID")
    return AttributeValue(
        attribute_id=attribute,
        value=code,
        description=values.text(row, "Description") or code,
        active=not values.flag(row, "Disabled"),
    )
