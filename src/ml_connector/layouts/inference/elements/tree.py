"""The elements of an XML sample by their paths: which repeat, which only wrap others, which values each holds.

Facts of the sample; what they mean is for ``shape`` to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from ml_connector.layouts.inference.wording.words import notions_of

_PAIR = 2
_RECORD_NOTIONS = {"line", "allocation", "tax", "file"}


@dataclass(frozen=True, slots=True)
class Names:
    """Names of elements and attributes as the paths of a layout write them: prefixes of its own for namespaces."""

    prefixes: Mapping[str, str]

    def of(self, name: str) -> str:
        """``{uri}Invoice`` as ``n1:Invoice``."""
        uri, brace, local = name.rpartition("}")
        return f"{self.prefixes[uri[1:]]}:{local}" if brace else name


def names_in(root: etree._Element) -> Names:
    """A prefix for every namespace of the sample: its own where it has one that is free."""
    found: dict[str, str] = {}
    for element in root.iter(etree.Element):
        for name in (str(element.tag), *map(str, element.attrib)):
            uri = name.rpartition("}")[0][1:]
            if uri and uri not in found:
                own = next((prefix for prefix, value in element.nsmap.items() if value == uri and prefix), "")
                free = own and own not in found.values()
                found[uri] = own if free else f"n{len(found) + 1}"
    return Names(found)


@dataclass(frozen=True, slots=True)
class Kind:
    """All elements of the sample at one path below a record's own element (or the root)."""

    steps: tuple[str, ...]
    elements: tuple[etree._Element, ...]

    @property
    def tag(self) -> str:
        """The name of the element itself."""
        return self.steps[-1]


def local_name(name: str) -> str:
    """A name without namespace or prefix."""
    return name.rpartition("}")[2].rpartition(":")[2]


def children_of(element: etree._Element) -> list[etree._Element]:
    """The child elements, comments left out."""
    return [each for each in element if isinstance(each.tag, str)]


def is_keyed(parents: Sequence[etree._Element], tag: str) -> str:
    """The attribute by whose value plain children of one name are told apart, empty where none does."""
    same = [child for each in parents for child in children_of(each) if child.tag == tag]
    plain = all((child.text or "").strip() and len(child.attrib) == 1 for child in same)
    paired = all(not (child.text or "").strip() and len(child.attrib) == _PAIR for child in same)
    if not same or any(len(child) for child in same) or not (plain or paired):
        return ""
    shared = set.intersection(*({str(name) for name in child.attrib} for child in same))
    values = {name: {child.get(name) for child in same} for name in shared}
    # An attribute that is new on every element is a number or an id, no key.
    found = [
        name
        for name in sorted(shared)
        if all(_tells_apart(each, tag, name) for each in parents)
        and all((each or "").replace("_", "").isalnum() and not (each or "").isdigit() for each in values[name])
    ]
    return found[0] if found else ""


def _tells_apart(parent: etree._Element, tag: str, name: str) -> bool:
    values = [child.get(name) for child in children_of(parent) if child.tag == tag]
    return len(set(values)) == len(values)


def repeats(parents: Sequence[etree._Element], tag: str) -> bool:
    """Whether an element of that name stands several times in one parent."""
    return any(Counter(str(child.tag) for child in children_of(each))[tag] > 1 for each in parents)


def inner_records(parents: Sequence[etree._Element], names: Names) -> Iterator[Kind]:
    """The kinds of elements within these that are records of their own, with the steps that lead to them."""
    tags = list(dict.fromkeys(str(child.tag) for each in parents for child in children_of(each)))
    for tag in tags:
        found = [child for each in parents for child in children_of(each) if child.tag == tag]
        if repeats(parents, tag) and is_keyed(parents, tag):
            continue
        once = not repeats(parents, tag)
        if not once or _looks_like_record(tag, found):
            yield Kind((names.of(tag),), tuple(found))
        elif any(len(each) for each in found):
            for inner in inner_records(found, names) if not _wraps(tag, found) else _wrapped(found, names):
                yield Kind((names.of(tag), *inner.steps), inner.elements)


def _looks_like_record(tag: str, found: Sequence[etree._Element]) -> bool:
    """One line or tax alone in a document is a record all the same; a plain value of that name is not."""
    has_more = any(len(each) or each.attrib for each in found)
    notions = notions_of(local_name(tag))[0]
    inside = [str(name) for each in found for name in (*each.attrib, *(child.tag for child in children_of(each)))]
    bought = "item" in notions and any("amount" in notions_of(local_name(name))[0] for name in inside)
    return has_more and bool(bought or notions & _RECORD_NOTIONS) and not _wraps(tag, found)


def _wraps(tag: str, found: Sequence[etree._Element]) -> bool:
    """Whether the element is a list: it stands once and holds elements of one name alone that hold more, or elements of
    which its own name is the plural."""
    inside = [child for each in found for child in children_of(each)]
    inner = {str(child.tag) for child in inside}
    if len(inner) != 1 or any(each.attrib for each in found):
        return False
    if len({each.getparent() for each in found}) == len(found) and any(len(each) or each.attrib for each in inside):
        return True
    outer, one = local_name(tag).casefold(), local_name(next(iter(inner))).casefold()
    plural = outer.startswith(one[: max(3, len(one) - 2)]) and len(outer) > len(one)
    return plural or notions_of(local_name(tag))[0] == notions_of(one)[0] != frozenset()


def _wrapped(found: Sequence[etree._Element], names: Names) -> Iterator[Kind]:
    tag = next(str(child.tag) for each in found for child in children_of(each))
    yield Kind((names.of(tag),), tuple(child for each in found for child in children_of(each)))


def values_of(
    element: etree._Element, inside: Sequence[tuple[str, ...]], names: Names, parents: Sequence[etree._Element]
) -> dict[str, str]:
    """Every value an element holds by its path, those of records within it left out."""
    found: dict[str, str] = {}
    _collect(element, (), found, inside=inside, names=names, parents=parents)
    return found


def _collect(
    element: etree._Element,
    steps: tuple[str, ...],
    found: dict[str, str],
    *,
    inside: Sequence[tuple[str, ...]],
    names: Names,
    parents: Sequence[etree._Element],
) -> None:
    plain = tuple(each.partition("[")[0] for each in steps)
    if plain and plain in inside:
        return
    base = "/".join(steps)
    for name, value in element.attrib.items():
        path = f"{base}/@{names.of(str(name))}".lstrip("/")
        found.setdefault(path, str(value))
    children = children_of(element)
    if not children:
        # An empty list is no value.
        lists = any(each[: len(plain)] == plain for each in inside)
        if (steps and not lists) or (element.text or "").strip():
            found.setdefault(base or ".", element.text or "")
        return
    for child in children:
        tag = str(child.tag)
        step = names.of(tag)
        key = is_keyed(parents, tag) if not steps and repeats(parents, tag) else ""
        if key:
            step += f"[@{names.of(key)}='{child.get(key)}']"
            value = next((str(name) for name in child.attrib if str(name) != key), "")
            own = f"/@{names.of(value)}" if value else ""
            found.setdefault(f"{'/'.join((*steps, step))}{own}", str(child.get(value)) if value else child.text or "")
        else:
            _collect(child, (*steps, step), found, inside=inside, names=names, parents=parents)
