"""Encrypted files open with any of our keys, where a known signer signed them; each key is made here, none is kept."""

from __future__ import annotations

from typing import Any

import pysequoia
import pytest

from ml_connector.errors import ConfigurationError
from ml_connector.layouts.document import Reading
from ml_connector.layouts.layout import FileRules, Layout
from ml_connector.layouts.reading import read_file_set
from ml_connector.layouts.wrapping.pgp import PgpKeys
from tests.layouts.builders import STANDARD, invoice_text, read_invoices

CONTENT = invoice_text({}).encode()


def made(name: str) -> Any:
    return pysequoia.Tsk.generate(user_id=f"{name} <{name}@example>")


def read(content: bytes, keys: PgpKeys | None, *, signed: bool = True) -> Reading:
    layout = Layout(STANDARD.name, 1, STANDARD.feeds, STANDARD.dialect, files=FileRules(unwrap=("pgp",), signed=signed))
    return read_file_set(layout, "approved_invoices", files={"invoices.csv.pgp": content}, keys=keys)


def test_an_encrypted_and_signed_file_reads_as_the_plain_one_by_an_older_key_too() -> None:
    old, new, signer = made("old"), made("new"), made("signer")
    content = pysequoia.encrypt(signer=signer.signer(), recipients=[old.extract_certificate()], bytes=CONTENT)
    found = read(bytes(content), PgpKeys((str(new), str(old)), (str(signer.extract_certificate()),)))

    assert found == read_invoices(CONTENT)


@pytest.mark.parametrize("signer", [None, "stranger"])
def test_who_is_not_known_may_not_sign_and_nobody_may_omit_it(signer: str | None) -> None:
    own = made("own")
    signing = None if signer is None else made(signer).signer()
    content = bytes(pysequoia.encrypt(signer=signing, recipients=[own.extract_certificate()], bytes=CONTENT))
    keys = PgpKeys((str(own),), (str(made("signer").extract_certificate()),))

    assert [each.code for each in read(content, keys).problems] == ["file.not_decrypted"]
    assert len(read(content, keys, signed=False).documents) == 1


def test_a_file_for_somebody_else_is_refused_and_one_without_keys_is_for_the_administrator() -> None:
    content = bytes(pysequoia.encrypt(recipients=[made("other").extract_certificate()], bytes=CONTENT))

    assert [each.code for each in read(content, PgpKeys((str(made("own")),)), signed=False).problems] == [
        "file.not_decrypted"
    ]
    with pytest.raises(ConfigurationError) as raised:
        read(content, None)
    assert raised.value.code == "layout.no_keys"
