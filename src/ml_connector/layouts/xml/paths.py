"""Paths in a layout: which element or attribute a value or a record is; evaluated on elements, without XPath.

``a/b/@c``, ``coding[@dim='ACCT']``, ``.`` the element itself, ``../x`` from the enclosing one, ``/@docs`` from the
root. Prefixes stand for the namespaces the layout binds, whatever prefix the file uses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from ml_connector.errors import ConfigurationError
from ml_connector.layouts.layout import XmlDialect

_STEP = re.compile(r"(?P<name>[\w.:-]+)(?:\[@(?P<attribute>[\w.:-]+)='(?P<value>[^']*)'\])?")


@dataclass(frozen=True, slots=True)
class Step:
    """One step down: the tag as lxml writes it, and the attribute it must have."""

    tag: str
    attribute: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class ValuePath:
    """Where a value stands: ``up`` levels up or from the root, down the steps, then an attribute or the text."""

    up: int
    from_root: bool
    steps: tuple[Step, ...]
    attribute: str
    local: bool

    def find(self, element: etree._Element) -> list[str | None]:
        """Every value at the path; None for an element that holds other elements instead of text."""
        start = element
        if self.from_root:
            start = element.getroottree().getroot()
        for _ in range(self.up):
            parent = start.getparent()
            if parent is None:
                return []
            start = parent
        found = [start]
        for step in self.steps:
            found = [child for each in found for child in children(each, step, local=self.local)]
        if self.attribute:
            values = (attribute_of(each, self.attribute, local=self.local) for each in found)
            return [each for each in values if each is not None]
        return [None if len(each) else each.text or "" for each in found]


def children(element: etree._Element, step: Step, *, local: bool) -> Iterator[etree._Element]:
    """The children that a step leads to."""
    tag = f"{{*}}{step.tag}" if local else step.tag
    for child in element.iterchildren(tag):
        if not step.attribute or attribute_of(child, step.attribute, local=local) == step.value:
            yield child


def attribute_of(element: etree._Element, name: str, *, local: bool) -> str | None:
    """The value of an attribute, None where there is none."""
    value = element.get(name)
    if value is None and local:
        found = [text for key, text in element.attrib.items() if str(key).rpartition("}")[2] == name]
        return str(found[0]) if found else None
    return None if value is None else str(value)


def compile_path(text: str, dialect: XmlDialect) -> ValuePath:
    """The path of that text; ConfigurationError ``layout.wrong_path`` where it is none."""
    rest, up, attribute = text, 0, ""
    from_root = rest.startswith("/")
    rest = rest.lstrip("/")
    while rest == ".." or rest.startswith("../"):
        rest, up = rest[3:], up + 1
    if rest.rpartition("/")[2].startswith("@"):
        rest, _, attribute = rest.rpartition("@")
        rest = rest.rstrip("/")
    parts = [] if rest in ("", ".") else split_path(rest)
    steps = tuple(_compile_step(each, text, dialect) for each in parts)
    return ValuePath(up, from_root, steps, _qualified(attribute, text, dialect), dialect.ignore_namespaces)


def split_path(text: str) -> list[str]:
    """The steps of a path; a slash inside brackets parts nothing."""
    return re.split(r"/(?![^\[]*\])", text)


def record_steps(text: str, dialect: XmlDialect) -> tuple[Step, ...]:
    """The steps from the document to a record's element."""
    return tuple(_compile_step(each, text, dialect) for each in split_path(text.strip("/")))


def _compile_step(step: str, text: str, dialect: XmlDialect) -> Step:
    found = _STEP.fullmatch(step)
    if found is None:
        raise _wrong(text, f"{step!r} is no step")
    attribute = _qualified(found["attribute"] or "", text, dialect)
    return Step(_qualified(found["name"], text, dialect), attribute, found["value"] or "")


def _qualified(name: str, text: str, dialect: XmlDialect) -> str:
    prefix, colon, local = name.partition(":")
    if not colon:
        return name
    if dialect.ignore_namespaces:
        return local
    if prefix not in dialect.namespaces:
        raise _wrong(text, f"the prefix {prefix!r} is not bound in xml.namespaces")
    return f"{{{dialect.namespaces[prefix]}}}{local}"


def _wrong(text: str, why: str) -> ConfigurationError:
    fix = "Write it like Vendor/Id, Total/@currency or coding[@dim='ACCT']."
    return ConfigurationError(
        f"The path {text!r} cannot be read: {why}.", fix=fix, code="layout.wrong_path", at="settings"
    )


Finder = Callable[[etree._Element], list[str | None]]
Namespaces = Mapping[str, str]
