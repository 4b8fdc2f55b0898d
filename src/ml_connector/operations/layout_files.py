"""Layouts and sample files from this machine's disk: what ``layout read`` and ``layout check`` ask for.

Needs no settings, no store and no foreign system. What bytes say is for ``layouts`` to tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatch
from pathlib import Path

from ml_connector.errors import ConfigurationError
from ml_connector.layouts.document import Reading
from ml_connector.layouts.language.layout_file import parse_layout
from ml_connector.layouts.layout import FeedLayout, Layout
from ml_connector.layouts.reading import read_file_set
from ml_connector.layouts.shipped import load_shipped_layout
from ml_connector.layouts.wrapping.names import set_key
from ml_connector.layouts.xml.paths import compile_path, record_steps
from ml_connector.problems import Problem

_DATA_ENDINGS = (".csv", ".txt", ".tsv", ".xml", ".dat", ".gz", ".zip", ".pgp", ".gpg", ".asc")
# What a file of another feed is refused for.
_OTHER_FEED = ("heading.missing", "file.other_root", "file.other_delimiter")
_KINDS: Mapping[str, str] = {"invoice": "approved_invoices", "invoices": "approved_invoices", "payment": "payments"}
FEED_NAMES = (
    "approved_invoices",
    "payments",
    "vendors",
    "accounts",
    "subaccounts",
    "dimensions",
    "combinations",
    "purchase_orders",
    "results",
)


@dataclass(frozen=True, slots=True)
class Samples:
    """Sample files by their names relative to the folder they lie in, and those that cannot be read."""

    files: Mapping[str, bytes]
    problems: tuple[Problem, ...] = ()


def load_layout(name: str) -> Layout:
    """A shipped layout by its name, or a file's by its path; ConfigurationError where there is none, or a key of it is
    wrong."""
    path = Path(name)
    if path.suffix != ".toml" and len(path.parts) == 1 and not path.is_file():
        return load_shipped_layout(name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"The layout {name} cannot be read ({type(error).__name__})."
        fix = "Check the path; a shipped layout is called by its name alone, such as standard-csv."
        raise ConfigurationError(message, fix=fix, code="layout.unreadable", at="settings") from error
    return parse_layout(text, path.stem)


def load_samples(paths: Sequence[Path]) -> Samples:
    """The bytes of files and of everything in folders; ConfigurationError where a path leads nowhere or two files have
    one name."""
    found: dict[str, bytes] = {}
    problems: list[Problem] = []
    for name, path in _named(paths):
        if name in found:
            message = f"Two of the files are called {name}."
            raise ConfigurationError(message, fix="Give one of them.", code="cli.same_name", at="settings")
        try:
            found[name] = path.read_bytes()
        except OSError as error:
            message = f"The file cannot be read ({type(error).__name__})."
            problems.append(Problem("file.unreadable", message, name, rule="a file we may read", scope="file"))
    return Samples(found, tuple(problems))


def feed_named(kind: str | None) -> str | None:
    """The feed a person means by ``--kind``; ConfigurationError for a word that is none."""
    if kind is None:
        return None
    word = kind.casefold().replace("-", "_")
    word = _KINDS.get(word, word)
    if word in FEED_NAMES:
        return word
    near = get_close_matches(word, FEED_NAMES, n=1, cutoff=0.0)
    message = f"There is no kind {kind!r}; {near[0]!r} is near."
    raise ConfigurationError(
        message, fix=f"Use one of {', '.join(FEED_NAMES)}.", code="cli.unknown_kind", at="settings"
    )


def parse_answers(texts: Sequence[str]) -> Mapping[str, str]:
    """``ID=CHOICE`` texts as answers by their questions; ConfigurationError for a text of another form."""
    found: dict[str, str] = {}
    for each in texts:
        name, equals, choice = each.partition("=")
        if not equals or not name.strip():
            message = f"{each!r} is no answer."
            raise ConfigurationError(message, fix="Write --answer ID=CHOICE.", code="cli.usage", at="settings")
        found[name.strip()] = choice.strip()
    return found


def write_layout(path: Path, text: str) -> None:
    """The layout into a file; ConfigurationError where it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"The layout cannot be written to {path} ({type(error).__name__})."
        raise ConfigurationError(message, fix="Name another file.", code="layout.not_written", at="system") from error


def read_samples(layout: Layout, samples: Samples, feed: str | None = None) -> Reading:
    """What the files say by the layout: one file, a set, or each data file of a folder in order of their names."""
    readings = [Reading(problems=samples.problems)]
    if samples.files:
        readings += [_read_unit(layout, each, feed) for each in _units(layout, samples.files, feed)]
    return Reading(
        tuple(document for each in readings for document in each.documents),
        tuple(problem for each in readings for problem in each.problems),
        sum(each.rows for each in readings),
        sum(each.repeats for each in readings),
        tuple(note for each in readings for note in each.notes),
    )


def check_layout(layout: Layout) -> tuple[Problem, ...]:
    """The questions the layout leaves open; ConfigurationError ``layout.wrong_path`` where one of its paths is none."""
    if layout.format == "xml":
        for feed in layout.feeds.values():
            for column in feed.columns:
                compile_path(column.path or column.name, layout.xml)
            for record in feed.records.types if feed.records else ():
                record_steps(record.path, layout.xml)
    questions = [f"{each}." for each in layout.open_questions]
    questions += [
        f"How column '{column.name}' is to be read: {column.undecided}."
        for feed in layout.feeds.values()
        for column in feed.columns
        if column.undecided
    ]
    rule = "a layout without open questions"
    return tuple(
        Problem("layout.undecided", f"Still open: {each}", layout.name, rule=rule, scope="file") for each in questions
    )


def fault_of(error: ConfigurationError, name: str) -> Problem:
    """A wrong key of a layout as ``layout check`` lists it."""
    return Problem(error.code, error.message, name, rule=error.fix, scope="file")


def _named(paths: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    for path in paths:
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if each.is_file())
            yield from ((each.relative_to(path).as_posix(), each) for each in inside)
        elif path.exists():
            yield path.name, path
        else:
            message = f"There is no file {path}."
            raise ConfigurationError(message, fix="Check the path.", code="cli.no_such_file", at="settings")


def _read_unit(layout: Layout, files: Mapping[str, bytes], feed: str | None) -> Reading:
    """One data file or set, as the feed that was named, else as the first one that it fits."""
    readings: list[Reading] = []
    for name in _feeds_to_try(layout, files, feed):
        readings.append(read_file_set(layout, name, files=files))
        if not any(each.code in _OTHER_FEED and each.scope == "file" for each in readings[-1].problems):
            return readings[-1]
    return readings[0]


def _feeds_to_try(layout: Layout, files: Mapping[str, bytes], feed: str | None) -> list[str]:
    """Those we read before those we write, and first the one a file is named after."""
    if feed is not None:
        return [feed]
    names = [each.rpartition("/")[2].casefold() for each in files]

    def order(each: FeedLayout) -> tuple[bool, bool]:
        return not any(name.startswith(each.name) for name in names), each.direction == "out"

    return [each.name for each in sorted(layout.feeds.values(), key=order)]


def _units(layout: Layout, files: Mapping[str, bytes], feed: str | None) -> Iterator[Mapping[str, bytes]]:
    """The files that belong together: each data file with what lies beside it, or each set."""
    if len(files) == 1:
        yield files
        return
    ready = {
        name: content
        for name, content in files.items()
        if not any(fnmatch(name.rpartition("/")[2], each) for each in layout.files.temporary)
    }
    globs = _set_globs(layout, feed)
    keys = {
        name: set_key(glob, name)
        for name in ready
        for glob in globs or [layout.files.match]
        if (globs or _is_data(layout, name)) and fnmatch(name.rpartition("/")[2], glob)
    }
    groups: dict[str, list[str]] = {}
    for name, key in keys.items():
        groups.setdefault(key if globs else name, []).append(name)
    if len(groups) <= 1:
        yield ready or files
        return
    for names in groups.values():
        yield {name: content for name, content in ready.items() if name in names or name not in keys}


def _set_globs(layout: Layout, feed: str | None) -> list[str]:
    feeds = [each for each in layout.feeds.values() if feed in (None, each.name)]
    return [kind.match for each in feeds if each.records for kind in each.records.types if kind.match]


def _is_data(layout: Layout, name: str) -> bool:
    return "/" not in name and (layout.files.match != "*" or name.lower().endswith(_DATA_ENDINGS))
