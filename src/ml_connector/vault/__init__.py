"""Secrets, sealed: written once, opened only for the edge that needs them, never shown.

Knows ciphers, which nobody else does, and no database: sealed bytes go to a port of its own.
"""

from __future__ import annotations

from ml_connector.vault.key_file import MasterKey
from ml_connector.vault.master_key import MasterKeySource
from ml_connector.vault.rotation import Rotated, rotate_master_key
from ml_connector.vault.vault import ConnectionSecrets, SealedSecret, SecretInfo, SecretRows, Vault

__all__ = [
    "ConnectionSecrets",
    "MasterKey",
    "MasterKeySource",
    "Rotated",
    "SealedSecret",
    "SecretInfo",
    "SecretRows",
    "Vault",
    "rotate_master_key",
]
