"""The archive of originals: whole and proven, or an error that says what is wrong."""

from __future__ import annotations

import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from ml_connector.errors import IntegrityError
from ml_connector.store.disk.archive import Archive

CONTENT = b"StampliID,Type\r\nST-1,Invoice\r\n"
HASH = sha256(CONTENT).hexdigest()


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_content_is_kept_by_its_hash_in_two_levels_for_its_owner_alone(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    archive.save_content(CONTENT, HASH)
    archive.save_content(CONTENT, HASH)
    place = tmp_path / "archive" / HASH[:2] / HASH[2:4] / HASH
    assert files_below(tmp_path / "archive") == [f"{HASH[:2]}/{HASH[2:4]}/{HASH}"]
    assert (archive.load_content(HASH), place.read_bytes()) == (CONTENT, CONTENT)
    folders = [place, place.parent, place.parent.parent, tmp_path / "archive"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in folders] == [0o600, 0o700, 0o700, 0o700]


def test_many_originals_are_all_there_when_the_call_returns(tmp_path: Path) -> None:
    contents = [b"%d" % number for number in range(100)]
    archive = Archive(tmp_path / "archive")
    archive.save_contents([(content, sha256(content).hexdigest()) for content in contents])
    assert [archive.load_content(sha256(content).hexdigest()) for content in contents] == contents
    assert len(files_below(tmp_path)) == 100


def test_one_of_many_under_a_hash_that_is_not_its_own_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="hash"):
        Archive(tmp_path).save_contents([(CONTENT, HASH), (b"other", HASH)])


def test_a_changed_original_is_not_given_out(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.save_content(CONTENT, HASH)
    place = tmp_path / HASH[:2] / HASH[2:4] / HASH
    place.write_bytes(CONTENT.replace(b"ST-1", b"ST-2"))
    with pytest.raises(IntegrityError) as caught:
        archive.load_content(HASH)
    assert (caught.value.code, caught.value.message) == ("store.file_changed", f"Stored file was changed: {HASH[:12]}")
    archive.save_content(CONTENT, HASH)
    assert archive.load_content(HASH) == CONTENT


def test_a_missing_original_is_told_as_missing(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError) as caught:
        Archive(tmp_path).load_content(HASH)
    assert caught.value.code == "store.file_missing"


@pytest.mark.parametrize("name", ["", "../../etc/passwd", HASH.upper(), HASH[:-1], HASH + "0", "/" + HASH[1:]])
def test_only_a_hash_becomes_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="64 hexadecimal"):
        Archive(tmp_path).load_content(name)


def test_content_under_a_hash_that_is_not_its_own_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not belong"):
        Archive(tmp_path).save_content(CONTENT + b"x", HASH)
    assert files_below(tmp_path) == []


def limit_file_size() -> None:
    """In a child: files may not grow beyond 1,000 bytes, as if the disk were full."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


@pytest.mark.parametrize(("size", "told"), [(100, "kept"), (5000, "store.disk_full")])
def test_a_full_disk_is_told_as_one_and_leaves_no_part_of_a_file(tmp_path: Path, size: int, told: str) -> None:
    program = (
        "import sys, hashlib; from pathlib import Path\n"
        "from ml_connector.errors import TransientError\n"
        "from ml_connector.store.disk.archive import Archive\n"
        "content = b'x' * int(sys.argv[2])\n"
        "try:\n"
        "    Archive(Path(sys.argv[1])).save_content(content, hashlib.sha256(content).hexdigest())\n"
        "    print('kept')\n"
        "except TransientError as error:\n"
        "    print(error.code)\n"
    )
    limit: Callable[[], None] = limit_file_size
    done = subprocess.run(
        [sys.executable, "-B", "-c", program, str(tmp_path), str(size)],
        preexec_fn=limit,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == told
    assert len(files_below(tmp_path)) == (1 if told == "kept" else 0)
