"""Sealing: only the right key, for the right secret, opens bytes that nobody changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.vault.envelope import Belonging, Sealed, open_sealed, seal
from ml_connector.vault.key_file import MasterKey

KEY = MasterKey("0123456789ab", b"k" * 32)
MINE = Belonging("harbor", "acumatica.password", 1)


def test_what_was_sealed_opens_again() -> None:
    for value in (b"pa\xc3\x9fword", b"x" * 10_000):
        assert open_sealed(seal(value, MINE, KEY), MINE, KEY) == value


def test_sealing_twice_gives_other_bytes_each_time() -> None:
    one, two = seal(b"same", MINE, KEY), seal(b"same", MINE, KEY)
    assert one.sealed != two.sealed and one.wrapped_key != two.wrapped_key


@pytest.mark.parametrize(
    "other",
    [
        Belonging("pier", "acumatica.password", 1),
        Belonging("harbor", "stampli.password", 1),
        Belonging("harbor", "acumatica.password", 2),
    ],
)
def test_bytes_moved_to_another_row_do_not_open(other: Belonging) -> None:
    assert open_sealed(seal(b"value", MINE, KEY), other, KEY) is None


@pytest.mark.parametrize("key", [MasterKey(KEY.key_id, b"o" * 32), replace(KEY, key_id="ba9876543210")])
def test_another_key_or_another_name_for_it_does_not_open(key: MasterKey) -> None:
    assert open_sealed(seal(b"value", MINE, KEY), MINE, key) is None


def test_no_single_changed_byte_opens() -> None:
    sealed = seal(b"value", MINE, KEY)
    for part in ("wrapped_key", "sealed"):
        content: bytes = getattr(sealed, part)
        for place in range(len(content)):
            changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
            assert open_sealed(replace(sealed, **{part: changed}), MINE, KEY) is None


def test_cut_bytes_do_not_open() -> None:
    sealed = seal(b"value", MINE, KEY)
    for length in range(len(sealed.sealed)):
        assert open_sealed(Sealed(sealed.wrapped_key, sealed.sealed[:length]), MINE, KEY) is None
    for length in range(len(sealed.wrapped_key)):
        assert open_sealed(Sealed(sealed.wrapped_key[:length], sealed.sealed), MINE, KEY) is None


def test_a_data_key_of_another_secret_does_not_open_this_one() -> None:
    one, two = seal(b"one", MINE, KEY), seal(b"two", MINE, KEY)
    assert open_sealed(Sealed(one.wrapped_key, two.sealed), MINE, KEY) is None
