"""A pass over a set of files ends at any boundary and is started again: nothing of the set is lost, taken in part or
booked twice, and in the end all of it is moved away together. The store and the exchange are the real ones.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

from ml_connector.engine.face import Boundary, Side
from ml_connector.flows.context import FlowContext
from ml_connector.flows.invoices.carry_invoices import carry_invoices
from ml_connector.layouts.language.layout_file import parse_layout
from ml_connector.stampli.exchange import StampliExchange
from ml_connector.stampli.profiles import ExchangeProfile, FeedProfile
from ml_connector.store.database import Database
from ml_connector.store.disk.archive import Archive
from ml_connector.store.files import FileRepository
from ml_connector.store.invoices.repository import InvoiceRepository
from tests.databases import fresh_database
from tests.flows.in_memory.house import Crash, House, a_house
from tests.scenarios.test_file_sets import HEADERS, LINES, PAIR, PDF
from tests.stampli.folders import InMemoryFolders

LAYOUT = PAIR.replace('noun = "invoice"\n', 'noun = "invoice"\nattachments = ["{external_id}.pdf"]\n')
FILES = {"inv_hdr_1.csv": HEADERS, "inv_lin_1.csv": LINES, "900101.pdf": PDF}
OF_FILES = ("list files", "fetch file", "archive file", "parse file", "record documents", "dispose file")
OF_ATTACHMENTS = ("look for attachments", "fetch attachment", "archive attachment", "record attachment")


@dataclass
class Fuse:
    """A boundary that ends the process at its ``at``-th crossing, counted from 0; None never. It remembers them all."""

    at: int | None = None
    crossed: list[tuple[str, Side]] = field(default_factory=list)

    def cross(self, step: str, side: Side) -> None:
        """Count, and end the process when it is time."""
        self.crossed.append((step, side))
        if len(self.crossed) - 1 == self.at:
            raise Crash


@dataclass
class Office:
    """One connection with real files and records, Acumatica in memory."""

    database: Database
    archive: Archive
    house: House = field(default_factory=a_house)
    folders: InMemoryFolders = field(default_factory=InMemoryFolders)

    def context(self, boundary: Boundary | None = None) -> FlowContext:
        """A process starts."""
        feed = FeedProfile("approved_invoices", "/out", parse_layout(LAYOUT, "pair"), after="move", move_to="/done")
        clock = self.house.clock
        return replace(
            self.house.context(boundary),
            exchange=StampliExchange(ExchangeProfile({"approved_invoices": feed}, {}), self.folders),
            files=FileRepository(self.database, "harbor", clock, archive=self.archive),
            invoices=InvoiceRepository(self.database, "harbor", clock),
        )

    def carry(self, boundary: Boundary | None = None) -> None:
        """One pass, to its end or to its boundary."""
        carry_invoices(self.context(boundary))
        self.house.clock.sleep(3600)


def an_office(folder: Path) -> Office:
    """An office with a whole set in its folder."""
    office = Office(fresh_database(folder), Archive(folder / "archive"))
    for name, content in FILES.items():
        office.folders.write("/out", name, content)
    return office


def faults_of(office: Office) -> list[str]:
    """What is wrong in the end."""
    context = office.context()
    faults = []
    (record,) = context.invoices.load_in()
    if len(office.house.erp.with_mark(record.posting.marker)) != 1:
        faults.append("not one bill")
    if [each.sha256 for each in record.invoice.attachments] != [hashlib.sha256(PDF).hexdigest()]:
        faults.append(f"attachments {record.invoice.attachments}")
    rows = [(row.name, row.state) for row in context.files.load_files()]
    if sorted(rows) != sorted((name, "settled") for name in FILES):
        faults.append(f"rows {rows}")
    if {folder for folder, _ in office.folders.files} != {"/done"} or len(office.folders.files) != len(FILES):
        faults.append(f"lying {list(office.folders.files)}")
    for content in FILES.values():
        context.files.load_content(hashlib.sha256(content).hexdigest())
    return faults


def test_a_set_survives_a_pass_that_ends_at_any_boundary(tmp_path: Path) -> None:
    whole = Fuse()
    first = an_office(tmp_path / "whole")
    first.carry(whole)
    assert faults_of(first) == []
    steps = [*OF_FILES, *OF_ATTACHMENTS]
    cases = [at for at, (step, _) in enumerate(whole.crossed) if step in steps]
    assert {whole.crossed[at][0] for at in cases} == {*steps}
    found = {}
    for at in cases:
        office = an_office(tmp_path / str(at))
        try:
            office.carry(Fuse(at))
        except Crash:
            office.house.clock.sleep(60)
        office.carry()
        office.carry()
        found[(at, *whole.crossed[at])] = faults_of(office)
        office.database.close()
    assert {case: faults for case, faults in found.items() if faults} == {}
