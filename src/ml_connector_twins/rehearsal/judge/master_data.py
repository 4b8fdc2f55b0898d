"""What must stand in the files we receive in `/inbound`: well-formed, complete against the books, quiet when unchanged.

Pure: compares received rows with the Acumatica twin's ground truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from ml_connector_twins.rehearsal.judge.evidence import Evidence, Expectation, Found, Record, amount
from ml_connector_twins.stampli.incoming import ReceivedFile

Row = Mapping[str, str]


def sent_well_formed(feeds: Sequence[str]) -> Expectation:
    """Today one file of each feed came, exactly as the contract writes it, and nothing else was left in the folder."""

    def find(evidence: Evidence) -> Found:
        faults = [fault for file in evidence.received for fault in file.faults]
        counts = {feed: len(evidence.arrived(feed)) for feed in feeds}
        faults += [f"{feed}: {count} files" for feed, count in counts.items() if count != 1]
        told = ", ".join(f"{feed} {_row_count(evidence.latest(feed))}" for feed in feeds)
        return Found("; ".join(faults) or f"rows: {told}", not faults)

    return Expectation("master data goes out", "one well-formed file of each feed", find)


def unchanged_is_quiet(feeds: Sequence[str]) -> Expectation:
    """Feeds whose data did not change since yesterday are not sent again."""

    def find(evidence: Evidence) -> Found:
        again = [feed for feed in feeds if evidence.arrived(feed)]
        return Found(f"sent again: {', '.join(again)}" if again else "not sent again", not again)

    return Expectation(f"unchanged data is not sent again ({', '.join(feeds)})", "not sent again", find)


def vendors_complete(*, not_selectable: Sequence[str]) -> Expectation:
    """Every vendor of the books stands in the newest file; those on hold or inactive cannot be picked (S27)."""

    def find(evidence: Evidence) -> Found:
        received = {row.get("VendorID", ""): row for row in _rows(evidence.latest("vendors"))}
        real = {str(vendor.get("VendorID")).strip() for vendor in evidence.books.vendors}
        faults = _set_faults(real, set(received))
        faults += [f"{v} can be picked" for v in not_selectable if received.get(v, {}).get("Status") != "Inactive"]
        return Found("; ".join(faults) or f"{len(received)} vendors", not faults)

    expected = f"all vendors, {', '.join(not_selectable)} not selectable"
    return Expectation("every vendor with its status", expected, find)


def vendor_reads(case: str, vendor_id: str, **columns: str) -> Expectation:
    """The vendors file came today and shows that vendor with these cells."""

    def find(evidence: Evidence) -> Found:
        if not evidence.arrived("vendors"):
            return Found("no vendors file today", False)
        row = next((r for r in _rows(evidence.latest("vendors")) if r.get("VendorID") == vendor_id), {})
        shown = {column: row.get(column, "missing") for column in columns}
        return Found(", ".join(f"{c}={v}" for c, v in shown.items()), shown == columns)

    return Expectation(case, ", ".join(f"{c}={v}" for c, v in columns.items()), find)


def accounts_usable(*, never: Sequence[str]) -> Expectation:
    """Control accounts and inactive ones never stand in the file as active; usable ones all do (S30)."""

    def find(evidence: Evidence) -> Found:
        active = {r["AccountID"] for r in _rows(evidence.latest("accounts")) if r.get("Active") == "true"}
        faults = [f"{account} is offered" for account in never if account in active]
        job_cost = {
            str(a.get("AccountCD")) for a in evidence.books.accounts if a.get("AccountGroup") and a.get("Active")
        }
        faults += [f"{account} is missing" for account in sorted(job_cost - active)]
        return Found("; ".join(faults) or f"{len(active)} accounts", not faults)

    return Expectation("accounts a clerk may use", f"without {', '.join(never)}", find)


def dimensions_complete() -> Expectation:
    """Active projects, cost tasks and cost codes are all there, none twice, leading zeros kept (S31)."""

    def find(evidence: Evidence) -> Found:
        received = _rows(evidence.latest("dimensions"))
        books = evidence.books
        active_projects = {_text(p, "ProjectID") for p in books.projects if p.get("Status") == "Active"}
        real: dict[str, set[str]] = {
            "PROJECT": active_projects,
            "TASK": {
                f"{_text(t, 'ProjectID')}|{_text(t, 'ProjectTaskID')}"
                for t in books.tasks
                if t.get("Status") == "Active" and _custom(t, "Task.Type") != "Revenue"
            },
            "COSTCODE": {_text(c, "CostCodeID") for c in books.cost_codes if _custom(c, "Items.IsActive") is not False},
        }
        faults: list[str] = []
        for dimension, values in real.items():
            mine = {r["Value"] for r in received if r.get("Dimension") == dimension and r.get("Active") == "true"}
            faults += [f"{dimension} {fault}" for fault in _set_faults(values, mine)]
        counts = ", ".join(f"{len(values)} {dimension}" for dimension, values in real.items())
        return Found("; ".join(faults) or counts, not faults)

    return Expectation("jobs, tasks and cost codes", "all active ones, none twice, leading zeros kept", find)


def order_line_open(case: str, order: str, line: str, open_amount: Decimal) -> Expectation:
    """The newest purchase order file shows that much still billable on a line (S03)."""

    def find(evidence: Evidence) -> Found:
        row = _first(
            _rows(evidence.latest("purchase_orders")), lambda r: (r["OrderNumber"], r["LineNumber"]) == (order, line)
        )
        cell = row.get("OpenAmount", "")
        return Found(f"open {cell or 'unknown'}", bool(cell) and amount(cell) == open_amount)

    return Expectation(case, f"open {open_amount:.2f}", find)


def _rows(file: ReceivedFile | None) -> Sequence[Row]:
    return file.rows if file else ()


def _row_count(file: ReceivedFile | None) -> int:
    return len(_rows(file))


def _first(rows: Iterable[Row], fits: Callable[[Row], bool]) -> Row:
    return next((row for row in rows if fits(row)), {})


def _set_faults(real: set[str], shown: set[str]) -> list[str]:
    missing, extra = sorted(real - shown), sorted(shown - real)
    faults = [f"{len(missing)} missing, such as {missing[0]}"] if missing else []
    return faults + ([f"{len(extra)} too many, such as {extra[0]}"] if extra else [])


def _text(record: Record, name: str) -> str:
    return str(record.get(name) or "").strip()


def _custom(record: Record, name: str) -> object:
    custom = record.get("custom")
    return custom.get(name) if isinstance(custom, Mapping) else None
