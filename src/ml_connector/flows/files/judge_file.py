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
        return replace(counted, state="waiting", reason=of_file[0].message if of_file else "the file looks cut")
    if of_file:
        return replace(counted, state="refused", reason=of_file[0].message)
    if read.problems:
        return replace(
            counted, state="taken", reason=f"{len(read.problems)} problems; what they are about was not taken"
        )
    return replace(counted, state="settled", reason=None if documents else "nothing in it")
