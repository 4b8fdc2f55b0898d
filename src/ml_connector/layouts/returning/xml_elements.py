"""Documents of an XML file as they came, each with one element more that says why it is refused.

The tree is the file's own: what belongs to no document stays as it is. Nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from ml_connector.layouts.layout import FeedLayout, Layout, RecordType
from ml_connector.layouts.xml.paths import children, record_steps
from ml_connector.layouts.xml.source import encoding_of, prepare_xml
from ml_connector.problems import Problem

_SAFE: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
_DOCUMENTS = ("document", "row")
_OF_THE_FILE = ("opening", "trailer", "ignore")


def return_elements(
    layout: Layout,
    feed: FeedLayout,
    file: tuple[str, bytes],
    reasons: Mapping[int, str],
    *,
    lines: frozenset[int],
    heading: str,
) -> bytes | None:
    """The file (name and bytes) with those of its documents whose number has a reason, and the elements beside them
    that begin on one of the ``lines``; None where it holds none of them."""
    name, content = file
    source, encoding = prepare_xml(content, layout.xml, file=name), encoding_of(content, layout.xml, name)
    if isinstance(source, Problem) or isinstance(encoding, Problem):
        return None
    root = etree.fromstring(source, etree.XMLParser(**_SAFE))
    # Elements are known again as long as they are kept in a list.
    places = [(each, kind) for kind in _outer(feed) for each in _elements(root, kind, layout)]
    kind_of = {id(element): kind for element, kind in places}
    number, returned = 0, False
    for element in [each for each in root.iter() if id(each) in kind_of]:
        kind = kind_of[id(element)]
        number += kind.place in _DOCUMENTS
        reason = reasons.get(number) if kind.place in _DOCUMENTS else None
        if reason is not None:
            _tell(element, heading, reason)
            returned = True
        elif kind.place not in _OF_THE_FILE and (kind.place in _DOCUMENTS or element.sourceline not in lines):
            _take_out(element)
    return etree.tostring(root, encoding=_public_name(encoding), xml_declaration=True) if returned else None


def _public_name(encoding: str) -> str:
    """The name by which XML knows an encoding that Python names otherwise."""
    return encoding.replace("iso8859-", "ISO-8859-").replace("cp125", "windows-125")


def _outer(feed: FeedLayout) -> Iterator[RecordType]:
    return (each for each in (feed.records.types if feed.records else ()) if not each.within)


def _elements(root: etree._Element, kind: RecordType, layout: Layout) -> list[etree._Element]:
    """The elements of that type below the root; a type that is the root itself has none."""
    local = layout.xml.ignore_namespaces
    found = [root]
    steps = record_steps(kind.path, layout.xml)[1:]
    for step in steps:
        found = [child for each in found for child in children(each, step, local=local)]
    return found if steps else []


def _tell(element: etree._Element, heading: str, reason: str) -> None:
    namespace = etree.QName(element).namespace
    tag = f"{{{namespace}}}{heading}" if namespace else heading
    told = element.find(tag)
    if told is None:
        told = etree.SubElement(element, tag)
    told.text = " ".join("".join(each if each.isprintable() else " " for each in reason).split())


def _take_out(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
