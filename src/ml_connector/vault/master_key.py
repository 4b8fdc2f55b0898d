"""The master key: found in the environment or in a file, made on first use where there is neither.

It is never shown. While it is being changed (``rotation``) there are two: the new one seals, both open.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ml_connector.errors import ConfigurationError
from ml_connector.vault.key_file import MasterKey, new_key, parse_keys, read_keys, unusable, write_once

KEY_VARIABLE = "ML_CONNECTOR_MASTER_KEY"
FILE_VARIABLE = "ML_CONNECTOR_MASTER_KEY_FILE"
KEY_FILE_NAME = "master.key"
_STAGE = "vault"


class MasterKeySource:
    """Where the master key is looked for: ``ML_CONNECTOR_MASTER_KEY`` (base64), the file that
    ``ML_CONNECTOR_MASTER_KEY_FILE`` names, else ``master.key`` in the folder of the database."""

    def __init__(self, environ: Mapping[str, str], directory: Path) -> None:
        self._text = environ.get(KEY_VARIABLE, "")
        named = environ.get(FILE_VARIABLE, "")
        self._named_file = Path(named) if named else None
        self._own_file = directory / KEY_FILE_NAME

    def __repr__(self) -> str:
        return f"MasterKeySource({self.describe()})"

    def describe(self) -> str:
        """Where the key comes from, in words for a person."""
        if self._text:
            return f"the variable {KEY_VARIABLE}"
        return f"the file {self._named_file or self._own_file}"

    @property
    def file(self) -> Path | None:
        """The file the key is in, None where it comes from the variable."""
        return None if self._text else self._named_file or self._own_file

    def load(self) -> MasterKey | None:
        """The key that seals, None where there is none yet; see ``load_all``."""
        return next(iter(self.load_all()), None)

    def load_all(self) -> tuple[MasterKey, ...]:
        """All keys that open, the one that seals first. ConfigurationError for one that is no key
        (``vault.bad_master_key``) or a file that others may read (``vault.key_readable_by_others``)."""
        if self._text:
            return parse_keys(self._text.encode("utf-8", "surrogateescape"), f"The variable {KEY_VARIABLE}")
        return read_keys(self._named_file or self._own_file)

    def make(self) -> MasterKey:
        """A new random key in a file of ours, readable by its owner alone; the one that is there where another process
        was quicker. ConfigurationError where the key should come from a place that we do not write to."""
        if self._text or self._named_file:
            raise ConfigurationError(
                f"There is no master key in {self.describe()}",
                fix=f"Put 32 random bytes there, in base64, or unset {FILE_VARIABLE} to have a key made.",
                stage=_STAGE,
                code="vault.no_master_key",
            )
        write_once(self._own_file, new_key())
        key = self.load()
        if key is None:
            raise unusable(self._own_file, "it vanished after it was written")
        return key
