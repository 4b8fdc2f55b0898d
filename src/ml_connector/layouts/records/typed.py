"""Records of several types to documents: headers, lines, shares and taxes joined by key or by position.

A child without a key belongs to the record of the level above that stands before it. A bad record stops its document,
the others go on; a record nobody can place, or a trailer that is missing, refuses the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext

from ml_connector.layouts.csv_format import Record
from ml_connector.layouts.document import Document, Reading, Refused, Source
from ml_connector.layouts.layout import FeedLayout, RecordType
from ml_connector.layouts.records.assembly import Line, Parts, add_row, assemble_parts, unsafe_attachment
from ml_connector.layouts.records.columns import Plan
from ml_connector.layouts.records.controls import Stated, Tally
from ml_connector.layouts.records.rows import Row, cell_problem, type_row
from ml_connector.problems import Problem

_PRECISION = 60
_LEVELS_OF_A_SHARE = 2


@dataclass(slots=True)
class _Draft:
    """A document while its records are gathered."""

    parts: Parts
    plan: Plan
    key: object
    lines: list[int] = field(default_factory=list)
    rows: list[tuple[str, int]] = field(default_factory=list)
    by_line: dict[object, Line] = field(default_factory=dict)
    declared_lines: Stated | None = None
    bad: bool = False


class Joiner:
    """Takes the records of one file or set one by one, in order."""

    def __init__(self, feed: FeedLayout, tally: Tally, file: str) -> None:
        self._feed = feed
        self._tally = tally
        self._file = file
        self._drafts: list[_Draft] = []
        self._by_key: dict[object, _Draft] = {}
        self._current: _Draft | None = None
        self._orphans: list[tuple[RecordType, Plan, Row, str]] = []
        self._lost: list[tuple[Row, str]] = []
        self._problems: list[Problem] = []
        self._repeats = 0
        # Where the key of each type stands, by the plan it was last read by.
        self._keys: dict[str, tuple[Plan, tuple[int, ...]]] = {}
        self._shares = any(each.place == "shares" for each in (feed.records.types if feed.records else ()))
        # Where every allocation must state a value, a line without any was cut off from its own.
        self._shares_needed = any(each.place == "shares" and each.required == "value" for each in feed.columns)

    def take(self, kind: RecordType, plan: Plan, record: Record, *, file: str) -> None:
        """One more record of that type."""
        row, faults = type_row(plan, record)
        self._problems += [cell_problem(plan, record, each, file=file) for each in faults]
        self._state(plan, row, file)
        if kind.place in ("opening", "trailer"):
            return
        self._tally.rows += 1
        if kind.place == "document":
            self._open(kind, plan, row, file)
        elif not self._attach(kind, plan, row, file):
            self._orphans.append((kind, plan, row, file))

    def result(self) -> Reading:
        """What all records taken so far make."""
        for kind, plan, row, file in self._orphans:
            if not self._attach(kind, plan, row, file):
                self._problems.append(self._orphan(kind, row, file))
                self._lost.append((row, file))
        self._count()
        found = [(each, self._finish(each)) for each in self._drafts]
        documents = self._once(tuple((draft, each) for draft, each in found if isinstance(each, Document)))
        problems = sorted(self._problems, key=lambda each: each.line or 0)
        refusals = tuple(each for each in problems if each.scope == "file")
        if refusals:
            return Reading(problems=refusals[:1])
        notes = () if self._tally.rows else ("The file holds no record.",)
        return Reading(documents, tuple(problems), self._tally.rows, self._repeats, notes, self._refused())

    def _refused(self) -> tuple[Refused, ...]:
        """The documents that are left out, and the records that belong to none."""
        left = [Refused(each.parts.source, each.parts.header) for each in self._drafts if each.bad]
        return (*left, *(Refused(_source_of(row, file), {}) for row, file in self._lost))

    def identity_of(self, document: Document) -> object:
        """What tells a document of the result, None where nothing does."""
        found = (each for each in self._drafts if each.parts.source.line == document.source.line)
        return next((self._identity(each) for each in found), None)

    def _open(self, kind: RecordType, plan: Plan, row: Row, file: str) -> None:
        header = dict(zip(plan.members["document"], (row.values[at] for at in plan.places["document"]), strict=True))
        key = self._key(kind, plan, row)[:1]
        draft = _Draft(Parts(header, _source_of(row, file)), plan, key, [row.line], [(file, row.line)])
        draft.bad = row.bad
        self._drafts.append(draft)
        self._by_key[key] = draft
        self._current = draft
        self._fill(draft, kind, plan, row)
        for at in plan.places["control"]:
            column = plan.columns[at].column
            if column.member == "lines" and row.values[at] is not None:
                shown = str(row.values[at])
                draft.declared_lines = Stated("lines", row.values[at], shown, file, row.line, column.name)

    def _attach(self, kind: RecordType, plan: Plan, row: Row, file: str) -> bool:
        key = self._key(kind, plan, row)
        draft = self._by_key.get(key[:1]) if key else self._current
        if draft is None:
            return False
        draft.bad = draft.bad or row.bad
        draft.lines.append(row.line)
        draft.rows.append((file, row.line))
        if kind.place == "shares" and len(key) >= _LEVELS_OF_A_SHARE:
            line = draft.by_line.get(key[:_LEVELS_OF_A_SHARE])
            if line is None:
                return False
            line.shares.append(
                dict(zip(plan.members["shares"], (row.values[at] for at in plan.places["shares"]), strict=True))
            )
            return True
        if kind.place == "shares" and not draft.parts.lines:
            return False
        self._fill(draft, kind, plan, row)
        return True

    def _fill(self, draft: _Draft, kind: RecordType, plan: Plan, row: Row) -> None:
        attached = bool(plan.places.get("attachments"))
        unsafe = unsafe_attachment(plan, (row,), draft.parts.source.file) if attached else None
        if unsafe is not None:
            self._problems.append(unsafe)
            draft.bad = True
            return
        before = len(draft.parts.lines)
        add_row(draft.parts, plan, row)
        if self._shares and kind.place == "lines" and len(draft.parts.lines) > before:
            draft.by_line[self._key(kind, plan, row)[:_LEVELS_OF_A_SHARE]] = draft.parts.lines[-1]

    def _key(self, kind: RecordType, plan: Plan, row: Row) -> tuple[object, ...]:
        known, places = self._keys.get(kind.name, (None, ()))
        if known is not plan:
            named = {each.column.name: at for at, each in enumerate(plan.columns)}
            places = tuple(named[name] for name in kind.key if name in named)
            self._keys[kind.name] = (plan, places)
        return tuple([row.values[at] for at in places])

    def _state(self, plan: Plan, row: Row, file: str) -> None:
        for at in plan.places["control"]:
            column, value = plan.columns[at].column, row.values[at]
            known = any(each.member == column.member and each.value == value for each in self._tally.stated)
            if column.member != "lines" and value is not None and not known:
                text = str(value)
                self._tally.stated.append(Stated(column.member, value, text, file, row.line, column.name))

    def _count(self) -> None:
        self._tally.documents += len(self._drafts)
        for draft in self._drafts:
            total = draft.parts.header.get("total", draft.parts.header.get("amount"))
            if isinstance(total, Decimal):
                self._tally.totals.append(total)
            else:
                self._tally.unreadable += 1
            amounts = (each.members.get("amount") for each in draft.parts.lines)
            self._tally.lines_totals += [each for each in amounts if isinstance(each, Decimal)]

    def _finish(self, draft: _Draft) -> Document | None:
        parts = draft.parts
        several = len({name for name, _ in draft.rows}) > 1
        parts.source = replace(parts.source, lines=tuple(draft.lines), rows=tuple(draft.rows) if several else ())
        if draft.bad:
            return None
        problem = self._incomplete(draft)
        found = problem or assemble_parts(self._feed, parts)
        if isinstance(found, Problem):
            self._problems.append(found)
            draft.bad = True
            return None
        return found

    def _incomplete(self, draft: _Draft) -> Problem | None:
        parts = draft.parts
        source = parts.source
        count = len(parts.lines) if self._feed.document == "approved_invoice" else len(parts.applications)
        stated = draft.declared_lines
        if stated is not None and stated.value != count:
            message = f"Row {stated.line} states {stated.text} lines, {count} were read. The document is left out."
            rule = "a document has the lines it says it has"
            return Problem(
                "document.lines_differ",
                message,
                stated.file,
                source.record,
                stated.line,
                stated.column,
                stated.text,
                rule,
            )
        if not count and self._feed.document != "row":
            message = f"The {self._feed.noun} of row {source.line} has no lines. It is left out."
            return Problem(
                "document.no_lines", message, source.file, source.record, source.line, rule="a line at least"
            )
        bare = next((each for each in parts.lines if not each.shares), None) if self._shares_needed else None
        if bare is not None:
            message = f"Row {bare.line}: the line has no allocation. The {self._feed.noun} is left out."
            rule = "an allocation at least a line"
            return Problem("document.no_shares", message, source.file, bare.record, bare.line, rule=rule)
        if self._feed.balanced and not _is_balanced(parts):
            message = f"The rows of the {self._feed.noun} of row {source.line} do not balance. It is left out."
            return Problem(
                "document.unbalanced", message, source.file, source.record, source.line, rule="a balanced set"
            )
        return None

    def _once(self, found: tuple[tuple[_Draft, Document], ...]) -> tuple[Document, ...]:
        """Documents said twice count once where they are equal; where they differ, neither counts."""
        seen: dict[object, Document] = {}
        contradicted: set[object] = set()
        kept: list[tuple[object, Document]] = []
        for draft, document in found:
            identity = self._identity(draft) or id(draft)
            before = seen.setdefault(identity, document)
            if before is document:
                kept.append((identity, document))
            elif before.values == document.values:
                self._repeats += 1
            else:
                contradicted.add(identity)
                first, second = before.source.line, document.source.line
                message = (
                    f"Rows {first} and {second} contradict: one {self._feed.noun} with two contents. Both are left out."
                )
                rule = f"one {self._feed.noun} once"
                self._problems.append(
                    Problem(
                        "row.contradiction", message, document.source.file, document.source.record, second, rule=rule
                    )
                )
        for draft, _ in found if contradicted else ():
            draft.bad = self._identity(draft) in contradicted
        return tuple(document for identity, document in kept if identity not in contradicted)

    def _identity(self, draft: _Draft) -> object:
        names = [
            (each.column.name, each.column.member) for each in draft.plan.columns if each.column.place == "document"
        ]
        members = dict(names)
        for alternative in self._feed.group_by:
            values = tuple(draft.parts.header.get(members.get(name, "")) for name in alternative)
            if None not in values:
                return (alternative, values)
        return draft.key if draft.key and None not in (draft.key if isinstance(draft.key, tuple) else ()) else None

    def _orphan(self, kind: RecordType, row: Row, file: str) -> Problem:
        message = f"Row {row.line}: this record ({kind.name}) belongs to no {self._feed.noun} of the file."
        rule = "each record belongs to a document"
        return Problem("record.orphan", message, file, row.record, row.line, rule=rule)


def _source_of(row: Row, file: str) -> Source:
    return Source(file, row.record, row.line, (row.line,), ((file, row.line),))


def _is_balanced(parts: Parts) -> bool:
    with localcontext() as context:
        context.prec = _PRECISION
        amounts = [each.members.get("amount") for each in parts.lines] + [each["amount"] for each in parts.taxes]
        return sum((each for each in amounts if isinstance(each, Decimal)), Decimal(0)) == parts.header.get("total")
