"""An XML sample to a feed: documents, what stands in them, and what the root says of the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from lxml import etree

from ml_connector.layouts.cells.figures import compile_figures
from ml_connector.layouts.inference.assigning import Assigned, assign_fields, score_fields
from ml_connector.layouts.inference.building import build_columns, style_of_fields
from ml_connector.layouts.inference.columns import Field
from ml_connector.layouts.inference.elements.tree import (
    Kind,
    Names,
    children_of,
    inner_records,
    local_name,
    names_in,
    values_of,
)
from ml_connector.layouts.inference.interview import Interview, Known
from ml_connector.layouts.inference.tables.flat import Shape, clean_ups, infer_flat, with_placeholders
from ml_connector.layouts.inference.tables.rows import Body
from ml_connector.layouts.inference.wording.meanings import Slot, meanings_of
from ml_connector.layouts.inference.wording.words import notions_of
from ml_connector.layouts.layout import CsvDialect, DocumentKind, FeedLayout, Place, Records, RecordType, XmlDialect
from ml_connector.layouts.xml.source import prepare_xml
from ml_connector.numerals import parse_amount
from ml_connector.problems import Problem

_NOUNS = {"approved_invoice": "invoice", "payment": "payment"}
_DOCUMENT_MEMBERS = {
    "approved_invoice": ("external_id", "vendor_id", "vendor_name", "invoice_number", "invoice_date", "total"),
    "payment": ("payment_id", "status", "payment_date", "amount", "reference"),
}
_ENOUGH = 2


@dataclass(frozen=True, slots=True)
class _Record:
    """A record type of the sample with its elements and the fields they have."""

    kind: RecordType
    elements: tuple[etree._Element, ...]
    fields: tuple[Field, ...]
    tag: str


def infer_xml(
    content: bytes, file: str, name: str, *, document: DocumentKind, interview: Interview, known: Known
) -> Shape | Problem:
    """The feed of an XML sample, or why none can be proposed."""
    dialect, source = _prepared(content, file, interview)
    if isinstance(source, Problem):
        return source
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:
        message = f"XML is not well formed (line {error.lineno})."
        return Problem("file.not_well_formed", message, file, line=error.lineno, rule="well-formed XML", scope="file")
    names = names_in(root)
    dialect = replace(dialect, namespaces={prefix: uri for uri, prefix in names.prefixes.items()})
    top = _document_kind(root, names, document)
    if top is None:
        message = "No element of the file looks like a document: none has a number, a date, a vendor and a total."
        return Problem("file.no_table", message, file, rule="elements that are documents", scope="file")
    records = _records(root, top, names, document)
    if not any(each.kind.place in ("lines", "applications") for each in records):
        return _as_rows(records[0], name, document, dialect=dialect, interview=interview, known=known)
    return _nested(
        root, records, name, document=document, dialect=dialect, names=names, interview=interview, known=known
    )


def _prepared(content: bytes, file: str, interview: Interview) -> tuple[XmlDialect, bytes | Problem]:
    """The source without its DOCTYPE; whether one is let through is asked."""
    strict = XmlDialect()
    source = prepare_xml(content, strict, file=file)
    if not isinstance(source, Problem) or source.code != "file.doctype":
        return strict, source
    lenient = XmlDialect(doctype="ignore")
    source = prepare_xml(content, lenient, file=file)
    if isinstance(source, Problem):
        return strict, source
    evidence = "The sample has one without an internal subset; it can be taken out, nothing is ever fetched."
    answer = interview.ask("doctype", "May a file have a DOCTYPE?", evidence, choices=("ignore", "refuse"))
    return (strict if answer == "refuse" else lenient), source


def _document_kind(root: etree._Element, names: Names, document: DocumentKind) -> Kind | None:
    """The elements nearest to the root that look like documents."""
    level = [Kind((names.of(str(root.tag)),), (root,))]
    while level:
        below: list[Kind] = []
        for kind in level:
            tags = dict.fromkeys(str(child.tag) for each in kind.elements for child in children_of(each))
            for tag in tags:
                found = tuple(child for each in kind.elements for child in children_of(each) if child.tag == tag)
                below.append(Kind((*kind.steps, names.of(tag)), found))
        scored = [(_evidence(each, names, document), each) for each in below]
        best = max(scored, key=lambda each: each[0], default=None)
        if best is not None and best[0] >= _ENOUGH:
            return best[1]
        level = below
    return None


def _evidence(kind: Kind, names: Names, document: DocumentKind) -> int:
    """How many members that only a document has its own values may be."""
    if not any(len(each) or each.attrib for each in kind.elements):
        return 0
    inside = [each.steps for each in inner_records(kind.elements, names)]
    paths = {path for each in kind.elements for path in values_of(each, inside, names, kind.elements)}
    members = set()
    for path in paths:
        meant = meanings_of(_label(path, kind.tag), document)
        best = max(meant.items(), key=lambda each: each[1], default=None)
        members |= {
            slot.member for slot, score in meant.items() if slot.place == "document" and best and score >= best[1] - 2
        }
    return len(members & set(_DOCUMENT_MEMBERS[document]))


def _label(path: str, tag: str) -> str:
    """What a path says in words: the tag of the element itself for its own text."""
    return (
        local_name(tag)
        if path == "."
        else " ".join(
            local_name(each.lstrip("@"))
            for each in path.replace("[", "/").replace("='", " ").replace("']", "").split("/")
        )
    )


def _records(root: etree._Element, top: Kind, names: Names, document: DocumentKind) -> list[_Record]:
    """The document's record type, those within it, and those beside it that refer to it."""
    used: set[str] = set()
    found = [_record(top, "document", "", names=names, used=used, above=root)]
    _add_inner(found, found[0], names=names, document=document, used=used)
    ids = {cell for each in found[0].fields for cell in each.filled}
    for beside in _beside(root, top, names):
        record = _record(
            beside,
            "lines" if document == "approved_invoice" else "applications",
            "",
            names=names,
            used=used,
            above=root,
        )
        keys = [
            each
            for each in record.fields
            if each.filled and set(each.filled) <= ids and not each.figures or _is_reference(each, ids)
        ]
        key = next(iter(keys), None)
        own = next((each for each in found[0].fields if key and set(key.filled) <= set(each.filled)), None)
        if key and own:
            joined = replace(record.kind, key=(key.name,))
            found[0] = replace(found[0], kind=replace(found[0].kind, key=(own.name,)))
            found.append(replace(record, kind=joined))
            _add_inner(found, found[-1], names=names, document=document, used=used)
    return found


def _is_reference(field: Field, ids: set[str]) -> bool:
    """Whether every cell is the id of a document and the name says so."""
    return bool(field.filled) and set(field.filled) <= ids and not field.decimals


def _beside(root: etree._Element, top: Kind, names: Names) -> list[Kind]:
    parents = {id(each.getparent()): each.getparent() for each in top.elements}.values()
    tags = dict.fromkeys(str(child.tag) for each in parents if each is not None for child in children_of(each))
    kinds = []
    for tag in tags:
        if names.of(tag) != top.tag:
            found = tuple(
                child for each in parents if each is not None for child in children_of(each) if child.tag == tag
            )
            kinds.append(Kind((*top.steps[:-1], names.of(tag)), found))
    return [each for each in kinds if any(len(e) or e.attrib for e in each.elements)]


def _add_inner(found: list[_Record], outer: _Record, *, names: Names, document: DocumentKind, used: set[str]) -> None:
    for kind in inner_records(outer.elements, names):
        place = _place_of(kind, outer.kind.place, names, document)
        if place is not None:
            record = _record(kind, place, outer.kind.name, names=names, used=used)
            found.append(record)
            _add_inner(found, record, names=names, document=document, used=used)


def _place_of(kind: Kind, outer: str, names: Names, document: DocumentKind) -> Place | None:
    """What records within a document or a line are, by their name, else by whether they hold an amount."""
    notions = notions_of(local_name(kind.tag))[0]
    inside = [each.steps for each in inner_records(kind.elements, names)]
    values = [values_of(each, inside, names, kind.elements) for each in kind.elements]
    inner = ("lines", "amount") if document == "approved_invoice" else ("applications", "amount")
    amounts = any(
        (slot.place, slot.member) == inner
        for paths in values
        for path in paths
        for slot in meanings_of(_label(path, kind.tag), document)
    )
    if document == "payment":
        return "applications" if outer == "document" and amounts else None
    if "file" in notions:
        return "attachments"
    if "tax" in notions:
        return "taxes" if outer == "document" else None
    if outer == "lines":
        return "shares" if amounts or "allocation" in notions else None
    if outer == "document" and (amounts or notions & {"line", "allocation", "item"}):
        return "lines"
    return None


def _record(
    kind: Kind, place: Place, within: str, *, names: Names, used: set[str], above: etree._Element | None = None
) -> _Record:
    name = local_name(kind.tag)
    while name in used:
        name += " 2"
    used.add(name)
    inside = [each.steps for each in inner_records(kind.elements, names)]
    rows = [values_of(each, inside, names, kind.elements) for each in kind.elements]
    if above is not None and place == "document":
        rows = [_around(element, above, names) | row for element, row in zip(kind.elements, rows, strict=True)]
    paths = list(dict.fromkeys(path for row in rows for path in row))
    fields = tuple(
        Field(_title(path, kind.tag), _label(path, kind.tag), tuple(row.get(path, "") for row in rows), at, path, name)
        for at, path in enumerate(paths, start=1)
    )
    record = RecordType(name, place, path="/".join(kind.steps), within=within)  # type: ignore[arg-type]
    return _Record(record, kind.elements, _distinct(fields), kind.tag)


def _around(element: etree._Element, root: etree._Element, names: Names) -> dict[str, str]:
    """Values of the elements around a document that may be its own: a currency at the root, a vendor around it."""
    found: dict[str, str] = {}
    up, parent = "..", element.getparent()
    while parent is not None:
        for name, value in parent.attrib.items():
            path = f"/@{names.of(str(name))}" if parent is root else f"{up}/@{names.of(str(name))}"
            if parent is not root or "currency" in notions_of(local_name(str(name)))[0]:
                found[path] = str(value)
        up, parent = f"../{up}", parent.getparent()
    return found


def _title(path: str, tag: str) -> str:
    return (
        local_name(tag) if path == "." else path.replace("@", "").strip("/").replace("/", " ").replace("..", "").strip()
    )


def _distinct(fields: Sequence[Field]) -> tuple[Field, ...]:
    """Each name once, so that a key means one column."""
    seen: dict[str, int] = {}
    found = []
    for each in fields:
        seen[each.name] = seen.get(each.name, 0) + 1
        found.append(each if seen[each.name] == 1 else replace_name(each, f"{each.name} {seen[each.name]}"))
    return tuple(found)


def replace_name(field: Field, name: str) -> Field:
    """The field under another name."""
    return Field(name, field.label, field.cells, field.at, field.path, field.record)


def _as_rows(
    record: _Record, name: str, document: DocumentKind, *, dialect: XmlDialect, interview: Interview, known: Known
) -> Shape:
    """Elements that are rows, the header repeated on each."""
    rows = tuple(tuple(each.cells[at] for each in record.fields) for at in range(len(record.elements)))
    shape = infer_flat(Body(CsvDialect(), record.fields, rows), name, document, interview=interview, known=known)
    kind = replace(record.kind, place="row", key=())
    columns = tuple(replace(each, record=kind.name) for each in shape.feed.columns)
    feed = replace(shape.feed, columns=columns, records=Records((kind,)))
    return replace(shape, feed=feed, xml=replace(dialect, clean=shape.dialect.clean))


def _nested(
    root: etree._Element,
    records: Sequence[_Record],
    name: str,
    *,
    document: DocumentKind,
    dialect: XmlDialect,
    names: Names,
    interview: Interview,
    known: Known,
) -> Shape:
    whole: list[tuple[Slot, Field]] = []
    for record in records:
        whole += assign_record(record.kind, record.fields, document, interview=interview, known=known).items()
    kinds = [each.kind for each in records]
    control = _control(root, len(records[0].elements), [f for s, f in whole if s == Slot("document", "total")], names)
    if control:
        kinds.append(control[0])
        whole += control[1].items()
    columns, styles = build_columns(whole, document, interview, known)
    columns = with_placeholders(columns, document, record=records[0].kind.name)
    feed = FeedLayout(name, "in", document, _NOUNS[document], columns, records=Records(tuple(kinds)))
    xml = replace(dialect, clean=clean_ups(field for _, field in whole))
    return Shape(feed, CsvDialect(), styles.numbers, styles.days, xml)


def assign_record(
    kind: RecordType, fields: Sequence[Field], document: DocumentKind, *, interview: Interview, known: Known
) -> Assigned:
    """The members of one record type's columns; its key joins and says nothing else, unless it is the document's."""
    places: tuple[Place, ...] = (kind.place,)  # type: ignore[assignment]
    if kind.place == "shares":
        places = ("lines",)
    elif kind.place in ("document", "lines"):
        places = (kind.place, "attachments")
    rest = [each for each in fields if kind.place == "document" or each.name not in kind.key]
    found = assign_fields(score_fields(rest, places, document=document, known=known), interview)
    if kind.place == "shares":
        found = {Slot("shares", slot.member): field for slot, field in found.items()}
    used = [id(each) for each in found.values()]
    keys = [each for each in fields if each.name in kind.key and id(each) not in used]
    return found | {Slot("key", "key"): each for each in keys}


def _control(
    root: etree._Element, count: int, totals: Sequence[Field], names: Names
) -> tuple[RecordType, Assigned] | None:
    """What the root states of the file: a count or a sum that is so, a serial number."""
    from_root = {f"@{names.of(str(name))}": str(value) for name, value in root.attrib.items()}
    tag = local_name(str(root.tag))
    fields = [
        Field(path.lstrip("@"), f"batch {local_name(path[1:])}", (value,), at, path, tag)
        for at, (path, value) in enumerate(from_root.items(), 1)
    ]
    found: Assigned = {}
    for field in fields:
        meant = {
            slot: score
            for slot, score in meanings_of(field.label, "approved_invoice").items()
            if slot.place == "control"
        }
        for slot in sorted(meant, key=lambda each: -meant[each]):
            if slot not in found and _states(slot.member, field, count, totals):
                found[slot] = field
                break
    return (RecordType(tag, "opening", path=names.of(str(root.tag))), found) if found else None


def _states(member: str, field: Field, count: int, totals: Sequence[Field]) -> bool:
    if member == "documents":
        return field.cells[0] == str(count)
    if member == "total":
        return bool(totals) and _sum(totals[0]) == _sum(field)
    return member == "serial" and field.cells[0].isalnum() and {"serial"} <= notions_of(field.label)[0]


def _sum(field: Field) -> object:
    from_field = style_of_fields([field])
    parse = compile_figures(from_field, parse_amount)
    values = [parse(each.strip()) for each in field.cells if each.strip()]
    if any(not isinstance(each, Decimal) for each in values):
        return None
    return sum((each for each in values if isinstance(each, Decimal)), Decimal(0))
