"""Where the master key comes from, and which keys are not taken."""

from __future__ import annotations

import base64
import stat
import threading
from pathlib import Path

import pytest

from ml_connector.errors import ConfigurationError
from ml_connector.vault.key_file import MasterKey
from ml_connector.vault.master_key import MasterKeySource

RAW = bytes(range(32))
TEXT = base64.b64encode(RAW).decode()


def private(path: Path, content: bytes) -> Path:
    """A file for its owner alone."""
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def test_the_variable_comes_before_the_named_file_and_that_before_our_own(tmp_path: Path) -> None:
    named = private(tmp_path / "named.key", b"n" * 32)
    private(tmp_path / "master.key", b"o" * 32)
    both = {"ML_CONNECTOR_MASTER_KEY": TEXT, "ML_CONNECTOR_MASTER_KEY_FILE": str(named)}
    found = [
        MasterKeySource(both, tmp_path).load(),
        MasterKeySource({"ML_CONNECTOR_MASTER_KEY_FILE": str(named)}, tmp_path).load(),
        MasterKeySource({}, tmp_path).load(),
    ]
    assert [key.key if key else None for key in found] == [RAW, b"n" * 32, b"o" * 32]


@pytest.mark.parametrize("content", [RAW, TEXT.encode(), TEXT.encode() + b"\n", b"  " + TEXT.encode() + b"\r\n"])
def test_a_key_file_holds_the_bytes_or_their_base64(tmp_path: Path, content: bytes) -> None:
    private(tmp_path / "master.key", content)
    key = MasterKeySource({}, tmp_path).load()
    assert key is not None and key.key == RAW


@pytest.mark.parametrize(
    "text", ["short", TEXT[:-4], TEXT + "AAAA", "ä" * 44, "!" * 44, base64.b64encode(b"x").decode()]
)
def test_what_is_no_key_of_32_bytes_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    private(tmp_path / "master.key", text.encode())
    for source in (MasterKeySource({"ML_CONNECTOR_MASTER_KEY": text}, tmp_path), MasterKeySource({}, tmp_path)):
        with pytest.raises(ConfigurationError) as caught:
            source.load()
        assert (caught.value.code, caught.value.at) == ("vault.bad_master_key", "settings")
        assert text not in caught.value.message + caught.value.fix + repr(source)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o620])
def test_a_key_that_others_may_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    path = private(tmp_path / "master.key", RAW)
    path.chmod(mode)
    with pytest.raises(ConfigurationError) as caught:
        MasterKeySource({}, tmp_path).load()
    assert (caught.value.code, caught.value.fix) == ("vault.key_readable_by_others", f"chmod 600 {path}")


def test_a_key_that_is_made_is_for_its_owner_alone_and_stays(tmp_path: Path) -> None:
    source = MasterKeySource({}, tmp_path / "var")
    assert source.load() is None
    made = source.make()
    path = tmp_path / "var" / "master.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert base64.b64decode(path.read_text()) == made.key
    assert (len(made.key), source.load(), source.make()) == (32, made, made)
    assert [entry.name for entry in (tmp_path / "var").iterdir()] == ["master.key"]


def test_of_many_who_make_a_key_at_once_all_get_the_same(tmp_path: Path) -> None:
    made: list[MasterKey] = []
    makers = [threading.Thread(target=lambda: made.append(MasterKeySource({}, tmp_path).make())) for _ in range(8)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert len(made) == 8 and len({key.key for key in made}) == 1


def test_a_key_is_never_made_in_a_place_that_somebody_else_keeps(tmp_path: Path) -> None:
    source = MasterKeySource({"ML_CONNECTOR_MASTER_KEY_FILE": str(tmp_path / "missing.key")}, tmp_path)
    assert source.load() is None
    with pytest.raises(ConfigurationError) as caught:
        source.make()
    assert caught.value.code == "vault.no_master_key"
    assert list(tmp_path.iterdir()) == []


def test_a_key_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "master.key").mkdir(mode=0o700)
    with pytest.raises(ConfigurationError) as caught:
        MasterKeySource({}, tmp_path).load()
    assert caught.value.code == "vault.key_file_unusable"


def test_a_key_is_shown_by_its_id_alone() -> None:
    key = MasterKeySource({"ML_CONNECTOR_MASTER_KEY": TEXT}, Path("/nowhere")).load()
    assert key is not None
    assert repr(key) == f"MasterKey(key_id='{key.key_id}')"
    assert len(key.key_id) == 12 and key.key_id not in RAW.hex()
