"""Which members a heading may mean: rules from notions to slots. Looks at no value."""

from __future__ import annotations

from dataclasses import dataclass

from ml_connector.layouts.inference.wording.words import notions_of
from ml_connector.layouts.layout import Place

D: Place = "document"
L: Place = "lines"


@dataclass(frozen=True, slots=True)
class Slot:
    """A member and its place."""

    place: Place
    member: str


# Place, member: alternatives, each the notions that a heading must name; the earlier ones fit better.
_INVOICE: tuple[tuple[Place, str, str], ...] = (
    (D, "external_id", "stampli id|stampli|external id|invoice id|document id|id"),
    (D, "kind", "invoice kind|document kind|kind"),
    (D, "vendor_id", "vendor id|vendor number|vendor code|vendor account|vendor"),
    (D, "vendor_name", "vendor name|vendor description|name|vendor"),
    (
        D,
        "invoice_number",
        "vendor invoice number|invoice number|invoice reference|vendor reference|invoice code|document number"
        "|reference number|invoice|number|document|reference",
    ),
    (D, "invoice_date", "invoice date|document date|date"),
    (D, "due_date", "invoice due date|due date|payment due date|due"),
    (D, "post_period", "post period|period|post date"),
    (D, "currency", "currency code|currency|total currency|amount currency|invoice currency"),
    (D, "terms", "payment terms|terms code|terms"),
    (D, "branch", "invoice branch|header branch|branch code|branch id|branch"),
    (D, "description", "invoice description|invoice memo|document description|header description|memo|description"),
    (
        D,
        "total",
        "invoice total amount|invoice total|document total|total amount|invoice amount|document amount|total|amount",
    ),
    (D, "tax_total", "tax total amount|tax total|tax amount|tax"),
    (D, "link", "stampli link|invoice link|link"),
    (D, "status", "invoice status|document status|stampli status|status"),
    (D, "approved_by", "approved by|approved name|approved"),
    (D, "approved_at", "approved at|approved date"),
    (D, "applies_to", "applied to|applied to invoice|original invoice number|original invoice"),
    (D, "location", "vendor location|location code|location"),
    (L, "line_number", "line number|line id|line|serial|number"),
    (L, "kind", "line kind|kind"),
    (
        L,
        "description",
        "line description|line item description|item description|line memo|line name|description|memo|name",
    ),
    (L, "account", "line account|account number|account code|account id|account"),
    (L, "subaccount", "sub account code|sub account|sub code|sub"),
    (L, "branch", "line branch|branch code|branch id|branch"),
    (L, "project", "project id|project code|project number|project"),
    (L, "task", "project task|task id|task code|task"),
    (L, "cost_code", "cost code|cost kind"),
    (L, "inventory_id", "item id|item number|item code|item"),
    (L, "quantity", "line quantity|quantity"),
    (L, "unit", "unit"),
    (L, "unit_price", "unit price|unit cost|price"),
    (
        L,
        "amount",
        "line amount|line total|line net amount|extended amount|extended cost|extended price|net amount|amount|net"
        "|extended|total",
    ),
    (L, "tax_category", "tax category"),
    (L, "tax_id", "tax id|tax code|tax kind"),
    (L, "po_type", "po kind|po order kind|order kind"),
    (L, "po_number", "po number|po order number|order number|po order|po id|po|order"),
    (L, "po_line", "po line number|po line|po order line|order line number|order line|po order line number"),
    (L, "receipt_number", "po receipt number|receipt number|receipt"),
    (L, "receipt_line", "receipt line number|receipt line"),
    (L, "retainage_percent", "retainage percent"),
    (L, "retainage_amount", "retainage amount|retainage"),
    (L, "previously_billed", "previous billed amount|previous billed"),
    ("taxes", "tax_id", "tax id|tax code|tax kind|id|code|tax"),
    ("taxes", "taxable_amount", "tax taxable amount|taxable amount|tax taxable|taxable|net amount|net"),
    ("taxes", "amount", "tax amount|amount|tax|total"),
    ("attachments", "name", "file name|file document|file|name"),
    ("attachments", "media_type", "file kind|media kind|media|kind"),
    ("attachments", "content", "file content|content|file"),
    ("control", "lines", "invoice line count|line count|number line|invoice line|document line|line"),
    (
        "control",
        "documents",
        "batch document count|document count|invoice count|batch document|batch invoice",
    ),
    ("control", "rows", "row count|record count|number record|batch line|batch record"),
    ("control", "total", "batch total amount|batch total|batch amount|total amount|total"),
    ("control", "serial", "batch serial|serial number|serial|batch number|batch id"),
)
_PAYMENT: tuple[tuple[Place, str, str], ...] = (
    (D, "payment_id", "payment id|payment number|payment code|id|payment"),
    (D, "status", "payment status|status"),
    (D, "method", "payment method|payment kind|method|kind"),
    (D, "reference", "payment reference number|payment reference|reference number|reference"),
    (D, "payment_date", "payment date|payment at|date"),
    (D, "currency", "payment currency|currency code|currency"),
    (D, "amount", "payment amount|payment total|total amount|total|amount"),
    (D, "vendor_id", "vendor id|vendor number|vendor code|vendor"),
    (D, "reason", "void reason|status reason|reason"),
    ("applications", "vendor_id", "vendor id|vendor number|vendor code|vendor"),
    (
        "applications",
        "invoice_number",
        "vendor invoice number|invoice number|invoice reference|document number|invoice|document",
    ),
    ("applications", "external_id", "stampli id|invoice id|document id|external id|stampli"),
    (
        "applications",
        "amount",
        "applied amount|applied payment|invoice amount|invoice applied amount|line amount|applied|amount",
    ),
    ("applications", "discount", "discount amount|discount applied|discount"),
)
# A rule that names less than the heading does fits worse.
_PER_LEFT_OVER = 3.0
_PER_UNKNOWN = 2.0
_PER_NOTION = 4.0
_PER_RANK = 0.25


def meanings_of(label: str, document: str) -> dict[Slot, float]:
    """What the heading may mean, with how well it fits (0 and less: not at all)."""
    named, unknown = notions_of(label)
    rules = _INVOICE if document == "approved_invoice" else _PAYMENT
    found: dict[Slot, float] = {}
    for place, member, alternatives in rules:
        for rank, each in enumerate(alternatives.split("|")):
            wanted = frozenset(each.split())
            if wanted <= named:
                left = len(named - wanted)
                score = (
                    8 + _PER_NOTION * len(wanted) - _PER_LEFT_OVER * left - _PER_UNKNOWN * unknown - _PER_RANK * rank
                )
                slot = Slot(place, member)
                found[slot] = max(found.get(slot, 0.0), score)
    return {slot: score for slot, score in found.items() if score > 0}
