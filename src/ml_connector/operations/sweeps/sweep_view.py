"""How a sweep is shown outside: ``sweep`` in the document of ``sync``, with what an accountant is told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC

from ml_connector.domain.keys import mark_in
from ml_connector.domain.values.money import UNSTATED, Money
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.domain.values.sweeping import SweepReport


def render_sweep(report: SweepReport) -> dict[str, object]:
    """``sweep`` of ``sync``: what a sweep found, invoices by id, bills by type and number."""

    def ids(records: Iterable[InvoiceRecord]) -> list[str]:
        return [record.posting.id for record in records]

    return {
        "at": report.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "bills": report.bills,
        "doubles": ids(report.doubles),
        "missing": ids(report.missing),
        "back": ids(report.back),
        "linked": ids(report.linked),
        "strangers": [
            {
                "bill": str(bill.key),
                "vendor_id": bill.vendor,
                "invoice_number": bill.vendor_ref,
                "amount": Money(bill.amount, bill.currency or UNSTATED).render(),
                "status": bill.status,
                "mark": mark_in(bill.description),
            }
            for bill in report.strangers
        ],
        "marked": [str(bill.key) for bill in report.marked],
        "restored": report.restored,
        "stopped": report.stopped,
        "messages": list(_sweep_messages(report)),
    }


def _sweep_messages(report: SweepReport) -> Iterator[str]:
    """What an accountant is told."""
    if report.restored:
        yield f"Backup restored: {len(report.linked)} bills found in Acumatica and linked."
    elif report.linked:
        yield f"{len(report.linked)} bills were found in Acumatica that these records did not know, and linked."
    if report.stopped is not None:
        yield f"{report.stopped} Nothing is posted until a person has looked."
    elif report.missing:
        yield f"Bills of {len(report.missing)} invoices are missing in Acumatica."
    if report.doubles:
        yield f"Possible doubles of {len(report.doubles)} invoices."
    if report.strangers:
        yield (
            f"Another connector works on this company: {len(report.strangers)} bills carry a mark like ours that no "
            "invoice here has."
        )
