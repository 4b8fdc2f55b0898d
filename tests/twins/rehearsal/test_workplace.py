"""The folder of a run and the settings file in it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from ml_connector_twins.rehearsal.workplace import child_environment, prepare_workplace, render_settings

ACUMATICA = {
    "url": "http://127.0.0.1:4711",
    "tenant": "HRB",
    "client_id": "8D6E1C3A-0000-0000-0000-000000000000@HRB",
    "username": "connector",
    "password": "do not write this",
}
STAMPLI = {"host": "127.0.0.1", "port": 4712, "host_key": "ssh-ed25519 AAAA", "root": "/somewhere"}


def test_the_settings_are_toml_with_both_addresses_and_no_secret() -> None:
    text = render_settings(ACUMATICA, STAMPLI, username="harbor")
    connection = tomllib.loads(text)["connections"]["harbor"]
    assert connection["acumatica"]["url"] == "http://127.0.0.1:4711"
    assert connection["stampli"]["host_keys"] == ["ssh-ed25519 AAAA"]
    assert connection["policy"]["finish"] == "release"
    assert "do not write this" not in text


def test_each_run_has_its_own_folder_and_old_ones_go(tmp_path: Path) -> None:
    folders = []
    for number in range(5):
        workplace = prepare_workplace(tmp_path)
        workplace.settings.write_text("")
        target = workplace.folder.with_name(f"rehearsal-2026-{number}")
        workplace.folder.rename(target)
        folders.append(target.name)
    (tmp_path / "mine").mkdir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", *folders[2:]]


def test_the_product_never_sees_the_callers_own_store_or_key() -> None:
    environment = {"PATH": "/bin", "ML_CONNECTOR_STORE_URL": "postgresql://real", "ML_CONNECTOR_MASTER_KEY": "x"}
    assert child_environment(environment) == {"PATH": "/bin"}
