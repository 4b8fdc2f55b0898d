"""Files go through in groups: what one of a group says, or breaks, is as if each had come alone."""

from __future__ import annotations

from ml_connector.domain.values.posting import PostingState
from ml_connector.flows.files.fetch_files import GROUP_FILES
from ml_connector.flows.invoices.carry_invoices import carry_invoices
from tests.builders import an_invoice
from tests.flows.in_memory.exchange import BROKEN
from tests.flows.in_memory.house import a_house

FEED = "approved_invoices"


def test_more_files_than_a_group_holds_are_all_taken_in_one_pass() -> None:
    house = a_house()
    for number in range(GROUP_FILES + 2):
        house.exchange.drop_invoices(
            f"{number:03}.csv", an_invoice(invoice_number=f"INV-{number}", external_id=f"ST-{number}")
        )
    report = carry_invoices(house.context())
    assert [file.name for file in report.files] == [f"{number:03}.csv" for number in range(GROUP_FILES + 2)]
    assert {file.state for file in report.files} == {"settled"}
    assert len(house.erp.calls("create")) == GROUP_FILES + 2


def test_a_later_version_in_the_same_group_is_held_against_the_earlier_one() -> None:
    house = a_house()
    house.exchange.drop_invoices("1.csv", an_invoice(description="first"))
    house.exchange.drop_invoices("2.csv", an_invoice(description="second"))
    carry_invoices(house.context())
    (row,) = house.invoices.rows.values()
    assert (row.invoice.description, row.posting.state) == ("second", PostingState.DONE)
    arrivals = ("invoice.received", "invoice.replaced")
    assert [note.event for note in house.files.notes if note.event in arrivals] == list(arrivals)


def test_a_line_that_breaks_at_the_second_download_keeps_the_first_file() -> None:
    house = a_house()
    house.exchange.drop_invoices("1.csv", an_invoice())
    house.exchange.drop_invoices("2.csv", an_invoice(invoice_number="INV-2", external_id="ST-2"))
    house.exchange.broken["fetch 2.csv"] = BROKEN
    report = carry_invoices(house.context())
    assert ([(file.name, file.state) for file in report.files], report.errors) == ([("1.csv", "settled")], (BROKEN,))
    house.exchange.broken.clear()
    assert [file.name for file in carry_invoices(house.context()).files] == ["2.csv"]


def test_a_fault_of_the_program_while_one_file_is_recorded_leaves_the_others_of_its_group_alone() -> None:
    house = a_house()
    for number in (1, 2, 3):
        invoice = an_invoice(invoice_number=f"INV-{number}", external_id=f"ST-{number}")
        house.exchange.drop_invoices(f"{number}.csv", invoice)
    house.invoices.unrecordable.add("2.csv")
    report = carry_invoices(house.context())
    assert [(file.name, file.state) for file in report.files] == [("1.csv", "settled"), ("3.csv", "settled")]
    assert [(error.family, "2.csv" in error.message) for error in report.errors] == [("program", True)]
    house.invoices.unrecordable.clear()
    assert [(file.name, file.state) for file in carry_invoices(house.context()).files] == [("2.csv", "settled")]
