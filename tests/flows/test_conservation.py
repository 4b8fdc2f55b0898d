"""Every pass holds what its files said against what is on record: no false alarm whatever comes in what order, and an
alarm for a cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.values.arrivals import TakenFile
from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.errors import IntegrityError
from ml_connector.flows.invoices.carry_invoices import carry_invoices
from tests.builders import an_invoice, usd
from tests.flows.in_memory.house import a_house
from tests.flows.in_memory.records import InMemoryInvoices

VERSIONS = st.builds(
    an_invoice,
    st.sampled_from(["10.00", "12.50"]),
    external_id=st.sampled_from(["ST-1", "ST-2", "ST-3"]),
    kind=st.sampled_from(["invoice", "invoice", "credit_memo"]),
    status=st.sampled_from(["Authorized for Payment", "Pending Approval", "Canceled Invoice"]),
)
# Each file is followed by a pass that posts, or by none.
FILES = st.lists(st.tuples(st.lists(VERSIONS, min_size=1, max_size=4), st.booleans()), min_size=1, max_size=5)


def numbered(invoice: ApprovedInvoice) -> ApprovedInvoice:
    """One vendor's number an invoice, so that none is taken for another."""
    return replace(invoice, invoice_number=f"INV-{invoice.external_id}")


@settings(max_examples=60, deadline=None)
@given(files=FILES)
def test_no_order_of_versions_raises_a_false_alarm(files: list[tuple[list[ApprovedInvoice], bool]]) -> None:
    house = a_house()
    read, seen = 0, list[list[ApprovedInvoice]]()
    for number, (invoices, at_once) in enumerate(files):
        house.exchange.drop_invoices(f"{number}.csv", *map(numbered, invoices))
        # The same bytes again are not read again.
        read += 0 if invoices in seen else len(invoices)
        seen.append(invoices)
        if at_once or number == len(files) - 1:
            report = carry_invoices(house.context())
            assert [each for each in report.errors if isinstance(each, IntegrityError)] == []
            assert sum(row.read.count for row in report.conserved) == read
            read = 0


class Forgetful(InMemoryInvoices):
    """A store that loses all documents of a file but the first."""

    def save_taken_files(self, files: Sequence[TakenFile[InvoiceRecord, AuditNote]]) -> None:
        super().save_taken_files([replace(each, documents=each.documents[:1]) for each in files])


def test_a_document_that_is_not_on_record_stops_the_trust_in_the_pass() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", an_invoice("10.00"), an_invoice("20.00", external_id="ST-2"))
    house.invoices = Forgetful(house.files, house.clock)

    report = carry_invoices(house.context())

    (error,) = (each for each in report.errors if isinstance(each, IntegrityError))
    assert (error.code, error.facts) == ("flows.not_conserved", ("30.00", "20.00"))
    (row,) = report.conserved
    assert (row.read.total, row.lost.count, row.lost.total) == (usd("30.00").amount, 1, usd("20.00").amount)
