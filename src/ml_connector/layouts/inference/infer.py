"""A sample to a proposed layout: unpacked, decoded, put in rows or elements, each column given its meaning.

What the sample decides is proposed; what it does not decide is a question, and the layout refuses to read until it is
answered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ml_connector.layouts.document import Reading
from ml_connector.layouts.inference.arithmetic import adds_up
from ml_connector.layouts.inference.elements.shape import infer_xml
from ml_connector.layouts.inference.interview import Interview, Known, Proposal, Question
from ml_connector.layouts.inference.opening import Opened, open_sample
from ml_connector.layouts.inference.rendering import render_layout
from ml_connector.layouts.inference.tables.flat import UNKNOWN, Shape, infer_flat
from ml_connector.layouts.inference.tables.headed import find_headed, infer_headed
from ml_connector.layouts.inference.tables.journal import find_journal, infer_journal
from ml_connector.layouts.inference.tables.listing import LISTED, infer_listing, listed_feed
from ml_connector.layouts.inference.tables.rows import Body, body_of
from ml_connector.layouts.inference.tables.texts import infer_encoding, infer_sheet
from ml_connector.layouts.inference.tables.typed import infer_set, infer_typed, record_types
from ml_connector.layouts.inference.wording.words import notions_of
from ml_connector.layouts.language.layout_file import parse_layout
from ml_connector.layouts.layout import DocumentKind, Layout
from ml_connector.layouts.reading import read_file_set
from ml_connector.problems import Problem


def infer_layout(
    files: Mapping[str, bytes], *, feed: str | None = None, known: Known | None = None, answers: Mapping[str, str]
) -> Proposal | Problem:
    """The layout of the sample: one file, a set, or a data file with what lies beside it. A problem where the sample
    cannot be read by any layout; ConfigurationError ``layout.unknown_answer`` where an answer fits no question."""
    interview = Interview(answers)
    opened = open_sample(files)
    if isinstance(opened, Problem):
        return opened
    if not opened.content.strip():
        return Problem("file.empty", "The file is empty.", opened.name, rule="a sample with rows", scope="file")
    infer = _infer_xml if _is_xml(opened.content) else _infer_csv
    shape = infer(opened, feed, interview, known or Known())
    if isinstance(shape, Problem):
        return shape
    layout = _with_attachments(_layout_of(opened, shape, interview), opened, files)
    layout = _with_sign(layout, files, interview)
    _tell_missing(layout, interview)
    _verify(layout, files, interview)
    interview.refuse_idle_answers()
    layout = replace(layout, open_questions=_open_questions(layout, interview))
    text = render_layout(layout, interview.notes)
    return Proposal(parse_layout(text, layout.name), text, tuple(interview.questions), tuple(interview.notes))


def feed_of(labels: Sequence[str]) -> str:
    """The feed that headings or elements speak of: payments where payments have ids or are applied."""
    named = [notions_of(each)[0] for each in labels]
    paid = any("payment" in each and each & {"id", "number", "code"} for each in named)
    applied = any("applied" in each and "to" not in each for each in named)
    tagged = any(each == {"payment"} for each in named)
    return "payments" if paid or (tagged and applied) else "approved_invoices"


def _infer_csv(opened: Opened, feed: str | None, interview: Interview, known: Known) -> Shape | Problem:
    encoding = infer_encoding(opened.content, interview, file=opened.name)
    if isinstance(encoding, Problem):
        return encoding
    text = opened.content.decode(encoding, "replace").removeprefix("\ufeff")
    sheet = infer_sheet(text)
    if sheet is None:
        return _no_table(opened.name, "the file is no table of rows and columns")
    labels = [cell for each in sheet.rows[:1] for cell in each.cells]
    name = feed or listed_feed(labels) or feed_of(labels)
    document: DocumentKind = "payment" if name == "payments" else "approved_invoice"
    types = record_types(sheet)
    if types is not None:
        shape = infer_typed(sheet, types, name, document=document, interview=interview, known=known)
        return replace(shape, dialect=replace(shape.dialect, encoding=encoding))
    body = body_of(sheet, interview)
    if isinstance(body, str):
        return _no_table(opened.name, body)
    if name in LISTED:
        shape = infer_listing(body, text, name, interview)
        return replace(shape, dialect=replace(shape.dialect, encoding=encoding))
    if opened.partner:
        return _infer_pair(opened, body, encoding, name, document=document, interview=interview, known=known)
    journal = find_journal(body) if document == "approved_invoice" else None
    headed = find_headed(body) if document == "approved_invoice" else None
    if headed is not None:
        shape = infer_headed(headed, body, name, interview=interview, known=known)
    elif journal is not None:
        shape = infer_journal(journal, body, name, interview=interview, known=known)
    else:
        shape = infer_flat(body, name, document, interview=interview, known=known)
    return replace(shape, dialect=replace(shape.dialect, encoding=encoding))


def _infer_pair(
    opened: Opened,
    body: Body,
    encoding: str,
    name: str,
    *,
    document: DocumentKind,
    interview: Interview,
    known: Known,
) -> Shape | Problem:
    """Two files that belong together."""
    text = opened.siblings[opened.partner].decode(encoding, "replace").removeprefix("\ufeff")
    sheet = infer_sheet(text)
    other = body_of(sheet, interview) if sheet else "the file is no table of rows and columns"
    if isinstance(other, str):
        return _no_table(opened.partner, other)
    bodies = {opened.name: body, opened.partner: other}
    shape = infer_set(bodies, name, document=document, interview=interview, known=known)
    if isinstance(shape, str):
        return _no_table(opened.name, shape)
    return replace(shape, dialect=replace(shape.dialect, encoding=encoding))


def _is_xml(content: bytes) -> bool:
    head = content[:200].removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip(b"\xff\xfe \r\n\t")
    return head.startswith(b"<")


def _infer_xml(opened: Opened, feed: str | None, interview: Interview, known: Known) -> Shape | Problem:
    name = feed or feed_of(re.findall(r"<([A-Za-z_][\w.:-]*)", opened.content[:4000].decode("latin-1")))
    document: DocumentKind = "payment" if name == "payments" else "approved_invoice"
    return infer_xml(opened.content, opened.name, name, document=document, interview=interview, known=known)


def _no_table(name: str, why: str) -> Problem:
    return Problem(
        "file.no_table", f"No layout can be proposed: {why}.", name, rule="rows of cells, or XML", scope="file"
    )


def _with_attachments(layout: Layout, opened: Opened, files: Mapping[str, bytes]) -> Layout:
    """The layout with the pattern by which files beside the data file are named after documents."""
    feed = next(iter(layout.feeds.values()))
    if (
        not opened.siblings
        or feed.document != "approved_invoice"
        or any(c.place == "attachments" for c in feed.columns)
    ):
        return layout
    reading = _read_anyway(layout, files)
    patterns: dict[str, None] = {}
    for document in reading.documents:
        for member in ("external_id", "invoice_number"):
            value = str(document.values[member] or "")
            for name in opened.siblings if value else ():
                stem, dot, ending = name.rpartition(".")
                if stem.rpartition("/")[2] == value:
                    patterns.setdefault(f"{stem[: len(stem) - len(value)]}{{{member}}}{dot}{ending}")
    found = replace(feed, attachments=tuple(patterns))
    return replace(layout, feeds={feed.name: found})


def _read_anyway(layout: Layout, files: Mapping[str, bytes]) -> Reading:
    """What the layout makes of the sample, its open questions aside."""
    feed = next(iter(layout.feeds.values()))
    settled = replace(feed, columns=tuple(replace(each, undecided="") for each in feed.columns))
    return read_file_set(replace(layout, open_questions=(), feeds={feed.name: settled}), feed.name, files=files)


def _with_sign(layout: Layout, files: Mapping[str, bytes], interview: Interview) -> Layout:
    """A sample of credits alone may be one of invoices whose signs all stand the other way round: it is asked."""
    feed = next(iter(layout.feeds.values()))
    stated = any(each.member == "kind" and each.place == "document" for each in feed.columns)
    if feed.document != "approved_invoice" or stated or feed.balanced:
        return layout
    documents = _read_anyway(layout, files).documents
    if len(documents) < 2 or any(each.values["kind"] != "credit_memo" for each in documents):
        return layout
    evidence = f"All {len(documents)} documents of the sample have a negative total."
    choices = ("credit memos", "invoices")
    answer = interview.ask("sign", "What are documents with a negative total?", evidence, choices=choices)
    return replace(layout, feeds={feed.name: replace(feed, sign="reversed")}) if answer == "invoices" else layout


def _tell_missing(layout: Layout, interview: Interview) -> None:
    """A member that must be there and that no column can be is a question to which the sample offers no answer."""
    for column in next(iter(layout.feeds.values())).columns:
        if column.extraction.constant == UNKNOWN and all(each.id != column.member for each in interview.questions):
            words = column.member.replace("_", " ")
            evidence = "No column of the sample can be it; name one in the layout, or give another sample."
            interview.questions.append(Question(column.member, f"Where does the {words} stand?", evidence, ()))


def _verify(layout: Layout, files: Mapping[str, bytes], interview: Interview) -> None:
    """Reads the sample by the layout: what is refused is told, documents that do not add up are asked."""
    if interview.questions:
        return
    reading = read_file_set(layout, next(iter(layout.feeds)), files=files)
    for each in reading.problems[:3]:
        interview.notes.append(f"Of the sample is not read: {each.message}")
    document = next(iter(layout.feeds.values())).document
    odd = [each for each in reading.documents if document != "row" and not adds_up(each.values)]
    if not reading.documents and reading.rows and not any(each.scope == "file" for each in reading.problems):
        shown = reading.problems[0].message if reading.problems else "No row makes a document."
        interview.ask("sample", "Is the sample itself faulty?", shown, choices=("the sample is so",))
    elif len(odd) * 5 > len(reading.documents):
        first = odd[0].values
        name = first.get("invoice_number") or first.get("external_id") or first.get("payment_id")
        counted = f"{len(odd)} of {len(reading.documents)} documents"
        evidence = f"In {counted} lines and taxes do not make up the total, as in {name}."
        interview.ask(
            "balance", "Is the sample itself so, and the layout right?", evidence, choices=("the sample is so",)
        )


def _layout_of(opened: Opened, shape: Shape, interview: Interview) -> Layout:
    feed = shape.feed
    return Layout(
        name=opened.layout_name,
        version=1,
        feeds={feed.name: replace(feed, **opened.feed_keys(feed))},
        dialect=shape.dialect,
        format="xml" if _is_xml(opened.content) else "csv",
        xml=shape.xml,
        numbers=shape.numbers,
        days=shape.days,
        files=opened.rules,
    )


def _open_questions(layout: Layout, interview: Interview) -> tuple[str, ...]:
    """Questions about the file as a whole; those about a column stand at the column."""
    feed = next(iter(layout.feeds.values()))
    undecided = any(each.undecided for each in feed.columns)
    return tuple(
        f"{each.about.rstrip('?')}: {' or '.join(each.choices) or 'no column of the sample can be it'}"
        for each in interview.questions
        if not (each.id in ("days", "period") and undecided)
    )
