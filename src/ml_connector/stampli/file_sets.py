"""Which files of a folder belong together, and whether all of a set are there: a data file with its side file and
marker, headers with their lines. Pure; it opens nothing.

A file that misses its partner waits and says for which; what was taken once stays known, even where a part of it was
moved away since.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase, translate
from functools import lru_cache

from ml_connector.domain.values.arrivals import Arrival, Listing, NotTaken
from ml_connector.layouts.layout import FeedLayout, Layout
from ml_connector.layouts.wrapping.names import PACKED_ENDINGS, bare_name, glob_of, named_after, set_key

# After a day nobody is on the way any more (stampli_files.md 3, L4: time-out to quarantine).
PATIENCE_HOURS = 24.0
INCOMPLETE = "file.incomplete_set"


@dataclass(frozen=True, slots=True)
class FileNames:
    """The names a feed's files have: the glob ``match`` of the feed, and what its layout says of sets, side files,
    markers, archives and names still being written."""

    match: str
    layout: Layout
    feed: FeedLayout

    @property
    def types(self) -> Mapping[str, str]:
        """The globs of a set by record type, none where a file stands for itself."""
        records = self.feed.records
        return {each.name: each.match for each in records.types if each.match} if records else {}

    @property
    def beside(self) -> tuple[str, ...]:
        """How the files are named that come with a data file and hold no documents."""
        return tuple(each for each in (self.feed.side_file, self.layout.files.marker) if each)

    def globs(self) -> tuple[str, ...]:
        """What to look for in the folder."""
        head, slash, _ = self.match.rpartition("/")
        return tuple(f"{head}{slash}{each}" for each in dict.fromkeys((*self._data_globs(), *self._beside_globs())))

    def _data_globs(self) -> tuple[str, ...]:
        match = self.match.rpartition("/")[2]
        data = tuple(self.types.values()) or (match,)
        archive = (match,) if self.types and "zip" in self.layout.files.unwrap else ()
        return (*data, *(f"{each}{ending}" for each in data for ending in self._endings), *archive)

    def _beside_globs(self) -> tuple[str, ...]:
        """The names that what comes with a data file of this feed may have; those of other feeds are not ours."""
        names = [named_after(pattern, data, "*") for pattern in self.beside for data in self._data_globs()]
        return (*names, *(f"{each}{ending}" for each in names for ending in self._endings))

    def beside_of(self, lead: str, key: str) -> list[str]:
        """The names of the files that must come with that data file; an archive holds its side file itself."""
        marker, side = self.layout.files.marker, self.feed.side_file
        bare = bare_name(lead, self.layout.files.unwrap)
        found = [named_after(side, bare, key)] if side and not self._archive(lead) else []
        found += [named_after(marker, lead, key)] if marker else []
        folder, slash, _ = lead.rpartition("/")
        return [f"{folder}{slash}{each.rpartition('/')[2]}" for each in found]

    def as_it_lies(self, name: str, lying: Collection[str]) -> str:
        """The name, or what it is called there with the endings of its packing."""
        called = (f"{name}{ending}" for ending in ("", *self._endings))
        return next((each for each in called if each in lying), name)

    def unfinished(self, name: str) -> bool:
        """Is this a name that something still being written has?"""
        fits = _any_of(self.layout.files.temporary)
        return fits is not None and fits.match(name.rpartition("/")[2].lower()) is not None

    def is_beside(self, name: str) -> bool:
        """Does the name belong to a file that comes with another?"""
        if not self.beside:
            return False
        return any(fnmatchcase(name.rpartition("/")[2], each) for each in self._beside_globs())

    def place_of(self, name: str) -> tuple[str, str, str] | None:
        """The folder and key of the set a data file belongs to and its record type in it, None for a name that is no
        data of this feed."""
        folder, slash, base = name.rpartition("/")
        if self.is_beside(name) or any(fnmatchcase(base, glob_of(each)) for each in self.feed.attachments):
            return None
        bare = bare_name(base, self.layout.files.unwrap)
        if self.types and not self._archive(name):
            fitting = (kind for kind, glob in self.types.items() if fnmatchcase(bare, glob))
            kind = next(fitting, None)
            return None if kind is None else (f"{folder}{slash}", set_key(self.types[kind], bare), kind)
        glob = self.match.rpartition("/")[2]
        fits = fnmatchcase(base, glob) or fnmatchcase(bare, glob)
        return (f"{folder}{slash}", base, "") if fits else None

    def _archive(self, name: str) -> bool:
        return "zip" in self.layout.files.unwrap and name.lower().endswith(".zip")

    @property
    def _endings(self) -> tuple[str, ...]:
        return PACKED_ENDINGS if {"gzip", "pgp"} & {*self.layout.files.unwrap} else ()


@lru_cache(maxsize=256)
def _any_of(globs: tuple[str, ...]) -> re.Pattern[str] | None:
    """One pattern for names in lower case; a folder may hold a hundred thousand of them."""
    return re.compile("|".join(translate(each.lower()) for each in globs)) if globs else None


@dataclass(slots=True)
class _Set:
    """What lies there of one set, by record type; ``folder`` ends in a slash where it is one below the feed's."""

    folder: str
    key: str
    files: dict[str, Arrival] = field(default_factory=dict)


def bind_files(names: FileNames, listing: Listing, holds: Callable[[Arrival], bool]) -> Listing:
    """The listing by sets: arrivals with their parts, names that wait for another, sets that are known whole. Sets for
    whose first file ``holds`` is false are another layout's."""
    fresh = {each.name for each in listing.arrivals}
    lying = {each.name: each for each in (*listing.known, *listing.arrivals) if not names.unfinished(each.name)}
    growing = {each.name for each in listing.not_taken}
    arrivals: list[Arrival] = []
    waiting: list[NotTaken] = [each for each in listing.not_taken if not names.unfinished(each.name)]
    known: list[Arrival] = []
    claimed: set[str] = set()
    for each in _sets_of(names, lying):
        lead = _lead(names, each)
        beside = [names.as_it_lies(name, lying) for name in names.beside_of(lead.name, each.key)]
        members = [*each.files.values(), *(lying[name] for name in beside if name in lying)]
        claimed |= {member.name for member in members}
        if not holds(lead) or (names.types and next(iter(names.types)) in each.files and not _fits(names, lead)):
            continue
        missing = [name for name in (*_missing_types(names, each), *beside) if name not in lying]
        if all(member.name not in fresh for member in members):
            known += members
        elif missing:
            waiting += [_wait(member, missing, growing) for member in members if member.name in fresh]
        else:
            arrivals.append(replace(lead, parts=tuple(member for member in members if member.name != lead.name)))
    strays = [each for name, each in lying.items() if name not in claimed and names.is_beside(name) and holds(each)]
    waiting += [_stray(each) for each in strays if each.name in fresh]
    spare = [each for name, each in lying.items() if name in fresh and name not in claimed and names.place_of(name)]
    waiting += [_not_taken(each, "another file has its place in the set; one of the two is too many") for each in spare]
    known += [each for each in strays if each.name not in fresh]
    return Listing(tuple(arrivals), tuple(waiting), tuple(known), listing.crowd)


def _sets_of(names: FileNames, lying: Mapping[str, Arrival]) -> list[_Set]:
    found: dict[tuple[str, str], _Set] = {}
    for name, each in lying.items():
        place = names.place_of(name)
        if place is not None:
            folder, key, kind = place
            found.setdefault((folder, key), _Set(folder, key)).files.setdefault(kind, each)
    return list(found.values())


def _lead(names: FileNames, found: _Set) -> Arrival:
    """The file of the first record type that is there: it stands for the set in the log."""
    return next((found.files[kind] for kind in names.types if kind in found.files), next(iter(found.files.values())))


def _fits(names: FileNames, lead: Arrival) -> bool:
    base, glob = lead.name.rpartition("/")[2], names.match.rpartition("/")[2]
    return fnmatchcase(base, glob) or fnmatchcase(bare_name(base, names.layout.files.unwrap), glob)


def _missing_types(names: FileNames, found: _Set) -> list[str]:
    if "" in found.files:
        return []
    return [
        found.folder + glob.replace("*", found.key, 1) for kind, glob in names.types.items() if kind not in found.files
    ]


def _wait(arrival: Arrival, missing: list[str], growing: set[str]) -> NotTaken:
    words = " and ".join(
        f"{name} ({'still being written' if name in growing else 'not there yet'})" for name in missing
    )
    return _not_taken(arrival, f"waits for {words}")


def _stray(arrival: Arrival) -> NotTaken:
    return _not_taken(arrival, "waits for the file it belongs to (not there yet)")


def _not_taken(arrival: Arrival, reason: str) -> NotTaken:
    return NotTaken(
        name=arrival.name,
        size_bytes=arrival.size_bytes,
        modified_at=arrival.modified_at,
        state="waiting",
        reason=reason,
        code=INCOMPLETE,
        patience_hours=PATIENCE_HOURS,
    )
