"""From a path to settings, or one error that names every wrong key.

Reads the settings file and nothing else: no other file, no network, no secret. The environment comes as an argument.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from ml_connector.settings.connections import parse_connections
from ml_connector.settings.faults import Fault, fault_error, nearest_name, settings_error
from ml_connector.settings.model import ConnectionSettings, EngineSettings, Settings, StoreSettings
from ml_connector.settings.section import NumberText, Section

CONFIG_VARIABLE = "ML_CONNECTOR_CONFIG"
STORE_URL_VARIABLE = "ML_CONNECTOR_STORE_URL"
DEFAULT_FILE_NAME = "ml-connector.toml"
_DEFAULT_STORE_URL = "sqlite:///var/ml-connector.db"
# A heart beats four times as often; a process that is busy for a moment is not dead.
_DEAD_AFTER_SECONDS_MIN = 2
_FILE_SIZE_BYTES_MAX = 4 * 1024 * 1024
_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql://", "postgresql+psycopg://")


def locate_settings_file(option: str | Path | None, environ: Mapping[str, str]) -> Path:
    """``--config``, else ``ML_CONNECTOR_CONFIG``, else ``ml-connector.toml`` where we are; the file may not exist."""
    return Path(option or environ.get(CONFIG_VARIABLE) or DEFAULT_FILE_NAME)


def load_settings(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of a file; raises ConfigurationError (``at="settings"``, exit 2) that lists every fault."""
    return _parse_once(_read_text(path), path, path.absolute(), environ.get(STORE_URL_VARIABLE))


def default_settings(folder: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of a start without a file: the default store under ``folder``, no connection."""
    return parse_settings("", folder / DEFAULT_FILE_NAME, environ)


def parse_settings(text: str, path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of a text; ``path`` is where it stands, for relative paths and messages. Raises as load_settings."""
    try:
        table = tomllib.loads(text, parse_float=NumberText)
    except tomllib.TOMLDecodeError as error:
        raise settings_error(
            f"{path} is not TOML: {error}.", code="settings.not_toml", fix="Mend that line; text stands in quotes."
        ) from None
    absolute = path.absolute()
    faults: list[Fault] = []
    root = Section("", table, faults)
    store = _parse_store(root.section("store"), absolute.parent, environ)
    engine = _parse_engine(root.section("engine"))
    connections = parse_connections(root.section("connections"), absolute.parent)
    root.close()
    if faults:
        raise fault_error(str(path), faults)
    return Settings(store=store, engine=engine, connections=connections, path=absolute)


@lru_cache(maxsize=1)
def _parse_once(text: str, path: Path, absolute: Path, store_url: str | None) -> Settings:
    """The settings of a text that is most often the same as the time before: a worker reads its file at each pass, and
    with hundreds of connections taking it apart would cost more than the pass. ``absolute`` stands for the folder we
    are in, on which relative paths depend."""
    return parse_settings(text, path, {} if store_url is None else {STORE_URL_VARIABLE: store_url})


def select_connection(settings: Settings, name: str) -> ConnectionSettings:
    """The connection of that name; raises ConfigurationError (exit 2) naming the nearest one."""
    found = settings.connections.get(name)
    if found is not None:
        return found
    near = nearest_name(name, settings.connections)
    known = ", ".join(sorted(settings.connections)) or "none"
    raise settings_error(
        f'There is no connection "{name}" in {settings.path}{f"; the nearest is {near}" if near else ""}.',
        code="settings.unknown_connection",
        fix=f"Use one of: {known}." if settings.connections else f"Add [connections.{name}] to the file.",
    )


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_FILE_SIZE_BYTES_MAX + 1)
    except FileNotFoundError:
        raise settings_error(
            f"There is no settings file {path}.",
            code="settings.file_missing",
            fix=f"Name it with --config or {CONFIG_VARIABLE}, or write {DEFAULT_FILE_NAME} in this folder.",
        ) from None
    except OSError as error:
        raise settings_error(
            f"The settings file {path} cannot be read: {error.strerror}.",
            code="settings.file_unreadable",
            fix="Let the user who runs this command read the file.",
        ) from None
    if len(content) > _FILE_SIZE_BYTES_MAX:
        raise settings_error(
            f"{path} is larger than {_FILE_SIZE_BYTES_MAX} bytes.",
            code="settings.file_unreadable",
            fix="Name the settings file; this is another one.",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise settings_error(
            f"{path} is not UTF-8 text (byte {error.start + 1}).",
            code="settings.not_toml",
            fix="Save the file as UTF-8.",
        ) from None


def _parse_store(section: Section, folder: Path, environ: Mapping[str, str]) -> StoreSettings:
    given = section.optional_text("url")
    url = environ.get(STORE_URL_VARIABLE) or given or _DEFAULT_STORE_URL
    origin = f" in {STORE_URL_VARIABLE}" if environ.get(STORE_URL_VARIABLE) else ""
    broken = _store_url_rule(url)
    if broken:
        # The address itself is not shown: it may hold a password.
        section.report(
            "settings.bad_value",
            "url",
            f"the address of the store{origin} {broken}.",
            fix=f'Write "{_DEFAULT_STORE_URL}" or "postgresql://user@host/database".',
        )
        url = _DEFAULT_STORE_URL
    archive = folder / section.text("archive", "var/archive")
    named = section.optional_text("digests")
    digests = folder / named if named else None
    section.close()
    if not url.startswith(_SQLITE):
        return StoreSettings(url=url, archive=archive, directory=folder / "var", digests=digests)
    database = folder / url.removeprefix(_SQLITE)
    return StoreSettings(url=f"{_SQLITE}{database}", archive=archive, directory=database.parent, digests=digests)


def _parse_engine(section: Section) -> EngineSettings:
    engine = EngineSettings(
        workers=section.whole("workers", 4, least=1, most=64),
        dead_after_seconds=section.seconds("dead_after_seconds", 60),
        grace_seconds=section.seconds("grace_seconds", 5, most=3600),
    )
    if engine.dead_after_seconds < _DEAD_AFTER_SECONDS_MIN:
        rule = f"must be at least {_DEAD_AFTER_SECONDS_MIN}"
        section.bad_value("dead_after_seconds", engine.dead_after_seconds, rule)
    section.close()
    return engine


def _store_url_rule(url: str) -> str | None:
    if url.startswith(_POSTGRESQL):
        return None if url.partition("://")[2].strip("/") else "names no server and no database"
    if not url.startswith(_SQLITE):
        return "must begin with sqlite:/// or postgresql://"
    database = url.removeprefix(_SQLITE)
    if not database or database.startswith(":") or database.endswith("/"):
        return "must name a database file: what is kept in memory is lost"
    if not database.isprintable() or "?" in database or "#" in database:
        return "must not hold a question mark, a number sign or control characters"
    return None
