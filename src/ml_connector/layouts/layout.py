"""A layout as a value: which feeds a file format knows, which columns they have, what each cell may say.

A layout is data. It is parsed from TOML in ``layout_file``, read by ``reading`` and written by ``writer``; nothing here
looks at a file of either side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

ColumnType = Literal[
    "text",
    "code",
    "word",
    "amount",
    "quantity",
    "price",
    "whole",
    "day",
    "period",
    "instant",
    "flag",
    "packed",
    "base64",
]
Place = Literal["document", "lines", "shares", "taxes", "applications", "attachments", "control", "key"]
DocumentKind = Literal["row", "approved_invoice", "payment"]
Required = Literal["no", "column", "value"]
Direction = Literal["in", "out"]
FileFormat = Literal["csv", "xml"]
NegativeForm = Literal["before", "after", "parentheses", "unicode_minus", "angle", "cr_suffix"]
CleanUp = Literal["line_ends", "no_break_space", "zero_width", "control", "smart_quotes"]
Wrapping = Literal["gzip", "zip", "pgp"]
SkipTest = Literal["empty", "equals", "starts", "matches"]
RecordPlace = Literal[
    "row", "document", "lines", "shares", "taxes", "applications", "attachments", "opening", "trailer", "ignore"
]
RecordHeading = Literal["none", "one", "each"]

# The lists of their own that a document of each kind has.
PLACES: Mapping[DocumentKind, tuple[Place, ...]] = {
    "row": ("document", "control", "key"),
    "approved_invoice": ("document", "lines", "shares", "taxes", "attachments", "control", "key"),
    "payment": ("document", "applications", "control", "key"),
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
TAX_MEMBERS = ("tax_id", "taxable_amount", "amount")
ATTACHMENT_MEMBERS = ("name", "media_type", "size", "sha256")
# A file gives the first two of an attachment, and its bytes where they are embedded; the rest is computed.
ATTACHMENT_CELLS = ("name", "media_type", "content")
# What a file says of itself: ``lines`` of one document, everything else of the whole file.
CONTROL_MEMBERS = ("documents", "rows", "total", "total_absolute", "lines", "lines_total", "serial", "sha256", "file")

# By kind of document and place; a kind that is absent (``row``) takes any member name.
MEMBERS: Mapping[DocumentKind, Mapping[Place, tuple[str, ...]]] = {
    "approved_invoice": {
        "document": INVOICE_MEMBERS,
        "lines": LINE_MEMBERS,
        "shares": (*LINE_MEMBERS, "packed"),
        "taxes": TAX_MEMBERS,
        "attachments": ATTACHMENT_CELLS,
        "control": CONTROL_MEMBERS,
    },
    "payment": {"document": PAYMENT_MEMBERS, "applications": APPLICATION_MEMBERS, "control": CONTROL_MEMBERS},
    "row": {"control": CONTROL_MEMBERS},
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
class NumberStyle:
    """How figures are written. ``negative`` lists the forms a negative one may take, ``signs`` maps currency signs and
    codes that may stand beside a figure to the currency they mean, ``minor_units`` tells how many decimals it lacks."""

    decimal: str = "."
    grouping: str = ""
    negative: tuple[NegativeForm, ...] = ("before",)
    signs: Mapping[str, str] = field(default_factory=dict)
    minor_units: int = 0


@dataclass(frozen=True, slots=True)
class Extraction:
    """What part of a cell is meant, by a closed list of functions that apply in this order: cut off ``before`` or
    ``after`` a text, ``substring`` (first character from 1, length), the group of ``pattern``, ``lookup``."""

    before: str = ""
    after: str = ""
    substring: tuple[int, int] = (0, 0)
    pattern: str = ""
    lookup: Mapping[str, str] = field(default_factory=dict)
    default: str = ""
    constant: str = ""

    @property
    def changes(self) -> bool:
        """Whether a cell is anything but taken as it stands."""
        return self != Extraction()


@dataclass(frozen=True, slots=True)
class Written:
    """On writing: where member ``member`` of the row has the text ``equals``, the cell says ``text`` instead."""

    member: str
    equals: str
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the heading it is found by, the canonical member it fills and the grammar of its cells.

    ``words`` holds, for the types ``word`` and ``flag``, the file's words with our own. ``position`` counts
    cells from 1 where there is no heading, ``path`` leads to the value in XML, ``record`` names the record it belongs
    to. ``formats`` are the written forms of a day, period or packed cell, the first being the one we write.
    ``undecided`` is a question still open: whatever a file says there, it is refused."""

    name: str
    member: str
    type: ColumnType
    place: Place = "document"
    required: Required = "no"
    words: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    position: int = 0
    path: str = ""
    record: str = ""
    formats: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    split: str = ""
    minus: str = ""
    numbers: NumberStyle | None = None
    extraction: Extraction = Extraction()
    written: tuple[Written, ...] = ()
    undecided: str = ""


@dataclass(frozen=True, slots=True)
class SkipRule:
    """Rows that are no data: those whose cell in ``column`` is empty, equals, starts with or matches ``text``."""

    column: str
    test: SkipTest
    text: str = ""


@dataclass(frozen=True, slots=True)
class RecordType:
    """One type of record: how it is known (a word, a file name or a path), what it makes, and whose child it is.

    ``key`` names the columns that identify it, the document's first, then the line's; without a key a record belongs
    to the one of the level above that stands before it. ``within`` names the type whose element holds this one."""

    name: str
    place: RecordPlace
    word: str = ""
    match: str = ""
    path: str = ""
    within: str = ""
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Records:
    """Several record types in one feed. ``position`` or ``column`` say where a row's type stands in a CSV file, none of
    both where the file or the path tells; ``heading`` is how headings stand: none, one for all, or the first row of
    each type."""

    types: tuple[RecordType, ...]
    position: int = 0
    column: str = ""
    heading: RecordHeading = "none"
    others: Literal["refuse", "ignore"] = "refuse"


@dataclass(frozen=True, slots=True)
class FeedLayout:
    """One feed: its columns in the order they are written, and how rows become documents.

    ``group_by`` lists sets of columns, the first whose cells are all filled being the identity of a row's document; it
    is empty where a row is a document. ``line_key`` names the columns by which a line is known again within one.
    ``carry_down`` columns repeat the row above while the first of them is blank."""

    name: str
    direction: Direction
    document: DocumentKind
    noun: str
    columns: tuple[Column, ...]
    label: tuple[str, ...] = ()
    group_by: tuple[tuple[str, ...], ...] = ()
    line_key: tuple[str, ...] = ()
    carry_down: tuple[str, ...] = ()
    skip: tuple[SkipRule, ...] = ()
    records: Records | None = None
    sign: Literal["as_is", "reversed"] = "as_is"
    mode: Literal["delta", "snapshot"] = "delta"
    balanced: bool = False
    attachments: tuple[str, ...] = ()
    side_file: str = ""
    elements: tuple[str, ...] = ()
    keep_together: tuple[str, ...] = ()

    def column(self, name: str) -> Column | None:
        """The column of that exact name, None where there is none."""
        return next((each for each in self.columns if each.name == name), None)


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """How cells stand in the file: the delimiter, and the length in characters at which a field is refused.

    ``quote`` is empty where nothing is quoted, ``escape`` a backslash where one makes the next character plain,
    ``skip_lines`` counts physical lines before the heading, ``skip_rows`` rows after it."""

    delimiter: str = ","
    field_characters_max: int = 65_536
    encoding: str = "utf-8"
    quote: str = '"'
    escape: str = ""
    heading: bool = True
    skip_lines: int = 0
    skip_rows: int = 0
    trailing_delimiter: bool = False
    comment: str = ""
    clean: tuple[CleanUp, ...] = ()
    repeated_heading: bool = False
    twice_encoded: Literal["refuse", "keep"] = "refuse"
    line_end: str = "\r\n"
    quote_all: bool = False
    byte_order_mark: bool = False
    escape_formulas: bool = False


@dataclass(frozen=True, slots=True)
class XmlDialect:
    """How an XML file is to be read. A DOCTYPE is refused, or accepted and ignored where it has no internal subset;
    prefixes of paths are bound to namespaces by their URI."""

    doctype: Literal["refuse", "ignore"] = "refuse"
    namespaces: Mapping[str, str] = field(default_factory=dict)
    ignore_namespaces: bool = False
    encoding: str = ""
    depth_max: int = 50
    elements_max: int = 100_000
    clean: tuple[CleanUp, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberLimits:
    """How many decimals an amount and a quantity or price may have."""

    amount_decimals_max: int = 4
    quantity_decimals_max: int = 6


@dataclass(frozen=True, slots=True)
class DayStyle:
    """The zone in which an instant's calendar day is taken, the turn of the century of two-digit years, and texts that
    mean no day."""

    zone: str = "UTC"
    pivot: int = 50
    nulls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileRules:
    """Which files are the layout's, when they are whole and what is taken off them.

    ``match`` is a glob of data file names, ``marker`` the name of the file that says another is whole (``{name}``,
    ``{stem}``), ``temporary`` are globs of names still being written, ``unwrap`` lists what may be unpacked."""

    match: str = "*"
    marker: str = ""
    temporary: tuple[str, ...] = ("*.tmp", "*.part", "*.filepart", "*.partial", ".*")
    unwrap: tuple[Wrapping, ...] = ()
    signed: bool = True
    rows_max: int = 0
    bytes_max: int = 0
    done_marker: str = ""
    control_file: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """A file format as data, with its version and the days between which it holds."""

    name: str
    version: int
    feeds: Mapping[str, FeedLayout]
    dialect: CsvDialect = CsvDialect()
    limits: NumberLimits = NumberLimits()
    format: FileFormat = "csv"
    xml: XmlDialect = XmlDialect()
    numbers: NumberStyle = NumberStyle()
    days: DayStyle = DayStyle()
    files: FileRules = FileRules()
    effective_from: date | None = None
    effective_until: date | None = None
    open_questions: tuple[str, ...] = ()
