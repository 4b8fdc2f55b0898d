"""A layout as a value: which feeds a file format knows, which columns they have, what each cell may say.

A layout is data. It is parsed from TOML in ``layout_file``, read by ``reading`` and written by ``writer``; nothing here
looks at a file of either side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ColumnType = Literal["text", "code", "word", "amount", "quantity", "price", "whole", "day", "period", "instant", "flag"]
Place = Literal["document", "lines", "applications", "attachments"]
DocumentKind = Literal["row", "approved_invoice", "payment"]
Required = Literal["no", "column", "value"]
Direction = Literal["in", "out"]

# The lists of their own that a document of each kind has.
PLACES: Mapping[DocumentKind, tuple[Place, ...]] = {
    "row": ("document",),
    "approved_invoice": ("document", "lines", "attachments"),
    "payment": ("document", "applications"),
}


# The canonical members of operator contract section 4: a layout may fill these and no others.
INVOICE_MEMBERS = (
    "external_id",
    "kind",
    "vendor_id",
    "vendor_name",
    "invoice_number",
    "invoice_date",
    "due_date",
    "post_period",
    "currency",
    "terms",
    "branch",
    "description",
    "total",
    "tax_total",
    "link",
    "status",
    "approved_by",
    "approved_at",
    "applies_to",
    "location",
)
LINE_MEMBERS = (
    "line_number",
    "kind",
    "description",
    "account",
    "subaccount",
    "branch",
    "project",
    "task",
    "cost_code",
    "inventory_id",
    "quantity",
    "unit",
    "unit_price",
    "amount",
    "tax_category",
    "tax_id",
    "po_type",
    "po_number",
    "po_line",
    "receipt_number",
    "receipt_line",
    "retainage_percent",
    "retainage_amount",
    "previously_billed",
)
PAYMENT_MEMBERS = (
    "payment_id",
    "status",
    "method",
    "reference",
    "payment_date",
    "currency",
    "amount",
    "vendor_id",
    "reason",
)
APPLICATION_MEMBERS = ("invoice_number", "external_id", "vendor_id", "amount", "discount")
ATTACHMENT_MEMBERS = ("name", "media_type", "size", "sha256")

# By kind of document and place; a kind that is absent (``row``) takes any member name.
MEMBERS: Mapping[DocumentKind, Mapping[Place, tuple[str, ...]]] = {
    "approved_invoice": {
        "document": INVOICE_MEMBERS,
        "lines": LINE_MEMBERS,
        "attachments": ATTACHMENT_MEMBERS,
    },
    "payment": {"document": PAYMENT_MEMBERS, "applications": APPLICATION_MEMBERS},
}
# What a document cannot be without.
REQUIRED_MEMBERS: Mapping[DocumentKind, tuple[tuple[Place, str], ...]] = {
    "approved_invoice": (("document", "invoice_date"), ("document", "total"), ("lines", "amount")),
    "payment": (
        ("document", "payment_id"),
        ("document", "status"),
        ("document", "amount"),
        ("applications", "amount"),
    ),
}
INVOICE_KINDS = ("invoice", "credit_memo", "prepayment")
LINE_KINDS = ("expense", "item", "tax", "freight", "discount")
PAYMENT_STATUSES = ("scheduled", "sent", "cleared", "failed", "voided")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the heading it is found by, the canonical member it fills and the grammar of its cells.

    ``words`` holds, for the type ``word``, the file's words with their canonical ones.
    """

    name: str
    member: str
    type: ColumnType
    place: Place = "document"
    required: Required = "no"
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FeedLayout:
    """One feed: its columns in the order they are written, and how rows become documents.

    ``group_by`` lists sets of columns, the first whose cells are all filled being the identity of a row's document; it
    is empty where a row is a document. ``line_key`` names the columns by which a line is known again within one.
    """

    name: str
    direction: Direction
    document: DocumentKind
    noun: str
    columns: tuple[Column, ...]
    label: tuple[str, ...] = ()
    group_by: tuple[tuple[str, ...], ...] = ()
    line_key: tuple[str, ...] = ()

    def column(self, name: str) -> Column | None:
        """The column of that exact name, None where there is none."""
        return next((each for each in self.columns if each.name == name), None)


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """How cells stand in the file: the delimiter, and the length in characters at which a field is refused."""

    delimiter: str = ","
    field_characters_max: int = 65_536


@dataclass(frozen=True, slots=True)
class NumberLimits:
    """How many decimals an amount and a quantity or price may have."""

    amount_decimals_max: int = 4
    quantity_decimals_max: int = 6


@dataclass(frozen=True, slots=True)
class Layout:
    """A file format as data, with its version."""

    name: str
    version: int
    feeds: Mapping[str, FeedLayout]
    dialect: CsvDialect = CsvDialect()
    limits: NumberLimits = NumberLimits()
