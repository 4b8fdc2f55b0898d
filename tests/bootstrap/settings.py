"""A settings file for tests of the wiring: systems at closed doors of this machine, secrets set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from ml_connector.bootstrap import open_store

PASSWORD, CLIENT_SECRET = "canary-password-4711", "canary-secret-4712"
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGkZ0Jm1Yx1xQm6q0vV0b9b1y0Yx1xQm6q0vV0b9b1y0"
_TEXT = """
[store]
url = "sqlite:///var/ml-connector.db"
archive = "var/archive"

[connections.harbor]
label = "Harbor Ridge Builders"
time_zone = "America/New_York"

[connections.harbor.acumatica]
url = "http://127.0.0.1:9/erp"
tenant = "HRB"
version = "24.200.001"
auth = "password"
client_id = "8D6E1C3A-0000-0000-0000-000000000000@HRB"
username = "connector"

[connections.harbor.stampli]
host = "127.0.0.1"
port = 9
username = "harbor"
host_keys = [{host_key}]
allow_private = true
settle_seconds = 0

[connections.harbor.feeds.approved_invoices]

[connections.harbor.policy]
{policy}
[connections.harbor.schedule]
{schedule}
"""


def write_settings(folder: Path, *, policy: Mapping[str, object] | None = None, invoices: str = "*/15 * * * *") -> Path:
    """The file, with these keys of the policy and that schedule of invoices; its secrets stored."""
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in (policy or {}).items())
    schedule = f'master_data = "0 0 1 1 *"\npayments = "0 0 1 1 *"\ninvoices = {json.dumps(invoices)}\n'
    path = folder / "ml-connector.toml"
    path.write_text(_TEXT.format(host_key=json.dumps(HOST_KEY), policy=lines, schedule=schedule), encoding="utf-8")
    with open_store(path) as store:
        store.set_secret("harbor", "acumatica.password", PASSWORD, set_by="test")
        store.set_secret("harbor", "acumatica.client_secret", CLIENT_SECRET, set_by="test")
        store.set_secret("harbor", "stampli.password", PASSWORD, set_by="test")
    return path
