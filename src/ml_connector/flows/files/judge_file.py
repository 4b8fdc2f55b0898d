"""What a file is after it was read: waiting, refused, taken or settled. Pure."""

from __future__ import annotations

from dataclasses import replace

from ml_connector.domain.values.arrivals import InvoicesRead, PaymentsRead
from ml_connector.domain.values.records import FileRecord


def judge_file(record: FileRecord, read: InvoicesRead | PaymentsRead) -> FileRecord:
    """The file's row after reading: waiting where it looks cut, refused where nothing of it can be read, taken where a
    problem stays open, else settled."""
    documents = len(read.invoices) if isinstance(read, InvoicesRead) else len(read.payments)
    counted = replace(record, documents=documents, problems=read.problems)
    of_file = [problem for problem in read.problems if problem.scope == "file"]
    if read.incomplete:
        return add_reason(replace(counted, state="waiting"), of_file[0].message if of_file else "the file looks cut")
    if of_file:
        return add_reason(replace(counted, state="refused"), of_file[0].message)
    if read.problems:
        told = f"{len(read.problems)} problems; what they are about was not taken"
        return add_reason(replace(counted, state="taken"), told)
    settled = replace(counted, state="settled")
    return settled if documents else add_reason(settled, "nothing in it")


def add_reason(record: FileRecord, told: str) -> FileRecord:
    """The file's row with one thing more that is told of it."""
    return replace(record, reason=f"{record.reason}; {told}" if record.reason else told)
