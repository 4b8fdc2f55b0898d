"""The configured url, parsed once: which host, which port, which virtual directory (pure)."""

from __future__ import annotations

import httpx2

from ml_connector.addresses import LOOPBACK_HOSTS
from ml_connector.errors import ConfigurationError


def split_url(url: str) -> tuple[str, str]:
    """An instance's url as origin and root path, parsed once and rebuilt (``security_checklist.md 24``).

    Raises ConfigurationError ``acumatica.url`` for another scheme than https (plain http on loopback alone), user info,
    a query or a fragment.
    """
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, TypeError, ValueError):
        raise _bad_url("it is no URL") from None
    if parsed.scheme not in ("https", "http") or not parsed.host:
        raise _bad_url("it does not begin with https://")
    if parsed.scheme == "http" and parsed.host not in LOOPBACK_HOSTS:
        raise _bad_url("plain http is allowed only to this machine itself")
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise _bad_url("it carries more than host, port and path")
    host = f"[{parsed.host}]" if ":" in parsed.host else parsed.raw_host.decode("ascii")
    port = f":{parsed.port}" if parsed.port else ""
    return f"{parsed.scheme}://{host}{port}", parsed.raw_path.decode("ascii").rstrip("/")


def _bad_url(why: str) -> ConfigurationError:
    return ConfigurationError(
        f"acumatica.url cannot be used: {why}.",
        fix="Give the full instance URL, such as https://erp.example.com/AcumaticaERP.",
        stage="address",
        code="acumatica.url",
        at="settings",
    )
