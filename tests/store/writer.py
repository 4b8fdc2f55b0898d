"""A process that writes as fast as it can until it is killed; run by ``test_killed``.

Each round takes a file with two invoices and moves the first of them, and prints its number once that is committed.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from ml_connector.clock import SystemClock
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.posting import PostingState
from ml_connector.store.database import open_database
from ml_connector.store.invoices import InvoiceRepository
from tests.store.records import NAME, a_file, a_note, a_record


def write_for_ever(url: str, process: str) -> None:
    """Write rounds until killed; ``process`` is two characters that keep its ids apart."""
    database = open_database(url)
    invoices = InvoiceRepository(database, NAME, SystemClock())
    number = 0
    while True:
        number += 1
        suffix = f"{process}{number:06d}"
        file = a_file(f"f{suffix}", name=f"{suffix}.csv", content=suffix)
        one = a_record(f"i{suffix}", external_id=f"{suffix}-1", state=PostingState.READY, file=file)
        two = a_record(f"j{suffix}", external_id=f"{suffix}-2", file=file)
        notes = [a_note("file.taken", file.id), *(a_note(subject=record.posting.id) for record in (one, two))]
        invoices.save_taken(file, [one, two], notes)
        posting = invoices.claim(one, process).posting
        bill = BillKey("Bill", suffix)
        for state in (PostingState.INTENT, PostingState.RECORDED, PostingState.VERIFIED):
            ref = None if state is PostingState.INTENT else bill
            verified = bill if state is PostingState.VERIFIED else None
            after = replace(posting, state=state, ref=ref, verified_ref=verified, attempts=1)
            posting = invoices.save_posting(posting, after, a_note(subject=posting.id))
        print(number, flush=True)


if __name__ == "__main__":
    write_for_ever(sys.argv[1], sys.argv[2])
