"""Typed settings, checked once: ``load_settings`` gives frozen values or one error that names every wrong key.

Imports nothing of ours but ``errors``; reads the settings file and nothing else, and never a secret.
"""

from __future__ import annotations

from ml_connector.settings.load import (
    default_settings,
    load_settings,
    locate_settings_file,
    parse_settings,
    select_connection,
)
from ml_connector.settings.model import (
    AcumaticaSettings,
    ConnectionSettings,
    EngineSettings,
    FeedSettings,
    PolicySettings,
    ScheduleSettings,
    Settings,
    StampliSettings,
    StoreSettings,
)

__all__ = [
    "AcumaticaSettings",
    "ConnectionSettings",
    "EngineSettings",
    "FeedSettings",
    "PolicySettings",
    "ScheduleSettings",
    "Settings",
    "StampliSettings",
    "StoreSettings",
    "default_settings",
    "load_settings",
    "locate_settings_file",
    "parse_settings",
    "select_connection",
]
