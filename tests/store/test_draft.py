"""A draft of a connection's records: it begins as they are, and nothing of it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_connector.clock import SimulatedClock
from ml_connector.errors import IntegrityError
from ml_connector.store.audit import AuditRepository
from ml_connector.store.copies.draft import DraftArchive, open_draft
from ml_connector.store.database import Database
from ml_connector.store.disk.archive import Archive
from ml_connector.store.files import FileRepository
from ml_connector.store.invoices import InvoiceRepository
from tests.store.records import NAME, a_file, a_note, a_record, hash_of


def test_a_draft_begins_with_the_connections_own_rows_and_leaves_none(
    database: Database, clock: SimulatedClock, tmp_path: Path
) -> None:
    kept = InvoiceRepository(database, NAME, clock)
    kept.save_taken(a_file(), [a_record()], [a_note()])
    other = a_record("ibbbbbbbb", external_id="ST-9", connection="other", file=a_file("fbbbbbbbb", connection="other"))
    of_other = a_file("fbbbbbbbb", connection="other", name="other.csv")
    InvoiceRepository(database, "other", clock).save_taken(of_other, [other], [])
    before = kept.load_in()

    with open_draft(database, NAME) as draft:
        drafted = InvoiceRepository(draft, NAME, clock)
        begun = drafted.load_in()
        file = a_file("fcccccccc", name="new.csv", content="new")
        drafted.save_taken(file, [a_record("icccccccc", external_id="ST-2", file=file)], [a_note()])
        FileRepository(draft, NAME, clock, archive=Archive(tmp_path)).next_id("i")

        assert (begun, len(drafted.load_in())) == (before, 2)
        assert InvoiceRepository(draft, "other", clock).load_in() == ()
    head = AuditRepository(database, NAME, clock).load_head()
    assert (kept.load_in(), head.sequence if head else 0) == (before, 1)


def test_what_is_archived_in_a_draft_is_not_in_the_archive(tmp_path: Path) -> None:
    archive, draft = Archive(tmp_path), DraftArchive(tmp_path)
    archive.save_content(b"known", hash_of("known"))

    draft.save_content(b"new", hash_of("new"))
    draft.save_contents([(b"second", hash_of("second")), (b"third", hash_of("third"))])

    names = ("known", "new", "second", "third")
    assert [draft.load_content(hash_of(each)) for each in names] == [each.encode() for each in names]
    assert list(archive.list_contents()) == [hash_of("known")]
    with pytest.raises(IntegrityError):
        archive.load_content(hash_of("new"))
