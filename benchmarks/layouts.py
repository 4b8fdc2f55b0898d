"""What reading a file by a layout costs beyond what must be: a long CSV file against ``csv.reader`` and ``Decimal``, a
large XML file against bare ``lxml.iterparse``, and memory that does not grow with the file.

Every measurement runs in a process of its own over the same files, ours and the bare one in turn; the turn that took
less of the processor counts. Prints a line a measurement with its target; a missed target is printed, not an error,
since other work on the machine counts too. ``--rows`` and ``--megabytes`` make it short.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sized
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from lxml import etree

from ml_connector.layouts.document import Document
from ml_connector.layouts.reading import read_document_file, stream_document_file
from ml_connector.layouts.shipped import load_shipped_layout

ROWS, MEGABYTES = 1_000_000, 300
SMALLER = 10
LINES = 4
TURNS = 2
CSV_RATIO_MAX, XML_RATIO_MAX, MEMORY_RATIO_MAX = 4.0, 4.0, 1.2
FEED = "approved_invoices"
# As an export of the other side looks: what is the same in all lines of an invoice, then the line.
HEADER = ["StampliID", "Type", "VendorID", "VendorName", "InvoiceNumber", "InvoiceDate", "DueDate", "Currency"]
HEADER += ["Terms", "Branch", "Description", "Total", "TaxTotal", "Status"]
LINE = ["LineNumber", "LineKind", "LineDescription", "Account", "Subaccount", "Quantity", "UnitPrice", "Amount"]
LINE += ["PONumber", "POLine"]
FIGURES = ("Total", "TaxTotal", "Quantity", "UnitPrice", "Amount")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took: seconds of the processor, peak memory of its process in bytes."""

    seconds: float
    peak: int


def invoices(count: int) -> Iterator[tuple[list[str], list[list[str]]]]:
    """The cells of that many invoices: header, and of each line."""
    for number in range(count):
        lines = []
        total = Decimal(0)
        for place in range(1, LINES + 1):
            quantity, cents = place + number % 9, 1_000 + (number * 7_919 + place * 104_729) % 900_000
            price = Decimal(cents).scaleb(-2)
            total += quantity * price
            text = f"Delivery {number * LINES + place} of goods as ordered"
            account = f"{60_000 + (number * 13 + place) % 400}"
            order = [f"{number % 5_000:06d}", str(place)] if place % 2 else ["", ""]
            kind = "Item" if place % 2 else "Expense"
            amount = f"{quantity * price:f}"
            lines.append([str(place), kind, text, account, "0110000", str(quantity), f"{price:f}", amount, *order])
        day = f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
        vendor = [f"V{number % 2_000:06d}", f"Vendor {number % 2_000} & Söhne"]
        texts = ["USD", "30D", "MAIN", f'"Order {number}, as agreed"']
        header = [f"{number:09d}", "Invoice", *vendor, f"INV-{number}", day, day, *texts, f"{total:f}", "0.00"]
        yield [*header, "Approved"], lines


def write_csv(path: Path, rows: int) -> None:
    """A file of that many rows, four to an invoice."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join((*HEADER, *LINE)) + "\r\n")
        for header, lines in invoices(rows // LINES):
            file.writelines(",".join((*header, *each)) + "\r\n" for each in lines)


def write_xml(path: Path, megabytes: float) -> None:
    """A file of at least that size, the same invoices as elements."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<ApprovedInvoices>\n')
        for header, lines in invoices(sys.maxsize):
            inner = "".join(f"      <Line>\n{_elements(LINE, each, 8)}      </Line>\n" for each in lines)
            outer = f"{_elements(HEADER, header, 4)}    <Lines>\n{inner}    </Lines>\n"
            file.write(f"  <ApprovedInvoice>\n{outer}  </ApprovedInvoice>\n")
            if file.tell() >= megabytes * 1e6:
                break
        file.write("</ApprovedInvoices>\n")


def _elements(names: list[str], cells: list[str], indent: int) -> str:
    texts = (each.strip('"').replace("&", "&amp;") for each in cells)
    return "".join(f"{' ' * indent}<{name}>{text}</{name}>\n" for name, text in zip(names, texts, strict=True))


def csv_bare(path: Path) -> Sized:
    """The rows by the standard library alone: every cell split, every figure a ``Decimal``."""
    places = [at for at, name in enumerate((*HEADER, *LINE)) if name in FIGURES]
    count = 0
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for cells in rows:
            for at in places:
                Decimal(cells[at])
            count += 1
    return range(count // LINES)


def csv_whole(path: Path) -> Sized:
    """The file as a pass of the connector reads it: all its documents at once."""
    content = path.read_bytes()
    return read_document_file(load_shipped_layout("standard-csv"), FEED, name=path.name, content=content).documents


def csv_streamed(path: Path) -> Sized:
    """The file one document at a time."""
    return _streamed("standard-csv", path)


def xml_bare(path: Path) -> Sized:
    """Every element by the parser alone, in flat memory."""
    count = 0
    for _, element in etree.iterparse(path):
        if element.tag == "ApprovedInvoice":
            count += 1
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    return range(count)


def xml_whole(path: Path) -> Sized:
    """The file as a pass of the connector reads it: all its documents at once."""
    content = path.read_bytes()
    return read_document_file(load_shipped_layout("standard-xml"), FEED, name=path.name, content=content).documents


def xml_streamed(path: Path) -> Sized:
    """The file one document at a time."""
    return _streamed("standard-xml", path)


def _streamed(layout: str, path: Path) -> Sized:
    with path.open("rb") as file:
        found = stream_document_file(load_shipped_layout(layout), FEED, name=path.name, stream=file)
        return range(sum(isinstance(each, Document) for each in found))


READERS: Mapping[str, Callable[[Path], Sized]] = {
    each.__name__: each for each in (csv_bare, csv_whole, csv_streamed, xml_bare, xml_whole, xml_streamed)
}


def run_reader(name: str, path: Path, invoices_wanted: int | None = None) -> Cost:
    """That reader over the file, in a process of its own; RuntimeError where it read another number of invoices."""
    command = [sys.executable, __file__, "--reader", name, str(path)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if invoices_wanted is not None and found["invoices"] != invoices_wanted:
        raise RuntimeError(f"{name} read {found['invoices']} invoices of {path.name}, not {invoices_wanted}")
    return Cost(found["seconds"], found["peak"])


def print_cost(name: str, path: Path) -> None:
    """What a child process does: reads, and prints what it took."""
    begun = time.process_time()
    found = READERS[name](path)
    seconds = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"seconds": seconds, "peak": peak, "invoices": len(found)}))


def best(names: tuple[str, ...], path: Path) -> Mapping[str, Cost]:
    """The cheaper of two turns of each reader."""
    found: dict[str, list[Cost]] = {name: [] for name in names}
    for _ in range(TURNS):
        for name in names:
            found[name].append(run_reader(name, path))
    return {name: min(costs, key=lambda each: each.seconds) for name, costs in found.items()}


def line(what: str, value: float, value_max: float, note: str) -> str:
    """One measurement with its target."""
    verdict = "ok" if value <= value_max else "OVER"
    return f"{what:<44} {value:6.2f}     at most {value_max}   {verdict}   {note}"


def measure_csv(folder: Path, rows: int) -> Iterator[str]:
    """Time and memory of the long CSV file."""
    path, smaller = folder / "invoices.csv", folder / "smaller.csv"
    write_csv(path, rows)
    write_csv(smaller, rows // SMALLER)
    costs = best(("csv_bare", "csv_streamed", "csv_whole"), path)
    bare = costs["csv_bare"].seconds
    for name, words in (("csv_streamed", "one document at a time"), ("csv_whole", "whole, as a pass reads it")):
        own = costs[name].seconds
        note = f"{own:.2f} s against {bare:.2f} s of csv.reader and Decimal"
        yield line(f"{rows:,} CSV rows {words}", own / bare, CSV_RATIO_MAX, note)
    peak, lower = costs["csv_streamed"].peak, run_reader("csv_streamed", smaller).peak
    note = f"{peak / 1e6:.0f} MB against {lower / 1e6:.0f} MB"
    yield line(f"peak memory, {rows:,} rows against {rows // SMALLER:,}", peak / lower, MEMORY_RATIO_MAX, note)


def measure_xml(folder: Path, megabytes: float) -> Iterator[str]:
    """Time and memory of the large XML file."""
    path, smaller = folder / "invoices.xml", folder / "smaller.xml"
    write_xml(path, megabytes)
    write_xml(smaller, megabytes / SMALLER)
    costs = best(("xml_bare", "xml_streamed", "xml_whole"), path)
    bare, own = costs["xml_bare"].seconds, costs["xml_streamed"]
    for name, words in (("xml_streamed", "one document at a time"), ("xml_whole", "whole, as a pass reads it")):
        seconds = costs[name].seconds
        note = f"{seconds:.2f} s against {bare:.2f} s of lxml.iterparse"
        yield line(f"{megabytes:g} MB of XML {words}", seconds / bare, XML_RATIO_MAX, note)
    lower = run_reader("xml_streamed", smaller)
    note = f"{own.peak / 1e6:.0f} MB against {lower.peak / 1e6:.0f} MB"
    words = f"peak memory, {megabytes:g} MB of XML against {megabytes / SMALLER:g} MB"
    yield line(words, own.peak / lower.peak, MEMORY_RATIO_MAX, note)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--megabytes", type=float, default=MEGABYTES)
    parser.add_argument("--reader", choices=READERS, help=argparse.SUPPRESS)
    parser.add_argument("path", nargs="?", type=Path, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.reader:
        print_cost(told.reader, told.path)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        for each in (*measure_csv(Path(folder), told.rows), *measure_xml(Path(folder), told.megabytes)):
            print(each, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
