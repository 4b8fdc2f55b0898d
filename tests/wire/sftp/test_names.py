"""Names of a hostile server, and the faults' own sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.errors import ConfigurationError, ConnectorError
from ml_connector.sftp import faults, folder_faults
from ml_connector.sftp.algorithms import require_safe_library
from ml_connector.sftp.faults import LibraryTooOld
from ml_connector.sftp.files import join_path, judge_name, parse_name, show_text, split_path

CLASSES = [
    value
    for module in (faults, folder_faults)
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, ConnectorError) and value.__module__ == module.__name__
]


@given(st.binary(max_size=400))
def test_whatever_bytes_come_a_safe_name_is_one_plain_name(raw: bytes) -> None:
    name, unsafe = parse_name(raw)
    if unsafe:
        assert all(character.isprintable() for character in name)
    else:
        assert name.encode() == raw
        assert len(raw) <= 255
        assert split_path(join_path("/out", name)) == ("/out", name)
        assert not set(name) & {"/", "\\", "\0", "\n", "\r", "\x1b"}
        assert name not in {"", ".", ".."}


@given(st.text(max_size=300))
def test_shown_text_has_no_character_that_acts(text: str) -> None:
    assert not any(ord(character) < 32 or character in "\u202e\u200b\u2028\x7f" for character in show_text(text))


def test_a_turned_around_name_shows_its_marks() -> None:
    assert show_text("invoice\u202evsc.exe") == "invoice\\u202evsc.exe"


@pytest.mark.parametrize("name", ["invoices_2026-03-02T10:00:00Z.csv", "console.csv", "com10.csv", "a..b", "x" * 255])
def test_ordinary_names_pass(name: str) -> None:
    assert judge_name(name) == ""
    assert parse_name(name.encode()) == (name, "")


@pytest.mark.parametrize(
    ("path", "parts"),
    [("/out/a", ("/out", "a")), ("/a", ("/", "a")), ("a", (".", "a")), ("out/a", ("out", "a"))],
)
def test_paths_are_split_and_joined_alike(path: str, parts: tuple[str, str]) -> None:
    assert split_path(path) == parts
    assert join_path(*parts) == path


def test_every_fault_has_a_code_of_its_own_room() -> None:
    codes = [kind.code for kind in CLASSES]
    assert len(CLASSES) > 20
    assert len(set(codes)) == len(codes)
    assert all(code.startswith("sftp.") for code in codes)


@pytest.mark.parametrize("version", ["2.23.1", "2.3", "1.99.9"])
def test_an_old_library_is_refused(version: str) -> None:
    with pytest.raises(LibraryTooOld, match=r"at least 2\.24\.0 is needed") as raised:
        require_safe_library(version)
    assert isinstance(raised.value, ConfigurationError)


@pytest.mark.parametrize("version", ["2.24.0", "2.24.1", "3.0.0"])
def test_a_sound_library_is_taken(version: str) -> None:
    require_safe_library(version)
