"""Pick up: list settled files, fetch, hash, archive, skip what is known. What a file says is the caller's matter.

The log is keyed on name and content hash. Nothing at the source is touched before all of a file is settled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.values.arrivals import Arrival, Fetched, InvoicesRead, NotTaken, PaymentsRead
from ml_connector.domain.values.records import FileRecord
from ml_connector.flows.context import FlowContext
from ml_connector.problems import Problem


@dataclass(frozen=True, slots=True)
class PickedUp:
    """One name seen in this pass: its row, and its bytes where it is new content to be read."""

    record: FileRecord
    content: bytes | None = None


def pick_up_files(context: FlowContext, feed: str) -> Iterator[PickedUp]:
    """Every name of the feed's folder that is new or not taken yet, one after the other; new content comes with its
    bytes, already archived. The caller records what it read before it asks for the next."""
    known = context.files.load_files(feed)
    listing = context.steps.step("list files", lambda: context.exchange.list_arrivals(feed, known), repeatable=True)
    by_name = {record.name: record for record in known}
    for refused in listing.not_taken:
        yield PickedUp(_save_not_taken(context, feed, refused, by_name.get(refused.name)))
    for number, arrival in enumerate(sorted(listing.arrivals, key=_oldest_first), start=1):
        context.progress.report(f"Fetching {feed}", number, len(listing.arrivals))
        yield _pick_up(context, feed, arrival)


def _oldest_first(arrival: Arrival) -> tuple[bool, float, str]:
    """The order files are taken in: by the server's time where it tells one, then by name. It decides nothing else."""
    known = arrival.modified_at
    return known is None, known.timestamp() if known else 0.0, arrival.name


def _pick_up(context: FlowContext, feed: str, arrival: Arrival) -> PickedUp:
    fetched = context.steps.step("fetch file", lambda: context.exchange.fetch_arrival(arrival), repeatable=True)
    known = context.files.load_files(feed)
    same_name = next((record for record in reversed(known) if record.name == arrival.name), None)
    if isinstance(fetched, NotTaken):
        return PickedUp(_save_not_taken(context, feed, fetched, same_name))
    same_bytes = next((record for record in known if record.sha256 == fetched.sha256), None)
    if same_bytes is not None and same_bytes.state != "waiting":
        return PickedUp(_save_repeat(context, feed, arrival, fetched, same_bytes))
    context.steps.step("archive file", lambda: context.files.save_content(fetched.content, fetched.sha256))
    record = _new_record(context, feed, arrival, fetched, waiting=same_name)
    return PickedUp(record, fetched.content)


def _new_record(
    context: FlowContext, feed: str, arrival: Arrival, fetched: Fetched, *, waiting: FileRecord | None
) -> FileRecord:
    """A row for new content; a name that waited so far keeps its id and the time it was first seen."""
    known = waiting if waiting is not None and waiting.state == "waiting" else None
    return FileRecord(
        id=known.id if known else context.files.next_id("f"),
        connection=context.terms.connection,
        feed=feed,
        name=arrival.name,
        size_bytes=arrival.size_bytes,
        modified_at=arrival.modified_at,
        first_seen_at=known.first_seen_at if known else context.clock.now(),
        state="new",
        sha256=fetched.sha256,
        layout=context.exchange.layout_of(feed),
    )


def _save_repeat(
    context: FlowContext, feed: str, arrival: Arrival, fetched: Fetched, original: FileRecord
) -> FileRecord:
    """The same bytes again: under the same name only the look is noted, under another name a row of its own says so."""
    if original.name == arrival.name:
        seen = replace(original, size_bytes=arrival.size_bytes, modified_at=arrival.modified_at)
        context.files.save_file(seen, None)
        return replace(seen, state="repeat", reason="the same file again; nothing to do")
    record = replace(
        _new_record(context, feed, arrival, fetched, waiting=None),
        state="repeat",
        repeat_of=original.id,
        reason=f"same content as {original.name}; skipped",
    )
    note = AuditNote(
        event="file.repeat",
        subject=record.id,
        note=f"{record.name} holds the same bytes as {original.name}; nothing of it is taken again",
        data={"name": record.name, "sha256": record.sha256, "repeat_of": original.id},
    )
    context.steps.step("record file", lambda: context.files.save_file(record, note))
    return record


def _save_not_taken(context: FlowContext, feed: str, seen: NotTaken, known: FileRecord | None) -> FileRecord:
    """Keep that a name waits or was refused unread; an entry is written once, not at every look."""
    unchanged = known is not None and known.state == seen.state and known.reason == seen.reason
    fresh = known is None or known.state not in ("waiting", "refused")
    record = FileRecord(
        id=context.files.next_id("f") if known is None or fresh else known.id,
        connection=context.terms.connection,
        feed=feed,
        name=seen.name,
        size_bytes=seen.size_bytes,
        modified_at=seen.modified_at,
        first_seen_at=context.clock.now() if known is None or fresh else known.first_seen_at,
        state=seen.state,
        problems=(_problem_of(seen),),
        reason=seen.reason,
        layout=context.exchange.layout_of(feed),
    )
    note = AuditNote(event=f"file.{seen.state}", subject=record.id, note=f"{seen.name}: {seen.reason}")
    context.files.save_file(record, None if unchanged else note)
    return record


def _problem_of(seen: NotTaken) -> Problem:
    return Problem(code=f"file.{seen.state}", message=seen.reason, file=seen.name, scope="file")


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
