"""Codes and names of master data: finding the record a text names, what comes nearest to one that names none, and
names that only look like another.

Pure. A code is found by its text, else without regard to case and outer blanks; for segmented codes also without
separators, since those are display only (``ap_domain.md`` 2.3). It is never guessed.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TypeVar

V = TypeVar("V")
_SUGGESTIONS_MAX = 3
_SIMILARITY_MIN = 0.6
_SIMILARITY_OPTIONS_MAX = 2000
_BEGINNING = 2
_SEPARATORS = re.compile(r"[\W_]+")
# Words that tell nothing about which firm it is.
_FIRM_WORDS = frozenset(
    {"co", "company", "corp", "corporation", "inc", "llc", "llp", "lp", "ltd", "ltee", "the", "and"}
)
_NAME_SIMILARITY_MIN = 0.75
# The single letters of Cyrillic and Greek that Unicode calls confusable with a Latin one (Technical Standard 39).
_FOREIGN = "АВЕЅІЈКМНОРСТУХаеѕіјорсухһԁԛԝӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧαιορυχν"
_LATIN = "ABESIJKMHOPCTYXaesijopcyxhdqwlABEZHIKMNOPTYXaiopuxv"
_LOOKS = str.maketrans(_FOREIGN, _LATIN)


def bare_code(code: str) -> str:
    """A segmented code without its separators, in upper case: ``01-100-00`` and ``0110000`` are one."""
    return _SEPARATORS.sub("", code).upper()


def same_code(one: str | None, other: str | None) -> bool:
    """Are these one code? Case and outer blanks do not count, and None is no code."""
    return one is not None and other is not None and one.strip().casefold() == other.strip().casefold()


def same_segmented_code(one: str | None, other: str | None) -> bool:
    """Are these one segmented code, whatever their separators?"""
    return one is not None and other is not None and bare_code(one) == bare_code(other)


def resolve_code(code: str, records: Mapping[str, V], *, segmented: bool = False) -> V | None:
    """The record that ``code`` names; None where there is none, or more than one without regard to case."""
    found = records.get(code)
    if found is not None:
        return found
    return _single(records[key] for key in records if same_code(key, code)) or (
        _single(records[key] for key in records if same_segmented_code(key, code)) if segmented else None
    )


def nearest_codes(code: str, valid: Iterable[str]) -> tuple[str, ...]:
    """Up to three valid codes that look like ``code``: the same without separators or leading zeros first, then by
    similarity (among more than two thousand, only those that begin alike)."""
    options = sorted(set(valid))
    core = bare_code(code).lstrip("0")
    first = [option for option in options if core and bare_code(option).lstrip("0") == core]
    if len(options) > _SIMILARITY_OPTIONS_MAX:
        # Among very many codes only those that begin alike are worth the time.
        beginning = code.strip().casefold()[:_BEGINNING]
        options = [option for option in options if option.casefold().startswith(beginning)]
    by_text = {option.casefold(): option for option in options}
    close = difflib.get_close_matches(code.casefold(), by_text, n=_SUGGESTIONS_MAX, cutoff=_SIMILARITY_MIN)
    found = dict.fromkeys([*first, *(by_text[text] for text in close)])
    return tuple(found)[:_SUGGESTIONS_MAX]


def similar_names(name: str, others: Mapping[str, str]) -> tuple[str, ...]:
    """Up to three keys of ``others`` whose name begins with the same telling word as ``name`` or is nearly the same."""
    words = _telling_words(name)
    if not words:
        return ()
    scored = []
    for key, other in others.items():
        other_words = _telling_words(other)
        if not other_words or other_words[0][0] != words[0][0]:
            continue
        likeness = difflib.SequenceMatcher(None, " ".join(words), " ".join(other_words)).ratio()
        if likeness >= _NAME_SIMILARITY_MIN or other_words[0] == words[0]:
            scored.append((-likeness, key))
    return tuple(key for _, key in sorted(scored)[:_SUGGESTIONS_MAX])


def _telling_words(name: str) -> list[str]:
    return [word for word in re.findall(r"\w+", name.casefold()) if word not in _FIRM_WORDS]


def _single(records: Iterable[V]) -> V | None:
    found = list(records)
    return found[0] if len(found) == 1 else None


def plain_name(name: str) -> str:
    """The name without regard to case, widths and blanks."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def name_skeleton(name: str) -> str:
    """What the name looks like: equal for names that a reader cannot tell apart."""
    return plain_name(unicodedata.normalize("NFKC", name).translate(_LOOKS))


def is_disguised(name: str) -> bool:
    """Does the name look like another text than it is?"""
    return name_skeleton(name) != plain_name(name)
