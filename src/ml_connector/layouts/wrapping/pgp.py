"""Decrypts PGP messages and proves who signed them; the library is the optional extra ``pgp``.

Keys are given, never looked for. No message of this module repeats what the library says: it names our own code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from ml_connector.errors import ConfigurationError
from ml_connector.problems import Problem

pysequoia: Any
try:
    pysequoia = import_module("pysequoia")
except ImportError:  # pragma: no cover - the extra is installed where tests run
    pysequoia = None

_ARMOR = b"-----BEGIN PGP MESSAGE-----"
_KEY = re.compile(r"-----BEGIN PGP (PRIVATE|PUBLIC) KEY BLOCK-----.*?-----END PGP \1 KEY BLOCK-----\n?", re.DOTALL)
_ENDING = re.compile(r"\.(?:pgp|gpg|asc)$", re.IGNORECASE)
_UNDECLARED = "no PGP message that one of the keys opens"


@dataclass(frozen=True, slots=True)
class PgpKeys:
    """Our private keys (several while one replaces another), their passphrase, and the public keys of those who may
    sign; all armored. Not shown when printed."""

    private: tuple[str, ...] = field(repr=False)
    signers: tuple[str, ...] = field(default=(), repr=False)
    passphrase: str | None = field(default=None, repr=False)


def split_keys(text: str) -> tuple[str, ...]:
    """The armored keys that stand one after the other in a text."""
    return tuple(found[0] for found in _KEY.finditer(text.replace("\r\n", "\n")))


def looks_encrypted(name: str, content: bytes) -> bool:
    """Whether a file is a PGP message by its first bytes or its ending."""
    return content.startswith(_ARMOR) or _ENDING.search(name) is not None


def decrypt_file(name: str, content: bytes, keys: PgpKeys | None, *, signed: bool) -> tuple[str, bytes] | Problem:
    """Name without its ending and content of the message; a problem of scope ``file`` where no key opens it, or where
    it is not signed by one of the signers though it must be. ConfigurationError ``layout.no_keys`` where there are no
    keys, or no library."""
    if pysequoia is None or keys is None or not keys.private:
        message = f"The file {name} is encrypted, and there is no key to open it."
        fix = "Install the extra 'pgp' and give the connection its private keys."
        raise ConfigurationError(message, fix=fix, code="layout.no_keys", at="settings")
    certificates = [_certificate(each) for each in keys.signers]
    for each in keys.private:
        found = _open(content, each, keys.passphrase, certificates)
        if found is not None:
            return (_ENDING.sub("", name), found)
    if not signed:
        for each in keys.private:
            found = _open(content, each, keys.passphrase, None)
            if found is not None:
                return (_ENDING.sub("", name), found)
    what = f"{_UNDECLARED} and one of the signers has signed" if signed else _UNDECLARED
    message = f"{name} is {what}."
    return Problem("file.not_decrypted", message, name, rule="encrypted to us and signed by a known key", scope="file")


def _certificate(armored: str) -> Any:
    try:
        return pysequoia.Cert.from_bytes(armored.encode())
    except RuntimeError:
        message = "A signer's public key cannot be read."
        fix = "Have it exported again, in armored form."
        raise ConfigurationError(message, fix=fix, code="layout.no_keys", at="settings") from None


def _open(content: bytes, private: str, passphrase: str | None, signers: list[Any] | None) -> bytes | None:
    """The content, None where this key does not open it or no signer in the list has signed it."""
    try:
        decryptor = pysequoia.Tsk.from_bytes(private.encode()).decryptor(passphrase)
        if signers is None:
            return bytes(pysequoia.decrypt(decryptor=decryptor, bytes=content).bytes)
        opened = pysequoia.decrypt(decryptor=decryptor, bytes=content, store=lambda _: signers)
    except RuntimeError:
        return None
    return bytes(opened.bytes) if opened.valid_sigs else None
